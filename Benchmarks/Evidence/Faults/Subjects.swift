import ByteIO
import Foundation
import GraphImport
import ModelCore
import SafetensorsFormat
import Verification

/// The networks that faults are planted in: files of Keras, programs and traces of PyTorch, and state dicts of torchvision's networks with random
/// weights, which are written here.
enum Subjects {
    private static let keras = [
        "keras/digits-lenet/model.h5", "keras/digits-residual/model.h5", "keras/lecture/model.h5", "keras/graph-inception/model.h5",
        "keras-files/graph-nested/model.keras", "keras/graph-shared-model/model.h5", "keras/graph-two-by-two/model.h5",
        "keras/graph-unknown-size/model.h5", "keras/keras1-sequential/model.h5", "keras/keras1-th/model.h5", "keras/keras2-sequential/model.h5",
        "keras/keras2-functional/model.h5", "keras/keras2-theano/model.h5",
    ]

    private static let torch = [
        "torch-networks/lenet/model.pt2", "torch-networks/plain/model.pt", "torch-networks/grouped/model.pt", "torch-networks/convnext/model.pt",
        "torch-networks/unet/model.pt", "torch-networks/pyramid/model.pt", "torch-networks/lines/model.pt", "torch-networks/decoder/model.pt2",
    ]

    private static let stateDicts = ["resnet20", "squeezenet1_1", "shufflenet_v2_x0_5", "mobilenet_v3_small", "regnet_y_400mf"]

    /// - Parameter folder: where state dicts may be written.
    static func load(fixtures: String, folder: String) throws(ModelError) -> [Subject] {
        var subjects: [Subject] = []
        for (framework, files) in [(Subject.Framework.keras, keras), (.torch, torch)] {
            for file in files {
                let name = file.split(separator: "/").dropLast().last.map(String.init) ?? file
                subjects.append(try Subject(name: name, framework: framework, path: "\(fixtures)/\(file)"))
            }
        }
        for (number, name) in stateDicts.enumerated() {
            let path = "\(folder)/\(name).safetensors"
            try writeStateDict(of: name, to: path, seed: UInt64(number))
            subjects.append(try Subject(name: name, framework: .torch, path: path))
        }
        return subjects
    }

    /// Weights of a size that keeps activations from growing or vanishing. The first two channels of every normalisation, and of every convolution with
    /// a bias, are dead.
    private static func writeStateDict(of name: String, to path: String, seed: UInt64) throws(ModelError) {
        var random = RandomStream(seed: seed)
        let specifications = TorchCatalogue.tensors(of: name, classes: 10)
        let names = Set(specifications.map(\.name))
        var tensors: [(name: String, source: WeightSource)] = []
        for (name, shape) in specifications {
            let parts = name.split(separator: ".")
            let isNormalised = names.contains((parts.dropLast() + ["running_mean"]).joined(separator: "."))
            let fanIn = shape.dropFirst().reduce(1, *)
            let tensor = Tensor(shape: shape) { position -> Float in
                let noise = random.nextFloat()
                let isDead = position < 2
                switch parts.last {
                case "running_var": return 1 + 0.5 * noise
                case "running_mean": return 0.1 * noise
                case "weight" where shape.count > 1: return noise * (6 / Float(fanIn)).squareRoot()
                case "weight": return isNormalised && isDead ? 0 : 1 + 0.3 * noise
                default: return isDead ? (isNormalised ? -1 : -100) : 0.1 * noise
                }
            }
            tensors.append((name, WeightSource(tensor, origin: name)))
        }
        let output = try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: try AtomicOutput(path: path))
        try output.commit()
    }
}
