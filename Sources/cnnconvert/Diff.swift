import ArgumentParser
import CNNConversion
import ModelCore

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show in what two models differ, whatever their formats.",
        discussion: """
            Layers are paired by name, or by their order where the names are others. Two forms of one network are equal: padding before a convolution or
            in it, an identity, an activation by another name. Exits 0 when the models are equal, 1 when they are not.
            """)

    @Argument(help: "A model of any supported format.")
    var first: String

    @Argument(help: "Another, what the first is held against.")
    var second: String

    @Option(help: "The architecture, for those of the two that have weights only.")
    var config: String?

    @Option(help: "The network of the catalogue, for those of the two that have weights only.")
    var architecture: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var threading: Threading

    func run() throws {
        var options = ModelDiff.Options()
        options.config = config
        options.architecture = architecture
        options.threads = threading.count
        let diff = try ModelDiff(first, second, options: options)
        StandardOutput.write(json ? try diff.json() : Self.text(diff, first, second))
        if !diff.areEqual { throw ExitCode(1) }
    }

    private static func text(_ diff: ModelDiff, _ first: String, _ second: String) -> String {
        var text = diff.areEqual ? "equal: one network, and every weight bit for bit\n" : "different: \(summary(diff))\n"
        text += "  a  \(ErrorText.clean(first)): \(ErrorText.clean(diff.formats[0]))\n"
        text += "  b  \(ErrorText.clean(second)): \(ErrorText.clean(diff.formats[1]))\n"
        for end in diff.ends { text += "\n\(ErrorText.clean(end))\n" }
        for layer in diff.layers {
            let names = [layer.foundName, layer.expectedName].compactMap(\.self)
            text += "\n" + (Set(names).count == 1 ? names[0] : "\(names[0]) (in b: \(names[1]))").cleaned + "\n"
            for finding in layer.findings {
                text += "  \(ErrorText.clean(finding.text))\n"
                if let order = finding.order { text += "    \(ErrorText.clean(order))\n" }
            }
        }
        return text + outputs(diff)
    }

    private static func summary(_ diff: ModelDiff) -> String {
        let onlyA = diff.layers.count { $0.expectedName == nil }
        let onlyB = diff.layers.count { $0.foundName == nil }
        let changed = diff.layers.count - onlyA - onlyB
        var parts: [String] = []
        if !diff.ends.isEmpty { parts.append("other inputs or outputs") }
        if changed > 0 { parts.append("\(changed) \(changed == 1 ? "layer differs" : "layers differ")") }
        if onlyA > 0 { parts.append("\(onlyA) only in a") }
        if onlyB > 0 { parts.append("\(onlyB) only in b") }
        return parts.joined(separator: ", ")
    }

    private static func outputs(_ diff: ModelDiff) -> String {
        guard !diff.outputs.isEmpty else { return "\nnot run: the two take other inputs\n" }
        var text = "\non the same noise:\n"
        for output in diff.outputs {
            text += "  \(ErrorText.clean(output.name)) \(Format.shape(output.shapes[1])): "
            if output.shapes[0] != output.shapes[1] {
                text += "of shape \(Format.shape(output.shapes[0])) in a\n"
            } else if output.count == 0 {
                text += "the same bits\n"
            } else {
                text += "\(output.count) of \(output.total) elements differ, by \(ReportNumber.text(output.relative)) of the largest, "
                text += "\(ReportNumber.text(output.ulps)) ulps\n"
            }
        }
        return text
    }
}

extension String {
    fileprivate var cleaned: String { ErrorText.clean(self) }
}
