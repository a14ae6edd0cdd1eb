import CNNConversion
import ModelCore
import TestSupport
import Testing

@Suite struct AllAtOnceTests {
    @Test(arguments: ["layer-lambda.h5", "layer-lstm.h5", "layer-custom.h5"])
    func aLayerThatCannotBeConvertedIsNamedBeforeAnyWeightIsRead(_ name: String) throws {
        let inspection = try Inspection(path: Fixture.path("hostile/keras/\(name)"))
        #expect(inspection.problems.map(\.code) == ["keras.unsupported-layer"])
        #expect(inspection.layers.isEmpty)
        #expect(!inspection.tensors.isEmpty)
    }
}
