import CKernels
import ModelCore
import ModelGraph

/// The maximum or average of each window over channels-last data, all channels of an element at a time.
struct PoolingStep: Step {
    private let definition: Pooling
    /// For windows that lie in the padding altogether.
    private let otherwise: ReferenceStep

    /// `nil` for other layouts and kinds.
    init?(_ definition: Pooling, otherwise: ReferenceStep) {
        guard definition.layout.isChannelsLast, definition.kind != .l2 else { return nil }
        self.definition = definition
        self.otherwise = otherwise
    }

    func run(_ inputs: inout [Value], shape: [Int], _ context: RunContext) throws(ModelError) -> Value {
        let grid = WindowGrid(input: inputs[0].shape, output: shape, windows: definition.windows, padding: definition.padding)
        guard let grid, grid.everyWindowMeetsInput else { return try otherwise.run(&inputs, shape: shape, context) }
        let output = try context.make(shape)
        let (source, target) = (inputs[0].floats, output.floats)
        let (definition, kernels) = (definition, context.kernels)
        let isAverage = definition.kind == .average
        context.team.split(grid.rowCount, cost: grid.width.output * grid.channels) { rows in
            let combine = isAverage ? kernels.add : kernels.maximum
            for row in rows {
                let (sample, depth, height) = grid.row(row)
                let (depthTaps, heightTaps) = (grid.depth.taps(depth), grid.height.taps(height))
                for width in 0..<grid.width.output {
                    let result = target + (row * grid.width.output + width) * grid.channels
                    let widthTaps = grid.width.taps(width)
                    var isFirst = true
                    for depthTap in depthTaps {
                        for heightTap in heightTaps {
                            for widthTap in widthTaps {
                                let element = grid.offset(
                                    sample: sample, depth: grid.depth.start(depth) + depthTap * grid.depth.window.dilation,
                                    height: grid.height.start(height) + heightTap * grid.height.window.dilation,
                                    width: grid.width.start(width) + widthTap * grid.width.window.dilation)
                                if isFirst {
                                    result.update(from: source + element, count: grid.channels)
                                    isFirst = false
                                } else {
                                    combine(grid.channels, result, source + element, result)
                                }
                            }
                        }
                    }
                    if isAverage {
                        let count =
                            definition.countIncludesPadding
                            ? grid.depth.paddedTaps(depth) * grid.height.paddedTaps(height) * grid.width.paddedTaps(width)
                            : depthTaps.count * heightTaps.count * widthTaps.count
                        kernels.divide_by(grid.channels, result, Float(count), result)
                    }
                }
            }
        }
        return output
    }
}
