/// Takes the rows of one row-major array to places in another, each axis with a step of its own, 0 where an axis is stretched.
struct SteppedRows: Sendable {
    private var sizes: [Int] = []
    private var steps: [Int] = []

    /// Neighbouring axes that step like one become one, for each costs a division.
    init(sizes: some Sequence<Int>, steps: some Sequence<Int>) {
        for (size, step) in zip(sizes, steps) where size != 1 {
            if let last = self.sizes.last, let lastStep = self.steps.last, lastStep == step * size {
                self.sizes[self.sizes.count - 1] = last * size
                self.steps[self.steps.count - 1] = step
            } else {
                self.sizes.append(size)
                self.steps.append(step)
            }
        }
    }

    func start(_ row: Int) -> Int {
        var rest = row
        var position = 0
        for axis in sizes.indices.dropFirst().reversed() {
            let (quotient, index) = rest.quotientAndRemainder(dividingBy: sizes[axis])
            position += index * steps[axis]
            rest = quotient
        }
        return position + rest * (steps.first ?? 0)
    }
}
