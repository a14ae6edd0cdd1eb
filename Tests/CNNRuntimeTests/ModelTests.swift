import CNNRuntime
import Foundation
import ModelCore
import TestSupport
import Testing

@Suite struct ModelTests {
    private let lenet: Converted

    init() throws { lenet = try Converted("digits-lenet") }

    @Test func describesItself() throws {
        let model = try Model(contentsOf: lenet.path)
        #expect(model.name == "lenet")
        #expect(model.inputs.map(\.description) == ["image [?, 8, 8, 1] nhwc"])
        #expect(model.outputs.map(\.description) == ["digit [?, 10] nc"])
    }

    @Test(arguments: [1, 2, nil]) func recognisesTheDigits(threads: Int?) throws {
        let model = try Model(contentsOf: lenet.path, threads: threads, checksIntegrity: true)
        let (images, labels) = try digits()
        let probabilities = try model.predict(images)
        #expect(probabilities.shape == [10, 10])
        let classes = (0..<10).map { row in (0..<10).max { probabilities.scalars[row * 10 + $0] < probabilities.scalars[row * 10 + $1] } }
        #expect(classes == labels)
        for row in 0..<10 { #expect(abs(probabilities.scalars[row * 10..<row * 10 + 10].reduce(0, +) - 1) < 1e-6) }
    }

    @Test func namesAndNoNamesGiveTheSame() throws {
        let model = try Model(contentsOf: lenet.path)
        let (images, _) = try digits()
        #expect(try model.predict(["image": images])["digit"] == model.predict(images))
    }

    @Test func aBatchIsItsImages() throws {
        let model = try Model(contentsOf: lenet.path)
        let (images, _) = try digits()
        let together = try model.predict(images)
        for index in 0..<10 {
            let image = try #require(Tensor(shape: [1, 8, 8, 1], scalars: Array(images.scalars[index * 64..<(index + 1) * 64])))
            #expect(try model.predict(image).scalars == Array(together.scalars[index * 10..<(index + 1) * 10]))
        }
    }

    @Test func severalTasksShareAModel() async throws {
        let model = try Model(contentsOf: lenet.path, threads: 1)
        let (images, _) = try digits()
        let expected = try model.predict(images)
        try await withThrowingTaskGroup(of: Tensor<Float>.self) { group in
            for _ in 0..<8 { group.addTask { try model.predict(images) } }
            for try await result in group { #expect(result == expected) }
        }
    }

    @Test func worksWithoutItsFile() throws {
        let converted = try Converted("digits-lenet")
        let model = try Model(contentsOf: converted.path)
        try FileManager.default.removeItem(atPath: converted.path)
        #expect(try model.predict(digits().images).shape == [10, 10])
    }

    @Test func refusesInputsThatDoNotFit() throws {
        let model = try Model(contentsOf: lenet.path)
        let image = Tensor<Float>(repeating: 0, shape: [1, 8, 8, 1])
        expect("run.input") { () throws(ModelError) in _ = try model.predict([:]) }
        expect("run.input") { () throws(ModelError) in _ = try model.predict(["picture": image]) }
        expect("run.input") { () throws(ModelError) in _ = try model.predict(Tensor<Float>(repeating: 0, shape: [1, 1, 8, 8])) }
        expect("run.input") { () throws(ModelError) in _ = try model.predict(Tensor<Float>(repeating: 0, shape: [0, 8, 8, 1])) }
    }

    @Test func asksForNamesWhereThereAreSeveral() throws {
        let converted = try Converted("graph-two-by-two")
        let model = try Model(contentsOf: converted.path)
        #expect(model.inputs.count == 2)
        #expect(model.outputs.count == 2)
        expect("run.input") { () throws(ModelError) in _ = try model.predict(Tensor<Float>(repeating: 0, shape: [1])) }
        let inputs = Dictionary(
            uniqueKeysWithValues: model.inputs.map { ($0.name, Tensor<Float>(repeating: 1, shape: $0.shape.sizes.map { $0 ?? 2 })) })
        let outputs = try model.predict(inputs)
        #expect(Set(outputs.keys) == Set(model.outputs.map(\.name)))
        for port in model.outputs { #expect(outputs[port.name]?.shape == port.shape.sizes.map { $0 ?? 2 }) }
    }

    @Test func refusesWhatIsNoModel() throws {
        expect("file.not-found") { () throws(ModelError) in _ = try Model(contentsOf: lenet.path + ".none") }
        expect("cnnm.magic") { () throws(ModelError) in _ = try Model(contentsOf: Fixture.path("keras/digits-lenet/model.h5")) }
    }

    @Test func seesDamagedWeightsWhenAsked() throws {
        let url = URL(fileURLWithPath: lenet.path)
        var bytes = try Data(contentsOf: url)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: url)
        expect("cnnm.tensor-digest") { () throws(ModelError) in _ = try Model(contentsOf: lenet.path, checksIntegrity: true) }
    }

    private func expect(_ code: String, _ body: () throws(ModelError) -> Void) {
        do throws(ModelError) {
            try body()
            Issue.record("no \(code)")
        } catch {
            #expect(Set(error.problems.map(\.code)) == [code])
        }
    }
}
