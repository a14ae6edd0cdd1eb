package import ModelCore

/// A state dict with the network of the catalogue that it belongs to.
package struct TorchMatch: Sendable {
    /// The constructor: `resnet50`.
    package let name: String
    /// `resnet50 of torchvision with 1000 classes`.
    package let title: String
    package let classes: Int
    /// How pixels become the input; `nil` where that is not known.
    package let preprocessing: PixelPreprocessing?
    /// Other networks with tensors of these names and shapes, which compute something else: `resnetaa50 of timm`.
    package let alike: [String]
    /// What is worth saying about how the file was read.
    package let remarks: [String]
    package let network: TorchNetwork
    /// The network's part of the state dict, those that it does not read included.
    package let tensors: [(name: String, source: WeightSource)]

    fileprivate init(_ architecture: TorchArchitecture, classes: Int, _ comparison: TorchComparison, _ file: TorchStateDict) {
        name = architecture.name
        self.classes = classes
        title = "\(name) of \(architecture.origin.rawValue) with \(classes) \(classes == 1 ? "class" : "classes")"
        preprocessing = architecture.preprocessing
        alike = TorchTwins.others(of: name)
        network = architecture.sketch(classes: classes).network(with: file)
        tensors = file.tensors
        var remarks = [architecture.sizeRemark] + architecture.remarks
        if !file.prefix.isEmpty { remarks.append("the network's names in the file begin with '\(file.prefix).', which is left out") }
        if !file.others.isEmpty {
            let others = file.others.map { "'\($0)'" }.joined(separator: ", ")
            remarks.append("the file has tensors of the same names below \(others) as well: those below '\(file.prefix)' were taken")
        }
        if !file.trainingModules.isEmpty {
            remarks.append("\(file.trainingModules.joined(separator: " and ")) left out: beside the network, and by name only training uses it")
        }
        if !comparison.leftOut.isEmpty {
            remarks.append("\(comparison.leftOut.joined(separator: " and ")) left out: auxiliary classifiers, which only training uses")
        }
        self.remarks = remarks
    }
}

extension TorchCatalogue {
    /// The network that has exactly the tensors of a state dict, by names and shapes.
    /// - Returns: `nil` where no network fits.
    package static func match(stateDict: [(name: String, source: WeightSource)]) -> TorchMatch? {
        let whole = TorchStateDict(stateDict)
        for architecture in all {
            let sketch = architecture.sketch(classes: 1000)
            // Others need not be compared tensor by tensor.
            guard sketch.tensors.count <= whole.names.count else { continue }
            let file = whole.part(of: sketch.tensors.map(\.name))
            guard sketch.tensors.allSatisfy({ file.sources[$0.name] != nil }) else { continue }
            if let match = match(architecture, TorchComparison(sketch, file), file) { return match }
        }
        return nil
    }

    /// The network of this name with the tensors of a state dict, and with the number of classes that they have.
    /// - Throws: `torch.architecture-name` for a name that is not in the catalogue; every difference where the tensors do not fit:
    ///   `torch.missing-weight`, `torch.extra-weight`, `torch.weight-shape`.
    package static func match(stateDict: [(name: String, source: WeightSource)], name: String) throws(ModelError) -> TorchMatch {
        guard let architecture = all.first(where: { $0.name == name.lowercased() }) else {
            throw ModelError(
                Problem(
                    "torch.architecture-name", "there is no architecture '\(name)' in the catalogue of PyTorch", kind: .usage,
                    hint: "`Conversion.architectures` lists the names"))
        }
        let sketch = architecture.sketch(classes: 1000)
        let file = TorchStateDict(stateDict).part(of: sketch.tensors.map(\.name))
        let comparison = TorchComparison(sketch, file)
        if let error = ModelError(comparison.problems) { throw error }
        guard let match = match(architecture, comparison, file) else {
            throw ModelError(Problem("torch.missing-weight", "the file lacks the classifier of \(architecture.name)"))
        }
        return match
    }

    /// The network of which a state dict that fits none has most, at least half of its tensors, and in what they differ.
    package static func nearest(stateDict: [(name: String, source: WeightSource)]) -> (name: String, differences: [Problem])? {
        let whole = TorchStateDict(stateDict)
        var best: (name: String, share: Double, differences: [Problem])?
        for architecture in all {
            let sketch = architecture.sketch(classes: 1000)
            let file = whole.part(of: sketch.tensors.map(\.name))
            let comparison = TorchComparison(sketch, file)
            let share = Double(comparison.agreements) / Double(max(sketch.tensors.count, file.names.count, 1))
            if share >= 0.5, share > best?.share ?? 0 { best = (architecture.name, share, comparison.problems) }
        }
        return best.map { ($0.name, $0.differences) }
    }

    private static func match(_ architecture: TorchArchitecture, _ comparison: TorchComparison, _ file: TorchStateDict) -> TorchMatch? {
        guard comparison.problems.isEmpty, let classes = comparison.classes else { return nil }
        return TorchMatch(architecture, classes: classes, comparison, file)
    }
}

extension TorchSketch {
    /// The network with the tensors that it reads; those of the file that it does not read are left out.
    fileprivate func network(with file: TorchStateDict) -> TorchNetwork {
        var network = network
        for tensor in tensors {
            network.weights[tensor.name] = file.sources[tensor.name].map { TorchWeight(name: tensor.name, source: $0) }
        }
        return network
    }
}

extension TorchArchitecture {
    fileprivate var sizeRemark: String {
        "the published weights of \(name) are for images of \(imageSize) by \(imageSize), \(takesAnySize ? "other sizes are taken as well" : "the only size that is taken here")"
    }
}
