import CNNConversion
import CNNRuntime
import Foundation
import ModelCore
import TestSupport
import Testing

/// What callers of the two libraries may do wrong: every answer is an error with a code, or the right numbers.
@Suite struct MisuseTests {
    private let lenet: Converted

    init() throws { lenet = try Converted("digits-lenet") }

    private func codes(_ body: () throws -> Void) -> [String] {
        do {
            try body()
            return []
        } catch {
            return (error as? ModelError)?.problems.map(\.code) ?? ["\(error)"]
        }
    }

    @Test("any number of threads gives the same", arguments: [0, -1, .min, .max, 257])
    func threads(count: Int) throws {
        let (images, _) = try digits()
        #expect(try Model(contentsOf: lenet.path, threads: count).predict(images) == Model(contentsOf: lenet.path, threads: 1).predict(images))
        var options = Conversion.Options()
        options.threads = count
        #expect(options.threads == min(max(count, 1), 256))
        let folder = try TemporaryFolder()
        let summary = try Conversion.convert(input: Fixture.path("keras/digits-lenet/model.h5"), output: folder("m.cnnm"), options: options)
        #expect(summary.verdict == "rounding")
    }

    @Test(
        "inputs of another shape are refused, whatever the shape is",
        arguments: [[], [1], [64], [1, 8, 8], [1, 8, 8, 2], [1, 8, 8, 1, 1], [0, 8, 8, 1], [1, 0, 8, 1], [0, 0, 0, 0], [0, .max, .max, 1]])
    func shapes(shape: [Int]) throws {
        let model = try Model(contentsOf: lenet.path)
        #expect(codes { _ = try model.predict(Tensor(repeating: 0, shape: shape)) } == ["run.input"])
    }

    @Test("every input that is wrong is named, not only the first")
    func names() throws {
        let model = try Model(contentsOf: lenet.path)
        let image = Tensor<Float>(repeating: 0, shape: [1, 8, 8, 1])
        #expect(codes { _ = try model.predict(["": image, "Image": image]) } == ["run.input", "run.input", "run.input"])
        #expect(codes { _ = try model.predict(["image": image, "image\0": image]) } == ["run.input"])
    }

    @Test("numbers that are no numbers reach the outputs, and those of other images do not change")
    func extremeNumbers() throws {
        let model = try Model(contentsOf: lenet.path)
        let (images, _) = try digits()
        let expected = try model.predict(images)
        for value in [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0] {
            var changed = images
            changed[3, 4, 4, 0] = value
            let found = try model.predict(changed)
            #expect(found.shape == expected.shape)
            for row in 0..<10 where row != 3 { for column in 0..<10 { #expect(found[row, column] == expected[row, column]) } }
            if value.isNaN { #expect((0..<10).allSatisfy { found[3, $0].isNaN }) }
        }
    }

    @Test("predictions for batches of several sizes at once do not disturb each other")
    func concurrency() async throws {
        let model = try Model(contentsOf: lenet.path, threads: 2)
        let (images, _) = try digits()
        let expected = try model.predict(images)
        try await withThrowingTaskGroup(of: (Int, Tensor<Float>).self) { group in
            for task in 0..<24 {
                let count = task % 10 + 1
                group.addTask {
                    let part = try #require(Tensor(shape: [count, 8, 8, 1], scalars: Array(images.scalars.prefix(count * 64))))
                    return (count, try model.predict(part))
                }
            }
            for try await (count, result) in group { #expect(result.scalars == Array(expected.scalars.prefix(count * 10))) }
        }
    }

    @Test("names that no file can have", arguments: ["", "a\0b", "/", ".", "/dev/null", String(repeating: "x", count: 5000), "\u{1F600}/\n"])
    func paths(path: String) throws {
        let folder = try TemporaryFolder()
        for found in [
            codes { _ = try Model(contentsOf: path) }, codes { _ = try Conversion.convert(input: path, output: folder("m.cnnm")) },
        ] {
            #expect(found.count == 1 && found[0].hasPrefix("file."), "\(found)")
        }
        #expect(codes { _ = try Conversion.convert(input: lenet.path, output: path) }.count == 1)
        var options = Conversion.Options()
        options.config = path
        #expect(!codes { _ = try Conversion.convert(input: lenet.path, output: folder("m.cnnm"), options: options) }.isEmpty)
        options.config = nil
        options.architecture = path
        #expect(!codes { _ = try Conversion.convert(input: lenet.path, output: folder("m.cnnm"), options: options) }.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: folder("m.cnnm")))
    }

    @Test("a conversion may be begun while another one tells of its progress, and several may run at once")
    func conversions() async throws {
        let folder = try TemporaryFolder()
        let source = Fixture.path("keras/digits-lenet/model.h5")
        var inner: [String] = []
        var stages: Set<String> = []
        _ = try Conversion.convert(input: source, output: folder("outer.cnnm")) { progress in
            #expect((0...1).contains(progress.fraction))
            guard stages.insert(progress.stage).inserted else { return }
            inner += codes { _ = try Conversion.convert(input: source, output: folder("inner.cnnm")) }
        }
        #expect(inner.isEmpty)
        #expect(stages == ["reading", "writing", "comparing", "verifying"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { _ = try Conversion.convert(input: source, output: folder("one.cnnm")) } }
            try await group.waitForAll()
        }
        #expect(folder.read("one.cnnm") == folder.read("outer.cnnm"))
        #expect(folder.read("inner.cnnm") == folder.read("outer.cnnm"))
    }
}
