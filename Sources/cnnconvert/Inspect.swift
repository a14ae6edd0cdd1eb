import ArgumentParser
import CNNConversion
import ModelCore

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is inside a file: inputs, layers, weights, and what stands in the way of a conversion.")

    @Argument(help: "A .cnnm file, a file of Keras (.h5, .keras, .weights.h5) or PyTorch (.pt, .pth, .pt2), or a .safetensors file.")
    var model: String

    @Option(
        help:
            "The architecture of a file that has weights only, or one in place of a Keras file's own: the text of Keras' model.to_json(), a config.json, or a .keras, .h5 or .cnnm file."
    )
    var config: String?

    @Option(
        help:
            "The network whose weights the file has, if it has weights only: a name that cnnconvert architectures lists, or a .cnnm of such a PyTorch file, or its header as .json."
    )
    var architecture: String?

    @Option(help: "Where the network is in a checkpoint of PyTorch that holds several: model_ema.")
    var entry: String?

    @OptionGroup var openSizes: OpenSizes

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let inspection = try Inspection(
            path: model, architecture: try ArchitectureSource(file: config, name: architecture), entry: entry,
            inputShapes: try openSizes.shapes())
        if json {
            StandardOutput.write(try inspection.json())
        } else {
            StandardOutput.write(text(inspection))
        }
    }

    private func text(_ inspection: Inspection) -> String {
        var text = "\(ErrorText.clean(model)): \(inspection.format), \(Format.count(inspection.parameters)) parameters\n"
        for (kind, ports) in [("input", inspection.inputs), ("output", inspection.outputs)] {
            for port in ports {
                text += "\(kind.padded(to: 6)) \(ErrorText.clean(port.name)) \(port.shape) \(port.dtype.rawValue)"
                text += (port.layout.map { " (\($0.rawValue))" } ?? "") + "\n"
            }
        }
        for entry in inspection.preprocessing {
            text += "pixels \(ErrorText.clean(entry.input)) \(ErrorText.clean(entry.channelOrder)), 0 to 255, times \(Format.numbers(entry.scale))"
            text += " plus \(Format.numbers(entry.offset))\n"
        }
        for (name, value) in inspection.metadata {
            // Notes for programs can be long; --json has all of them.
            let shown = value.count > 200 ? value.prefix(200) + "..." : value[...]
            text += "\(ErrorText.clean(name)): \(ErrorText.clean(String(shown)))\n"
        }
        if inspection.problems.isEmpty {
            var table = Table("layer", "operator", "output", "parameters", "multiply-adds", "receptive field")
            for layer in inspection.layers {
                table.add(
                    ErrorText.clean(layer.name), layer.operation, layer.outputShape.description, Format.count(layer.parameters),
                    layer.multiplyAdds.map(Format.count) ?? "?",
                    layer.receptiveField.map { $0.isEmpty ? "1" : $0.map(String.init).joined(separator: " x ") } ?? "all")
            }
            text += "\n" + table.text
        } else {
            var table = Table("tensor", "shape", "type")
            for tensor in inspection.tensors { table.add(ErrorText.clean(tensor.name), Format.shape(tensor.shape), tensor.dtype.rawValue) }
            text += "\n" + table.text
            if !inspection.luggage.isEmpty {
                text += "\nnot read:\n"
                for item in inspection.luggage { text += "  \(ErrorText.clean(item.name)), an object of \(ErrorText.clean(item.type))\n" }
            }
            text += "\nin the way of a conversion:\n"
            for problem in inspection.problems { text += "  [\(problem.code)] \(ErrorText.clean(problem.message))\n" }
        }
        return text
    }
}
