import ModelCore

/// A line of the code of an archive.
struct ScriptPlace: Hashable {
    /// `__torch__.torch.nn.modules.conv`.
    let module: String
    /// Counted from 1.
    let line: Int

    /// `__torch__/torch/nn/modules/conv.py line 12`.
    var description: String { "\(module.replacing(".", with: "/")).py line \(line)" }

    func problem(_ code: String, _ message: String, hint: String? = nil) -> ModelError {
        ModelError(Problem("torch.script-\(code)", message, at: Location(path: "code/\(description)"), hint: hint))
    }

    func syntax(_ message: String) -> ModelError {
        problem("syntax", message, hint: "trace the network again with torch.jit.trace, or export it with torch.export")
    }
}
