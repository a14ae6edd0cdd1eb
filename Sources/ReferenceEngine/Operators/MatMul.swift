import ModelCore
import ModelGraph

/// Products in ascending order along the axis that is summed over.
extension MatMul: SumOfPairs {
    func terms(_ left: [Int], _ right: [Int], output: [Int]) -> PairedTerms {
        let rank = output.count
        let (leftStrides, rightStrides) = (RowMajor.strides(left), RowMajor.strides(right))
        let (leftAxes, rightAxes) = (leftAxes(rank), rightAxes(rank))
        func pairs(_ shape: [Int], _ strides: [Int]) -> [Int] { (0..<rank - 2).map { shape[$0] == 1 ? 0 : strides[$0] } }
        return PairedTerms(
            count: left[leftAxes.sum],
            left: .init(
                start: Positions(sizes: output, strides: pairs(left, leftStrides) + [leftStrides[leftAxes.kept], 0]),
                step: leftStrides[leftAxes.sum]),
            right: .init(
                start: Positions(sizes: output, strides: pairs(right, rightStrides) + [0, rightStrides[rightAxes.kept]]),
                step: rightStrides[rightAxes.sum]))
    }
}
