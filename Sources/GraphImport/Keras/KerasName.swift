/// Names of layers, which go into the files that are written and into the names of archive entries.
enum KerasName {
    /// The longest name in bytes, that of a layer inside models with theirs before it.
    static let limit = 1024

    /// What is wrong with a layer's name, as the predicate of a sentence.
    static func fault(of name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > limit { return "has \(name.utf8.count) bytes, \(limit) are allowed" }
        if name.utf8.contains(0) { return "contains the character U+0000" }
        if name.split(separator: "/").contains("..") { return "has '..' as a part" }
        return nil
    }
}
