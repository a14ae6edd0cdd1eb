import CNNConversion

/// What became of the axes of each weight, for people.
enum LayoutText {
    static func table(_ weights: [WeightLayout]) -> String {
        var table = Table("weight", "in the source", "axes", "here", "why")
        for weight in weights {
            let split = weight.splitShape.map { "seen as \(Format.shape($0)), " } ?? ""
            let axes = weight.permutation.map { split + ($0 == Array($0.indices) ? "in order" : $0.map(String.init).joined(separator: " ")) }
            table.add(
                ErrorText.clean(weight.name), "\(Format.shape(weight.sourceShape)) \(weight.sourceLayout)", axes ?? "in order",
                "\(Format.shape(weight.shape)) \(weight.layout)", weight.reason)
        }
        return table.text
    }
}
