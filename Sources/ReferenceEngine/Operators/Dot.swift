import ModelCore
import ModelGraph

/// Products in ascending order along the axes.
extension Dot: SumOfPairs {
    func terms(_ left: [Int], _ right: [Int], output: [Int]) -> PairedTerms {
        let (leftStrides, rightStrides) = (RowMajor.strides(left), RowMajor.strides(right))
        let leftAxes = left.indices.filter { $0 != 0 && $0 != axes[0] }
        let rightAxes = right.indices.filter { $0 != 0 && $0 != axes[1] }
        let sizes = [left[0]] + leftAxes.map { left[$0] } + rightAxes.map { right[$0] }
        return PairedTerms(
            count: left[axes[0]],
            left: .init(
                start: Positions(sizes: sizes, strides: [leftStrides[0]] + leftAxes.map { leftStrides[$0] } + rightAxes.map { _ in 0 }),
                step: leftStrides[axes[0]]),
            right: .init(
                start: Positions(sizes: sizes, strides: [rightStrides[0]] + leftAxes.map { _ in 0 } + rightAxes.map { rightStrides[$0] }),
                step: rightStrides[axes[1]]))
    }
}
