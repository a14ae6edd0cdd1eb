/// What a file of weights says its network is called.
package struct StatedArchitecture: Sendable, Hashable {
    /// The keys that lead to it, joined by dots: `arch`, `args.model`.
    package let key: String
    package let name: String

    package init(key: String, name: String) {
        self.key = key
        self.name = name
    }

    /// Keys under which training programs put the name, the first that is there counts.
    package static let keys = ["arch", "architecture", "arch_name", "model_arch", "model_name"]
    /// Keys that have it among the arguments of a program, and other things elsewhere.
    static let argumentKeys = keys + ["model"]

    /// The name among entries by key, if there is one.
    package static func first(in entries: [(key: String, value: String)]) -> StatedArchitecture? {
        for key in keys {
            if let entry = entries.first(where: { $0.key == key }) { return StatedArchitecture(key: key, name: entry.value) }
        }
        return nil
    }
}
