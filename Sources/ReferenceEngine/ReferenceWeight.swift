package import ModelCore

/// A weight in memory, with the meaning of its axes. Its elements are `Float` whatever an operator computes in: a run holds them so.
package struct ReferenceWeight: Sendable {
    package let values: Tensor<Float>
    package let layout: KernelLayout

    package init(values: Tensor<Float>, layout: KernelLayout) {
        self.values = values
        self.layout = layout
    }

    /// The same kernel with its axes in the order output, input, window, so that an output reads what lies together. Weights without such axes,
    /// and those in that order, are what they were.
    package var outputFirst: ReferenceWeight {
        let shape = values.shape
        guard let target = layout.outputFirst, target != layout, let input = layout.axis("i"), let output = layout.axis("o"),
            let permutation = layout.permutation(to: target), permutation.count == shape.count
        else { return self }
        let strides = RowMajor.strides(shape)
        // The axes of the window are neighbours in every layout, and so are one axis here.
        let window = shape.indices.filter { $0 != input && $0 != output }
        let taps = window.reduce(1) { $0 * shape[$1] }
        let tapStride = window.last.map { strides[$0] } ?? 0
        let (inputs, outputs) = (shape[input], shape[output])
        let (inputStride, outputStride) = (strides[input], strides[output])
        let scalars = values.scalars.withUnsafeBufferPointer { source in
            [Float](unsafeUninitializedCapacity: source.count) { target, initializedCount in
                // Some outputs at a time: what is written stays in a cache until it is complete.
                for first in stride(from: 0, to: outputs, by: Self.outputsAtATime) {
                    let block = first..<min(first + Self.outputsAtATime, outputs)
                    for channel in 0..<inputs {
                        for tap in 0..<taps {
                            let from = channel * inputStride + tap * tapStride
                            let to = channel * taps + tap
                            for output in block { target[output * inputs * taps + to] = source[from + output * outputStride] }
                        }
                    }
                }
                initializedCount = source.count
            }
        }
        return ReferenceWeight(values: Tensor(shape: RowMajor.permuted(shape, by: permutation), scalars: scalars) ?? values, layout: target)
    }

    private static let outputsAtATime = 16
}

extension KernelLayout {
    /// The layout of the same axes with outputs first and the window last; `nil` for weights that have no such axes.
    fileprivate var outputFirst: KernelLayout? {
        switch self {
        case .io, .oi: .oi
        case .wio, .hwio, .dhwio, .oiw, .oihw, .oidhw, .woi, .hwoi, .dhwoi, .iow, .iohw, .iodhw: .outputFirst(spatialRank: axes.count - 2)
        case .vector, .other: nil
        }
    }
}
