import ModelCore

/// Which axes of a reshaped value come from which axes before: in groups, each with the same elements.
struct ReshapeAlignment {
    struct Group {
        let before: [Int]
        let after: [Int]
    }

    let groups: [Group]

    /// The first axis, the samples', stays. `nil` where a size after it is unknown, or the numbers of elements differ.
    init?(_ before: Shape, _ after: Shape) {
        let inputs = before.sizes.dropFirst().compactMap(\.self)
        let outputs = after.sizes.dropFirst().compactMap(\.self)
        guard inputs.count == before.rank - 1, outputs.count == after.rank - 1 else { return nil }
        var groups: [Group] = []
        var (i, j) = (0, 0)
        while i < inputs.count || j < outputs.count {
            let (first, other) = (i, j)
            var read = i < inputs.count ? inputs[i] : 1
            var made = j < outputs.count ? outputs[j] : 1
            let (hasInput, hasOutput) = (i < inputs.count, j < outputs.count)
            // An axis of size 1 that the other side has not got is a group of its own.
            if hasInput, read == 1, !hasOutput || made != 1 {
                i += 1
            } else if hasOutput, made == 1, !hasInput || read != 1 {
                j += 1
            } else if !hasInput || !hasOutput {
                return nil
            } else {
                (i, j) = (i + 1, j + 1)
                while read != made {
                    if read < made {
                        guard i < inputs.count, let product = read.multiplied(by: inputs[i]) else { return nil }
                        read = product
                        i += 1
                    } else {
                        guard j < outputs.count, let product = made.multiplied(by: outputs[j]) else { return nil }
                        made = product
                        j += 1
                    }
                }
            }
            groups.append(Group(before: (first..<i).map { $0 + 1 }, after: (other..<j).map { $0 + 1 }))
        }
        self.groups = groups
    }

    /// The order of axes nearest to `order` in which the axes of every group stand together, and the order that the result then has.
    func orders(from order: [Int]) -> (before: [Int], after: [Int]) {
        var before = [0]
        // Axes that come from nothing have size 1 and may stand anywhere: before the others, channels stay last.
        var after = [0] + groups.filter(\.before.isEmpty).flatMap(\.after)
        for axis in order.dropFirst() {
            guard let group = groups.first(where: { $0.before.contains(axis) }), !before.contains(axis) else { continue }
            before += group.before
            after += group.after
        }
        return (before, after)
    }
}
