/// What `README.md` says about PyTorch, made of the code.
enum TorchSupportTable {
    /// The functions that have a meaning, in alphabetical order, a few to a line.
    static var functions: [String] {
        let names = TorchFunction.allCases.map { "`\($0.rawValue)`" }.sorted()
        return stride(from: 0, to: names.count, by: 8).map { start in
            names[start..<min(start + 8, names.count)].joined(separator: ", ") + (start + 8 < names.count ? "," : "")
        }
    }
}
