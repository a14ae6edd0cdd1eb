import ModelGraph

/// The elements that each window of a convolution covers, as rows of a matrix, copied a block at a time (im2col).
///
/// A row has the order of the kernel: taps of depth, height, width, then the channels of one group. Padding is zeros.
struct WindowRows: RowSource {
    let grid: WindowGrid
    let input: Floats
    let groups: Int
    /// Elements of a row that lie next to each other in the input: a whole width of taps where possible, else the channels of one tap.
    private let run: Int
    private let mergesWidth: Bool
    private let groupChannels: Int

    init(grid: WindowGrid, input: Floats, groups: Int) {
        self.grid = grid
        self.input = input
        self.groups = groups
        groupChannels = grid.channels / groups
        mergesWidth = groups == 1 && grid.width.window.dilation == 1
        run = mergesWidth ? grid.width.window.size * groupChannels : groupChannels
    }

    func scratchCount(rows: Int) -> Int { rows * PanelLayout.blockDepth }

    func rows(_ rows: Range<Int>, columns: Range<Int>, group: Int, scratch: UnsafeMutablePointer<Float>) -> (
        base: UnsafePointer<Float>, stride: Int
    ) {
        var target = scratch
        for row in rows {
            let (line, width) = row.quotientAndRemainder(dividingBy: grid.width.output)
            copy(line: line, width: width, columns: columns, group: group, to: target)
            target += columns.count
        }
        return (UnsafePointer(scratch), columns.count)
    }

    /// Copies elements `columns` of the window at `width` of a row of outputs.
    private func copy(line: Int, width: Int, columns: Range<Int>, group: Int, to target: UnsafeMutablePointer<Float>) {
        let (sample, depth, height) = grid.row(line)
        let depthTaps = grid.depth.taps(depth)
        let heightTaps = grid.height.taps(height)
        let widthTaps = grid.width.taps(width)
        let widthRuns = mergesWidth ? 1 : grid.width.window.size
        var column = columns.lowerBound
        var target = target
        while column < columns.upperBound {
            let (index, start) = column.quotientAndRemainder(dividingBy: run)
            let end = min(run, start + columns.upperBound - column)
            let (line, widthTap) = index.quotientAndRemainder(dividingBy: widthRuns)
            let (depthTap, heightTap) = line.quotientAndRemainder(dividingBy: grid.height.window.size)
            var present = 0..<0
            if depthTaps.contains(depthTap), heightTaps.contains(heightTap) {
                if mergesWidth {
                    present = (widthTaps.lowerBound * groupChannels..<widthTaps.upperBound * groupChannels).clamped(to: start..<end)
                } else if widthTaps.contains(widthTap) {
                    present = start..<end
                }
            }
            if present.isEmpty {
                target.update(repeating: 0, count: end - start)
            } else {
                let source = grid.offset(
                    sample: sample, depth: grid.depth.start(depth) + depthTap * grid.depth.window.dilation,
                    height: grid.height.start(height) + heightTap * grid.height.window.dilation,
                    width: grid.width.start(width) + widthTap * grid.width.window.dilation)
                target.update(repeating: 0, count: present.lowerBound - start)
                (target + (present.lowerBound - start)).update(
                    from: input + (source + group * groupChannels + present.lowerBound), count: present.count)
                (target + (present.upperBound - start)).update(repeating: 0, count: end - present.upperBound)
            }
            target += end - start
            column += end - start
        }
    }
}
