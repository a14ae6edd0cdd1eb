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
        let terms = inputs * taps
        let scalars = values.scalars.withUnsafeBufferPointer { source in
            [Float](unsafeUninitializedCapacity: source.count) { target, initializedCount in
                guard let source = source.baseAddress, let target = target.baseAddress else { return }
                // By way of a tile that is read and written by whole cache lines, for strides may be powers of 2.
                withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.tileTerms * Self.tileOutputs) { tile in
                    guard let tile = tile.baseAddress else { return }
                    for first in stride(from: 0, to: terms, by: Self.tileTerms) {
                        for left in stride(from: 0, to: outputs, by: Self.tileOutputs) {
                            let (height, width) = (min(Self.tileTerms, terms - first), min(Self.tileOutputs, outputs - left))
                            for row in 0..<height {
                                let (channel, tap) = (first + row).quotientAndRemainder(dividingBy: taps)
                                let from = source + (channel * inputStride + tap * tapStride + left * outputStride)
                                copy(width, from, step: outputStride, to: tile + row * Self.tileOutputs)
                            }
                            for column in 0..<width {
                                copy(height, tile + column, step: Self.tileOutputs, to: target + ((left + column) * terms + first))
                            }
                        }
                    }
                }
                initializedCount = values.scalars.count
            }
        }
        return ReferenceWeight(values: Tensor(shape: RowMajor.permuted(shape, by: permutation), scalars: scalars) ?? values, layout: target)
    }

    private static let (tileTerms, tileOutputs) = (16, 64)
}

@inline(__always)
private func copy(_ count: Int, _ source: UnsafePointer<Float>, step: Int, to target: UnsafeMutablePointer<Float>) {
    var source = source
    for position in 0..<count {
        (target + position).initialize(to: source.pointee)
        source += step
    }
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
