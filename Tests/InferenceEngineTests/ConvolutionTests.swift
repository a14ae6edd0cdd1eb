import ModelCore
import ModelGraph
import Testing

@testable import InferenceEngine

@Suite struct ConvolutionTests {
    private struct Case {
        var input: [Int]
        var window: [Int]
        var outputs: Int
        var strides: [Int]?
        var dilations: [Int]?
        var groups = 1
        var padding = Padding.same
        var bias = true
    }

    private func check(_ item: Case, seed: Int = 1, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let rank = item.window.count
        let ones = [Int](repeating: 1, count: rank)
        let layout = try #require(DataLayout.channelsLast(spatialRank: rank))
        let kernelLayout = try #require(KernelLayout.windowFirst(spatialRank: rank))
        var numbers = WholeNumbers(seed: seed + 1000)
        let channels = item.input[rank + 1]
        var weights: [String: (tensor: Tensor<Float>, layout: KernelLayout)] = [
            "kernel": (numbers.tensor(item.window + [channels / item.groups, item.outputs], -2...2), kernelLayout)
        ]
        if item.bias { weights["bias"] = (numbers.tensor([item.outputs]), .vector) }
        let operation = Convolution(
            layout: layout, strides: item.strides ?? ones, dilations: item.dilations ?? ones, groups: item.groups, padding: item.padding)
        let comment = Comment(rawValue: "\(item)")
        try expectReference(.convolution(operation), inputs: [item.input], weights: weights, seed: seed, comment, sourceLocation: sourceLocation)
    }

    @Test(arguments: [Padding.valid, .same, .explicit(before: [2, 0], after: [1, 3], mode: .constant)], [1, 2, 3])
    func planar(padding: Padding, window: Int) throws {
        for stride in 1...3 {
            for dilation in 1...2 {
                for (channels, outputs, groups) in [(1, 1, 1), (3, 5, 1), (4, 6, 2), (4, 4, 4), (3, 6, 3), (18, 35, 1)] {
                    try check(
                        Case(
                            input: [2, 7, 6, channels], window: [window, 4 - window], outputs: outputs, strides: [stride, 4 - stride],
                            dilations: [dilation, 3 - dilation], groups: groups, padding: padding, bias: (stride + channels) % 2 == 0),
                        seed: 100 * stride + 10 * dilation + channels)
                }
            }
        }
    }

    @Test(arguments: [Padding.valid, .same, .causal, .explicit(before: [3], after: [0], mode: .constant)])
    func alongOneAxis(padding: Padding) throws {
        for window in [1, 2, 5] {
            for stride in 1...2 {
                for (dilation, groups) in [(1, 1), (2, 1), (2, 2), (1, 4), (3, 4)] {
                    let item = Case(
                        input: [2, 13, 4], window: [window], outputs: 8, strides: [stride], dilations: [dilation], groups: groups, padding: padding)
                    try check(item, seed: window)
                }
            }
        }
        try check(Case(input: [2, 13, 4], window: [3], outputs: 4, groups: 4, padding: padding))
    }

    @Test(arguments: [Padding.valid, .same, .explicit(before: [1, 0, 2], after: [0, 2, 1], mode: .constant)])
    func inSpace(padding: Padding) throws {
        for stride in 1...2 {
            for groups in [1, 3] {
                let item = Case(
                    input: [1, 4, 5, 6, 3], window: [2, 3, 2], outputs: 6, strides: [stride, 1, 2], dilations: [1, 2, stride], groups: groups,
                    padding: padding)
                try check(item)
            }
        }
        try check(Case(input: [1, 4, 5, 6, 3], window: [2, 3, 2], outputs: 3, groups: 3, padding: padding))
    }

    @Test(arguments: [Padding.valid, .same, .explicit(before: [2, 0], after: [1, 3], mode: .constant)], [1, 2, 3])
    func manyGroups(padding: Padding, stride: Int) throws {
        // Input channels, output channels, groups: multipliers, groups of several channels, and channels that fill vectors with a rest.
        for (channels, outputs, groups) in [(3, 6, 3), (5, 15, 5), (5, 40, 5), (24, 48, 24), (8, 16, 4), (32, 32, 8), (24, 36, 12), (20, 4, 4)] {
            for window in 1...3 {
                let item = Case(
                    input: [2, 9, 8, channels], window: [window, 4 - window], outputs: outputs, strides: [stride, 4 - stride],
                    dilations: [1, stride], groups: groups, padding: padding, bias: window == 2)
                try check(item, seed: window)
            }
        }
        for channels in [3, 8, 16, 17, 24, 31, 100] {
            let item = Case(
                input: [2, 9, 11, channels], window: [3, 3], outputs: channels, strides: [stride, stride], groups: channels, padding: padding)
            try check(item, seed: channels)
        }
    }

    @Test func groupsAlongOneAxisAndInSpace() throws {
        try check(Case(input: [2, 13, 6], window: [3], outputs: 12, dilations: [2], groups: 6, padding: .causal))
        try check(Case(input: [2, 13, 36], window: [3], outputs: 36, strides: [2], groups: 36))
        try check(Case(input: [1, 4, 5, 6, 6], window: [3, 2, 3], outputs: 12, strides: [1, 2, 1], groups: 6))
        try check(Case(input: [1, 4, 5, 6, 36], window: [3, 2, 3], outputs: 36, dilations: [1, 2, 1], groups: 36))
    }

    @Test func edges() throws {
        try check(Case(input: [1, 1, 1, 1], window: [1, 1], outputs: 1))
        try check(Case(input: [1, 1, 1, 3], window: [5, 7], outputs: 2))
        try check(Case(input: [2, 2, 3, 2], window: [7, 5], outputs: 3, dilations: [2, 3]))
        try check(Case(input: [1, 3, 3, 2], window: [2, 2], outputs: 2, strides: [5, 5], padding: .valid))
        // Windows that see only padding.
        try check(Case(input: [1, 2, 2, 2], window: [1, 1], outputs: 3, padding: .explicit(before: [4, 1], after: [1, 4], mode: .constant)))
        try check(
            Case(input: [1, 2, 2, 2], window: [1, 1], outputs: 2, groups: 2, padding: .explicit(before: [4, 1], after: [1, 4], mode: .constant)))
    }

    @Test func deepSumsSpanBlocks() throws {
        for channels in [28, 29, 57, 300] { try check(Case(input: [1, 5, 4, channels], window: [3, 3], outputs: 33)) }
        try check(Case(input: [1, 5, 4, 600], window: [3, 3], outputs: 4, groups: 2))
        try check(Case(input: [1, 5, 4, 90], window: [3, 3], outputs: 4, dilations: [1, 2]))
        try check(Case(input: [3, 11, 13, 260], window: [1, 1], outputs: 40))
        try check(Case(input: [3, 11, 13, 26], window: [1, 1], outputs: 40, groups: 2))
        try check(Case(input: [3, 11, 13, 260], window: [1, 1], outputs: 40, strides: [2, 2]))
    }

    @Test(arguments: [PaddingMode.reflect, .symmetric, .replicate, .circular]) func otherPaddingIsComputedToo(mode: PaddingMode) throws {
        try check(Case(input: [1, 5, 4, 2], window: [3, 3], outputs: 3, padding: .explicit(before: [1, 1], after: [1, 1], mode: mode)))
    }

    @Test func otherLayoutsAreComputedToo() throws {
        var numbers = WholeNumbers(seed: 5)
        let first = Convolution(layout: .nchw, strides: [1, 1], dilations: [1, 1], groups: 1, padding: .same)
        try expectReference(.convolution(first), inputs: [[1, 2, 4, 5]], weights: ["kernel": (numbers.tensor([3, 2, 3, 3]), .oihw)])
        let last = Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: .same)
        try expectReference(.convolution(last), inputs: [[1, 4, 5, 2]], weights: ["kernel": (numbers.tensor([3, 2, 3, 3]), .oihw)])
    }

    @Test func paddingTimesInfinityIsNothing() throws {
        for groups in [1, 2] {
            var kernel = Tensor<Float>(repeating: 1, shape: [3, 1, 2 / groups, 2])
            kernel[position: 0] = .infinity
            let operation = Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: groups, padding: .same)
            try expectReference(.convolution(operation), inputs: [[1, 3, 2, 2]], weights: ["kernel": (kernel, .hwio)], range: 1...3)
        }
    }
}
