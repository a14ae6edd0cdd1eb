import CNNConversion
import CNNMFormat
import Foundation
import ModelCore
import ModelGraph
import NumpyFormat
import TestSupport
import Testing

/// Whole files with a piece missing, a piece too many, or numbers that are none.
@Suite(.timeLimit(.minutes(2))) struct DamageTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func conversion(of bytes: [UInt8]) throws -> Set<String> {
        let path = try folder.write(bytes, "in")
        return codes { () throws(ModelError) in _ = try Conversion.convert(input: path, output: folder("out.cnnm")) }
    }

    @Test("a Keras file that was cut is refused, wherever it was cut", arguments: [0, 1, 2, 3])
    func truncatedKeras(_ part: Int) throws {
        let bytes = try Fixture.bytes("hostile/keras/values-largest.h5")
        let lengths = Set(0..<min(4096, bytes.count)).union(stride(from: 4096, to: bytes.count, by: 61)).union([bytes.count - 1])
        for length in lengths.sorted() where length % 4 == part {
            let expected = length == 0 ? "format.empty" : length < 8 ? "format.unknown" : "hdf5.damaged"
            #expect(try conversion(of: Array(bytes[..<length])) == [expected], "\(length) bytes")
        }
        #expect(folder.names == ["in"])
    }

    @Test("a .cnnm that was cut is refused, wherever it was cut")
    func truncatedCNNM() throws {
        let bytes = try Fixture.bytes("hostile/cnnm/valid.cnnm")
        for length in bytes.indices {
            // Two bytes of the magic numbers are too few to know the format.
            let expected = length == 0 ? "format.empty" : length < 2 ? "format.unknown" : "cnnm.truncated"
            #expect(try conversion(of: Array(bytes[..<length])) == [expected], "\(length) bytes")
        }
        #expect(try conversion(of: bytes + [0]) == ["cnnm.trailing"])
        #expect(folder.names == ["in"])
    }

    @Test("an array that was cut is refused, wherever it was cut", arguments: ["version1.npy", "stored.npz", "deflated.npz"])
    func truncatedArrays(_ name: String) throws {
        let bytes = try Fixture.bytes("numpy/\(name)")
        for length in bytes.indices {
            let path = try folder.write(Array(bytes[..<length]), "in")
            let found = codes { () throws(ModelError) in
                if name.hasSuffix(".npy") {
                    _ = try NumpyArray(path: path).floats()
                } else {
                    let archive = try NumpyArchive(path: path)
                    for name in archive.names { _ = try archive.array(named: name) }
                }
            }
            #expect(!found.isEmpty && found.allSatisfy { $0.hasPrefix("npy.") || $0.hasPrefix("zip.") }, "\(length) bytes: \(found)")
        }
    }

    @Test("NaN, infinity, -0 and denormal numbers arrive with every bit", arguments: [true, false])
    func strangeValues(_ verifies: Bool) throws {
        var options = Conversion.Options()
        options.verifies = verifies
        let summary = try Conversion.convert(
            input: Fixture.path("hostile/keras/values-strange.h5"), output: folder("out.cnnm"), options: options)
        // Nearly all results are NaN, whose bits differ between processors.
        #expect((verifies ? ["identical", "inconclusive"] : [nil]).contains(summary.verdict))
        let file = try CNNMFile(path: folder("out.cnnm"))
        let kernel = try #require(file.document.graph.weights["conv/kernel"])
        let bits = try kernel.source.tensor().scalars.prefix(8).map(\.bitPattern)
        #expect(bits == [0x7FC0_0000, 0x7F80_0001, 0xFFC1_2345, 0x7F80_0000, 0xFF80_0000, 0x8000_0000, 0x0000_0001, 0x807F_FFFF])
    }

    @Test("sums that overflow are no difference between engines")
    func overflow() throws {
        let summary = try Conversion.convert(input: Fixture.path("hostile/keras/values-largest.h5"), output: folder("out.cnnm"))
        #expect(summary.verdict == "inconclusive")
    }

    @Test("negative variance is refused by the name of its layer")
    func negativeVariance() throws {
        let error = #expect(throws: ModelError.self) {
            try Conversion.convert(input: Fixture.path("hostile/keras/variance-negative.h5"), output: folder("out.cnnm"))
        }
        #expect(error?.problems.map(\.message) == ["layer 'norm' has the variance -0.5 for channel 1; a variance is not negative"])
    }
}
