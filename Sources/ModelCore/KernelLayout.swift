/// The meaning of the axes of a weight: D, H, W the window, I input channels (of one group), O output channels.
///
/// A transposed convolution's I and O are those of the transposed convolution itself: I is what it reads.
/// A vector holds one value per channel; `other` has axes with no such meaning (the slopes of PReLU, say).
public enum KernelLayout: String, Sendable, Hashable, CaseIterable {
    case wio, hwio, dhwio
    case oiw, oihw, oidhw
    case woi, hwoi, dhwoi
    case iow, iohw, iodhw
    case io, oi
    case vector
    case other

    /// The axes by letter, outermost first; none for `vector` and `other`.
    package var axes: [UInt8] {
        switch self {
        case .vector, .other: []
        default: Array(rawValue.utf8)
        }
    }

    /// The axis of this letter.
    package func axis(_ letter: Character) -> Int? {
        letter.asciiValue.flatMap { axes.firstIndex(of: $0) }
    }

    /// For each axis of `target`, the axis of this layout that it comes from; `nil` where the letters differ.
    package func permutation(to target: KernelLayout) -> [Int]? {
        let permutation = target.axes.compactMap { axes.firstIndex(of: $0) }
        return permutation.count == axes.count && target.axes.count == axes.count ? permutation : nil
    }

    /// `wio`, `hwio` or `dhwio`.
    package static func windowFirst(spatialRank: Int) -> KernelLayout? {
        let layouts: [KernelLayout] = [.wio, .hwio, .dhwio]
        return layouts.indices.contains(spatialRank - 1) ? layouts[spatialRank - 1] : nil
    }

    /// `woi`, `hwoi` or `dhwoi`: the kernels of transposed convolutions in Keras.
    package static func transposedWindowFirst(spatialRank: Int) -> KernelLayout? {
        let layouts: [KernelLayout] = [.woi, .hwoi, .dhwoi]
        return layouts.indices.contains(spatialRank - 1) ? layouts[spatialRank - 1] : nil
    }

    /// `iow`, `iohw` or `iodhw`: the kernels of transposed convolutions in PyTorch.
    package static func inputFirst(spatialRank: Int) -> KernelLayout? {
        let layouts: [KernelLayout] = [.iow, .iohw, .iodhw]
        return layouts.indices.contains(spatialRank - 1) ? layouts[spatialRank - 1] : nil
    }

    /// `oiw`, `oihw` or `oidhw`.
    package static func outputFirst(spatialRank: Int) -> KernelLayout? {
        let layouts: [KernelLayout] = [.oiw, .oihw, .oidhw]
        return layouts.indices.contains(spatialRank - 1) ? layouts[spatialRank - 1] : nil
    }
}
