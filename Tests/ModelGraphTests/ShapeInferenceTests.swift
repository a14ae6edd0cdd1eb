import ModelCore
import Testing

@testable import ModelGraph

@Suite struct ShapeInferenceTests {
    @Test func lectureActivationMaps() throws {
        let convolution = Convolution(layout: .nhwc, strides: [1, 1], dilations: [1, 1], groups: 1, padding: .valid)
        let weights = WeightShapes(["kernel": .init(shape: [5, 5, 3, 6], layout: .hwio)])
        #expect(try convolution.outputShape([[nil, 32, 32, 3]], weights) == [nil, 28, 28, 6])
    }
}
