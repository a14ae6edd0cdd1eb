import ModelCore
import ModelGraph

extension Embedding: ReferenceOperator {
    /// - Throws: `run.index` for a number that is not a row of the table.
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let table = try operands.weight("table").values
        let (rows, width) = (table.shape[0], table.shape[1])
        var starts: [Int] = []
        starts.reserveCapacity(operands.input.scalars.count)
        for value in operands.input.scalars {
            guard let row = Int(exactly: value.rounded(.towardZero)), row >= -rows, row < rows else {
                throw ModelError(
                    Problem(
                        "run.index", "\(value) is not a row of a table of \(rows)", kind: .usage, hint: "give whole numbers from 0 to \(rows - 1)"))
            }
            starts.append((row < 0 ? row + rows : row) * width)
        }
        return { [starts] position in Scalar(table.scalars[starts[position / width] + position % width]) }
    }
}
