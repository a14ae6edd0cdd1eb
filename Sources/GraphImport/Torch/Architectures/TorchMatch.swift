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
    /// What is worth saying about how the file was read.
    package let remarks: [String]
    package let network: TorchNetwork

    fileprivate init(_ architecture: TorchArchitecture, classes: Int, _ comparison: TorchComparison, _ file: TorchStateDict) {
        name = architecture.name
        self.classes = classes
        title = "\(name) of \(architecture.origin.rawValue) with \(classes) \(classes == 1 ? "class" : "classes")"
        preprocessing = architecture.preprocessing
        network = architecture.sketch(classes: classes).network(with: file)
        var remarks = [architecture.sizeRemark] + architecture.remarks
        if !file.prefix.isEmpty { remarks.append("all names in the file begin with '\(file.prefix).', which is left out") }
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
        let file = TorchStateDict(stateDict)
        for architecture in all {
            let sketch = architecture.sketch(classes: 1000)
            // Others need not be compared tensor by tensor.
            guard sketch.tensors.count <= file.names.count, sketch.tensors.allSatisfy({ file.sources[$0.name] != nil }) else { continue }
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
                    hint: "cnnconvert architectures lists the names"))
        }
        let file = TorchStateDict(stateDict)
        let comparison = TorchComparison(architecture.sketch(classes: 1000), file)
        if let error = ModelError(comparison.problems) { throw error }
        guard let match = match(architecture, comparison, file) else {
            throw ModelError(Problem("torch.missing-weight", "the file lacks the classifier of \(architecture.name)"))
        }
        return match
    }

    /// The network of which a state dict that fits none has most, at least half of its tensors.
    package static func nearest(stateDict: [(name: String, source: WeightSource)]) -> String? {
        let file = TorchStateDict(stateDict)
        let shares = all.map { architecture in
            let sketch = architecture.sketch(classes: 1000)
            return (architecture.name, Double(TorchComparison(sketch, file).agreements) / Double(max(sketch.tensors.count, file.names.count)))
        }
        return shares.max { $0.1 < $1.1 }.flatMap { $0.1 >= 0.5 ? $0.0 : nil }
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
