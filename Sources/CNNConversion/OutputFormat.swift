import ModelCore

/// What a file is written as, which its name says.
enum OutputFormat: CaseIterable {
    case cnnm
    /// A whole model in HDF5, for Keras 2 and 3.
    case kerasModel
    /// Variables of Keras 3 in HDF5, without the architecture.
    case kerasVariables
    /// A whole model of Keras 3.
    case kerasArchive
    /// A state dict of PyTorch.
    case torch
    case safetensors

    /// - Throws: `convert.output-format`.
    init(path: String) throws(ModelError) {
        let name = path.lowercased()
        // A device is refused as an output in words of its own.
        if name.hasSuffix(".cnnm") || path.hasPrefix("/dev/") {
            self = .cnnm
        } else if name.hasSuffix(".weights.h5") {
            self = .kerasVariables
        } else if name.hasSuffix(".h5") || name.hasSuffix(".hdf5") {
            self = .kerasModel
        } else if name.hasSuffix(".keras") {
            self = .kerasArchive
        } else if name.hasSuffix(".pth") || name.hasSuffix(".pt") {
            self = .torch
        } else if name.hasSuffix(".safetensors") {
            self = .safetensors
        } else {
            throw ModelError(
                Problem(
                    "convert.output-format", "the name of the output '\(path)' does not say what to write", kind: .usage, at: Location(file: path),
                    hint: "name it NAME.cnnm, NAME.h5, NAME.keras, NAME.weights.h5, NAME.pth or NAME.safetensors"))
        }
    }
}
