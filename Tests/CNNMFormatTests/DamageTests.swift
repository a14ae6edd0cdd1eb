import ModelCore
import Testing

@testable import CNNMFormat

@Suite struct DamageTests {
    @Test func everyFlippedBitIsNoticed() throws {
        var bytes = try written(tinyDocument())
        #expect(codes(of: bytes) == [])
        var unnoticed: [Int] = []
        for position in bytes.indices {
            for bit in 0..<8 {
                bytes[position] ^= 1 << bit
                if codes(of: bytes).isEmpty { unnoticed.append(position * 8 + bit) }
                bytes[position] ^= 1 << bit
            }
        }
        #expect(unnoticed == [])
    }

    @Test func everyTruncationIsNoticed() throws {
        let bytes = try written(tinyDocument())
        for length in bytes.indices {
            let expected = length == 0 ? "cnnm.magic" : "cnnm.truncated"
            #expect(codes(of: Array(bytes[..<length])) == [expected], "\(length) bytes")
        }
    }

    @Test func everyTrailingByteIsNoticed() throws {
        let bytes = try written(tinyDocument())
        for count in [1, 3, 64, 4096] {
            #expect(codes(of: bytes + [UInt8](repeating: 0, count: count)) == ["cnnm.trailing"])
        }
    }

    struct Change: CustomTestStringConvertible {
        let range: Range<Int>
        let bytes: [UInt8]
        let code: String
        var testDescription: String { "\(range) \(code)" }
    }

    static let changes: [Change] = [
        Change(range: 0..<1, bytes: [0x27], code: "cnnm.magic"),
        Change(range: 5..<7, bytes: [0x0A], code: "cnnm.magic"),
        Change(range: 6..<7, bytes: [0x0D, 0x0A], code: "cnnm.magic"),
        Change(range: 0..<4, bytes: [0x50, 0x4B, 3, 4], code: "cnnm.magic"),
        Change(range: 8..<9, bytes: [2], code: "cnnm.version"),
        Change(range: 8..<9, bytes: [0], code: "cnnm.version"),
        Change(range: 12..<13, bytes: [1], code: "cnnm.reserved"),
        Change(range: 16..<24, bytes: [UInt8](repeating: 0, count: 8), code: "cnnm.header-length"),
        Change(range: 16..<24, bytes: [UInt8](repeating: 0xFF, count: 8), code: "cnnm.header-length"),
        Change(range: 16..<24, bytes: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], code: "cnnm.header-length"),
        Change(range: 17..<18, bytes: [0xFF], code: "cnnm.header-length"),
        Change(range: 16..<17, bytes: [0], code: "cnnm.header-digest"),
        Change(range: 24..<32, bytes: [UInt8](repeating: 0xFF, count: 8), code: "cnnm.truncated"),
        Change(range: 24..<32, bytes: [UInt8](repeating: 0, count: 8), code: "cnnm.trailing"),
        Change(range: 32..<33, bytes: [0], code: "cnnm.header-digest"),
        Change(range: 70..<71, bytes: [0], code: "cnnm.header-digest"),
    ]

    @Test(arguments: changes) func isNamed(_ change: Change) throws {
        var bytes = try written(tinyDocument())
        bytes.replaceSubrange(change.range, with: change.bytes)
        #expect(codes(of: bytes) == [change.code])
    }

    @Test func aChangeOfLineEndsGetsAHint() throws {
        var bytes = try written(tinyDocument())
        bytes.remove(at: 5)
        #expect(throws: ModelError.self) { try opened(bytes) }
        do throws(ModelError) {
            _ = try opened(bytes)
        } catch {
            #expect(error.problems[0].hint == "copy it in binary mode: line ends or eighth bits were changed on the way")
        }
    }

    @Test func filesAreRecognised() {
        let magic: [UInt8] = [0xA7, 0x43, 0x4E, 0x4E, 0x4D, 0x0D, 0x0A, 0x1A]
        #expect(CNNMFile.recognises(prefix: magic + [1, 0]))
        #expect(CNNMFile.recognises(prefix: magic[..<3]))
        #expect(!CNNMFile.recognises(prefix: []))
        #expect(!CNNMFile.recognises(prefix: Array("CNNM text".utf8)))
        #expect(!CNNMFile.recognises(prefix: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]))
        for bit in 0..<64 {
            var damaged = magic
            damaged[bit / 8] ^= 1 << (bit % 8)
            #expect(CNNMFile.recognises(prefix: damaged))
        }
    }
}
