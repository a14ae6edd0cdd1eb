package import ModelCore
internal import NumpyFormat

/// A framework's own run of a fixture: the arrays of its `golden.npz`.
package struct Golden {
    package private(set) var inputs: [String: Tensor<Float>] = [:]
    /// By name of the output.
    package private(set) var outputs: [String: Tensor<Float>] = [:]
    /// By name of the layer.
    package private(set) var activations: [String: Tensor<Float>] = [:]
    package private(set) var labels: [Int] = []

    /// - Parameter name: the file, `keras/lecture/golden.npz`.
    package init(_ name: String) throws {
        let archive = try NumpyArchive(path: Fixture.path(name))
        for name in archive.names {
            guard let array = try archive.array(named: name)?.floats() else { continue }
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            switch parts[0] {
            case "inputs": inputs[parts[1]] = array
            case "outputs": outputs[parts[1]] = array
            case "activations": activations[parts[1]] = array
            default: labels = array.scalars.map { Int($0) }
            }
        }
    }
}
