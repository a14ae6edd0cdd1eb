import ModelCore
import ModelGraph
import Verification

extension GraphEdit {
    /// The amounts before and after each spatial axis, as the node has them for this input.
    private struct Amounts {
        var before: [Int]
        var after: [Int]
        let mode: PaddingMode

        var padding: Padding { .explicit(before: before, after: after, mode: mode) }
    }

    private func amounts(_ windows: [Window], _ padding: Padding, _ layout: DataLayout) -> Amounts? {
        // What depends on the size of the input has no amounts for one of any size.
        guard let shape = inputShape, let declared = node.inputs.first.flatMap({ (try? graph.inferShapes())?[$0] }),
            layout.spatialAxes.allSatisfy({ declared[$0] != nil }) || padding != .same
        else { return nil }
        let pairs = windows.enumerated().map { axis, window in
            window.padding(padding, axis: axis, input: shape[layout.spatialAxes.lowerBound + axis])
        }
        let mode: PaddingMode = if case .explicit(_, _, let mode) = padding { mode } else { .constant }
        return Amounts(before: pairs.map(\.before), after: pairs.map(\.after), mode: mode)
    }

    /// Changes the amounts of a convolution or a pooling.
    private mutating func changeAmounts(_ change: (inout Amounts) -> Bool) -> Bool {
        switch node.operation {
        case .convolution(var operation):
            guard let kernel = try? KernelShape(graph.weightShapes(of: node), spatialRank: operation.layout.spatialRank),
                var amounts = amounts(operation.windows(kernel), operation.padding, operation.layout), change(&amounts)
            else { return false }
            operation.padding = amounts.padding
            return replace(operation.erased)
        case .pooling(var operation):
            guard var amounts = amounts(operation.windows, operation.padding, operation.layout), change(&amounts) else { return false }
            operation.padding = amounts.padding
            return replace(operation.erased)
        default: return false
        }
    }

    /// As much padding as before, on the other side: all of what was odd, or of an even amount one from one side to the other.
    mutating func movePadding(_ random: inout RandomStream) -> Bool {
        if case .pad(var operation) = node.operation {
            let axes = operation.before.indices.filter { operation.before[$0] + operation.after[$0] > 0 }
            guard let axis = random.choice(axes) else { return false }
            (operation.before[axis], operation.after[axis]) = Self.moved(operation.before[axis], operation.after[axis])
            return replace(operation.erased)
        }
        let start = random.below(1 << 16)
        return changeAmounts { amounts in
            let axes = amounts.before.indices.filter { amounts.before[$0] + amounts.after[$0] > 0 }
            guard !axes.isEmpty else { return false }
            let axis = axes[start % axes.count]
            (amounts.before[axis], amounts.after[axis]) = Self.moved(amounts.before[axis], amounts.after[axis])
            return true
        }
    }

    private static func moved(_ before: Int, _ after: Int) -> (Int, Int) {
        before != after ? (after, before) : (before - 1, after + 1)
    }

    /// One element more or less on one side; the size of the output may change where the network allows it.
    mutating func changePadding(_ random: inout RandomStream) -> Bool {
        let (start, isMore, isBefore) = (random.below(1 << 16), random.chance(2), random.chance(2))
        return changeAmounts { amounts in
            let axis = start % amounts.before.count
            let change = isMore ? 1 : -1
            if isBefore { amounts.before[axis] += change } else { amounts.after[axis] += change }
            return amounts.before[axis] >= 0 && amounts.after[axis] >= 0
        }
    }
}
