import Testing

@testable import ModelCore

@Suite struct LayoutTests {
    @Test func nchwBecomesNHWC() {
        #expect(DataLayout.nchw.permutation(to: .nhwc) == [0, 2, 3, 1])
        #expect(DataLayout.nhwc.permutation(to: .nchw) == [0, 3, 1, 2])
        #expect(DataLayout.nhwc.permutation(to: .ncw) == nil)
    }
    @Test func oihwBecomesHWIO() {
        #expect(KernelLayout.oihw.permutation(to: .hwio) == [2, 3, 1, 0])
        #expect(KernelLayout.oihw.permutation(to: .wio) == nil)
    }
}
