import Foundation
import ModelCore
import ModelGraph
import Testing

@testable import CNNMFormat

@Suite struct HeaderRefusalTests {
    @Test func theFileByHandIsValid() throws {
        let file = try RawFile()
        #expect(codes(of: file.bytes) == [])
    }

    struct Change: CustomTestStringConvertible {
        let old: String
        let new: String
        let code: String
        var testDescription: String { "\(old) -> \(new)" }
    }

    private static func fingerprints(_ members: String) -> Change {
        Change(old: "\"producer\"", new: "\"fingerprints\":{\"version\":1,\(members)},\"producer\"", code: "cnnm.fingerprints")
    }

    static let changes: [Change] = [
        Change(old: "\"name\":\"tiny\"", new: "\"name\":\"tiny\",\"name\":\"tiny\"", code: "json.duplicate-key"),
        Change(old: "\"name\":\"tiny\"", new: "\"name\":7", code: "cnnm.header"),
        Change(old: "\"name\":\"tiny\",", new: "", code: "cnnm.header"),
        Change(old: "\"name\":\"tiny\"", new: "\"name\":NaN", code: "json.non-finite"),
        Change(old: "\"name\":\"tiny\"", new: "\"name\":\"\\ud800\"", code: "json.surrogate"),
        Change(old: "\"name\":\"cnnconvert\"", new: "\"name\":null", code: "cnnm.header"),
        Change(old: "\"producer\"", new: "\"source\":{\"framework\":\"keras\",\"sha256\":\"ABC\"},\"producer\"", code: "cnnm.header"),
        Change(old: "\"producer\"", new: "\"source\":null,\"producer\"", code: "cnnm.header"),
        Change(old: "\"producer\"", new: "\"labels\":[\"cat\",7],\"producer\"", code: "cnnm.header"),
        Change(old: "\"producer\"", new: "\"metadata\":{\"a\":1},\"producer\"", code: "cnnm.header"),
        Change(
            old: "\"producer\"", new: "\"preprocessing\":[{\"input\":\"z\",\"channel_order\":\"rgb\",\"scale\":[1],\"offset\":[0]}],\"producer\"",
            code: "cnnm.preprocessing"),
        Change(
            old: "\"producer\"",
            new: "\"preprocessing\":[{\"input\":\"x\",\"channel_order\":\"rgb\",\"scale\":[1,2],\"offset\":[0,1,2]}],\"producer\"",
            code: "cnnm.preprocessing"),
        fingerprints("\"nodes\":[]"),
        fingerprints("\"seed\":1"),
        fingerprints("\"seed\":1.0,\"nodes\":[[[1],0.5,\"0123456789abcdef\"]]"),
        fingerprints("\"seed\":1,\"nodes\":[]"),
        fingerprints("\"seed\":1,\"nodes\":{}"),
        fingerprints("\"seed\":1,\"inputs\":[[0]],\"nodes\":[[[1],0.5,\"0123456789abcdef\"]]"),
        fingerprints("\"seed\":1,\"inputs\":{},\"nodes\":[[[1],0.5,\"0123456789abcdef\"]]"),
        fingerprints("\"seed\":1,\"nodes\":[[[1],0.5]]"),
        fingerprints("\"seed\":1,\"nodes\":[[[0],0.5,\"0123456789abcdef\"]]"),
        fingerprints("\"seed\":1,\"nodes\":[[[1,null],0.5,\"0123456789abcdef\"]]"),
        fingerprints("\"seed\":1,\"nodes\":[[[1,1,1,1,1,1,1,1,1],0.5,\"0123456789abcdef\"]]"),
        fingerprints("\"seed\":1,\"nodes\":[[[1],\"0.5\",\"0123456789abcdef\"]]"),
        fingerprints("\"seed\":1,\"nodes\":[[[1],0.5,\"0123456789ABCDEF\"]]"),
        fingerprints("\"seed\":1,\"nodes\":[[[1],0.5,\"0123456789abcde\"]]"),
        Change(old: "\"name\":\"x\"", new: "\"name\":\"\"", code: "cnnm.name"),
        Change(old: "\"name\":\"x\"", new: "\"name\":\"x\\u0000\"", code: "cnnm.name"),
        Change(old: "\"name\":\"x\"", new: "\"name\":\"\(String(repeating: "x", count: 1025))\"", code: "cnnm.name"),
        Change(old: "\"name\":\"x\"", new: "\"name\":\"z\"", code: "graph.undefined"),
        Change(old: "\"layout\":\"nc\",", new: "\"layout\":\"nhwc\",", code: "cnnm.layout"),
        Change(old: "\"layout\":\"nc\",", new: "\"layout\":\"cn\",", code: "cnnm.header"),
        Change(old: "\"layout\":\"nc\",", new: "", code: "cnnm.header"),
        Change(old: "\"shape\":[null,2]", new: "\"shape\":[null,2.0]", code: "cnnm.header"),
        Change(old: "\"shape\":[null,2]", new: "\"shape\":[null,2e0]", code: "cnnm.header"),
        Change(old: "\"shape\":[null,2]", new: "\"shape\":[null,0]", code: "cnnm.layout"),
        Change(old: "\"shape\":[null,2]", new: "\"shape\":[null,-2]", code: "cnnm.layout"),
        Change(old: "\"shape\":[null,2]", new: "\"shape\":[null,1073741825]", code: "cnnm.layout"),
        Change(old: "\"shape\":[null,2]", new: "\"shape\":[null,9223372036854775808]", code: "cnnm.header"),
        Change(old: "\"shape\":[null,2]", new: "\"shape\":[1,1,1,1,1,1,1,1,2]", code: "cnnm.layout"),
        Change(old: "\"shape\":[null,2]", new: "\"shape\":[null,3]", code: "graph.shape"),
        Change(old: "\"shape\":[null,1],", new: "\"shape\":[null,2],", code: "cnnm.output-shape"),
        Change(old: "\"shape\":[null,1],", new: "\"shape\":[null,1,1],", code: "cnnm.layout"),
        Change(old: "\"dtype\":\"float32\"}],\"outputs\"", new: "\"dtype\":\"float8\"}],\"outputs\"", code: "cnnm.header"),
        Change(old: "\"value\":\"dense\"", new: "\"value\":\"z\"", code: "graph.undefined"),
        Change(old: "\"operator\":\"dense\"", new: "\"operator\":\"attention\"", code: "graph.operator"),
        Change(old: "\"attributes\":{}", new: "\"attributes\":{\"units\":1}", code: "graph.attributes"),
        Change(old: "\"attributes\":{}", new: "\"attributes\":{\"units\":null}", code: "cnnm.header"),
        Change(old: "\"attributes\":{}", new: "\"attributes\":{\"units\":[1,true]}", code: "cnnm.header"),
        Change(old: "\"attributes\":{}", new: "\"attributes\":{\"\":1}", code: "cnnm.name"),
        Change(old: "\"attributes\":{}", new: "\"attributes\":[]", code: "cnnm.header"),
        Change(old: "\"inputs\":[\"x\"]", new: "\"inputs\":[7]", code: "cnnm.header"),
        Change(old: "\"inputs\":[\"x\"]", new: "\"inputs\":[]", code: "graph.input-count"),
        Change(old: "\"inputs\":[\"x\"]", new: "\"inputs\":[\"dense\"]", code: "graph.cycle"),
        Change(old: "\"outputs\":[\"dense\"]", new: "\"outputs\":[\"x\"]", code: "graph.duplicate-name"),
        Change(old: "\"outputs\":[\"dense\"]", new: "\"outputs\":[\"dense\",\"b\"]", code: "cnnm.header"),
        Change(old: "\"kernel\":\"dense/kernel\"", new: "\"kernel\":7", code: "cnnm.header"),
        Change(old: "\"kernel\":\"dense/kernel\"", new: "\"kernel\":\"z\"", code: "graph.undefined"),
        Change(old: "\"kernel\":\"dense/kernel\"", new: "\"core\":\"dense/kernel\"", code: "graph.weight-role"),
        Change(old: "\"nodes\":[{", new: "\"nodes\":[7,{", code: "cnnm.header"),
        Change(old: "\"nodes\":[{", new: "\"nodes\":{},\"was\":[{", code: "cnnm.header"),
    ]

    @Test(arguments: changes) func isRefused(_ change: Change) throws {
        #expect(try RawFile.codes(replacing: change.old, by: change.new).contains(change.code))
    }

    @Test func allProblemsAreReportedAtOnce() throws {
        var file = try RawFile()
        file.header = file.header.replacingOccurrences(of: "float32", with: "float31").replacingOccurrences(of: "\"name\":\"tiny\",", with: "")
        let problems = Result { () throws(ModelError) in _ = try opened(file.bytes) }
        guard case .failure(let error) = problems else { return #expect(Bool(false)) }
        #expect(
            error.problems.compactMap(\.location.path) == ["/name", "/inputs/0/dtype", "/outputs/0/dtype", "/tensors/0/dtype", "/tensors/1/dtype"])
        #expect(error.problems[1].message == "member 'dtype' is 'float31', not one of float32, float16, bfloat16, float64, int8, uint8, int32, int64")
        #expect(error.problems[1].location.file == "test.cnnm")
    }

    @Test func aThousandProblemsAreCutShort() throws {
        var file = try RawFile()
        file.header = file.header.replacingOccurrences(of: "\"nodes\":[", with: "\"nodes\":[" + String(repeating: "7,", count: 1000))
        #expect(codes(of: file.bytes).count == 100)
    }

    @Test func nestingIsLimited() throws {
        var file = try RawFile()
        file.header = String(repeating: "{\"a\":", count: 100_000)
        #expect(codes(of: file.bytes) == ["cnnm.header"])
        file.header += "{}" + String(repeating: "}", count: 100_000)
        #expect(codes(of: file.bytes) == ["json.depth"])
    }

    @Test(arguments: ["[1]", " {}", "{}\n", "77", "  ", "\u{FEFF}{}"]) func headerIsOneObjectThenSpaces(_ text: String) throws {
        var file = try RawFile()
        file.header = text
        #expect(codes(of: file.bytes) == ["cnnm.header"])
    }

    @Test func invalidUTF8IsRefused() throws {
        let file = try RawFile()
        let bytes = file.sealed(Array(file.header.utf8).map { $0 == UInt8(ascii: "y") ? 0xFF : $0 })
        #expect(codes(of: bytes) == ["json.utf8"])
    }

    @Test func unknownMembersAreIgnored() throws {
        #expect(try RawFile.codes(replacing: "\"name\":", by: "\"future\":{\"a\":[null]},\"name\":") == [])
    }

    @Test func spacesAfterTheHeaderAreAllowed() throws {
        var file = try RawFile()
        file.header += "     "
        #expect(codes(of: file.bytes) == [])
    }
}

@Suite struct TensorRefusalTests {
    typealias Change = HeaderRefusalTests.Change

    static let changes: [Change] = [
        Change(old: "\"offset\":4096", new: "\"offset\":64", code: "cnnm.alignment"),
        Change(old: "\"offset\":4096", new: "\"offset\":0", code: "cnnm.overlap"),
        Change(old: "\"offset\":4096", new: "\"offset\":-4096", code: "cnnm.tensor-range"),
        Change(old: "\"offset\":4096", new: "\"offset\":9223372036854775807", code: "cnnm.tensor-range"),
        Change(old: "\"offset\":4096", new: "\"offset\":8192", code: "cnnm.tensor-range"),
        Change(old: "\"offset\":4096", new: "\"offset\":4096.0", code: "cnnm.header"),
        Change(old: "\"offset\":4160", new: "\"offset\":4104", code: "cnnm.alignment"),
        Change(old: "\"offset\":4160", new: "\"offset\":4096", code: "cnnm.overlap"),
        Change(old: "\"length\":8", new: "\"length\":4", code: "cnnm.tensor-length"),
        Change(old: "\"length\":8", new: "\"length\":0", code: "cnnm.tensor-length"),
        Change(old: "\"shape\":[2,1]", new: "\"shape\":[2,0]", code: "cnnm.tensor-shape"),
        Change(old: "\"shape\":[2,1]", new: "\"shape\":[-2,-1]", code: "cnnm.tensor-shape"),
        Change(old: "\"shape\":[2,1]", new: "\"shape\":[4611686018427387904,4]", code: "cnnm.tensor-length"),
        Change(old: "\"shape\":[2,1]", new: "\"shape\":[2]", code: "cnnm.tensor-shape"),
        Change(old: "\"shape\":[2,1],\"layout\":\"io\"", new: "\"shape\":[1,1,1,1,1,1,1,2,1],\"layout\":\"other\"", code: "cnnm.tensor-shape"),
        Change(old: "\"layout\":\"io\"", new: "\"layout\":\"hwio\"", code: "cnnm.tensor-shape"),
        Change(old: "\"layout\":\"io\"", new: "\"layout\":\"xx\"", code: "cnnm.header"),
        Change(old: "\"name\":\"dense/bias\"", new: "\"name\":\"dense/kernel\"", code: "cnnm.duplicate-name"),
        Change(old: "\"length\":8,\"sha256\":\"", new: "\"length\":8,\"sha256\":\"0", code: "cnnm.header"),
        Change(old: "\"name\":\"dense/kernel\",\"dtype\"", new: "\"name\":\"dense/kernel\",\"type\"", code: "cnnm.header"),
    ]

    @Test(arguments: changes) func isRefused(_ change: Change) throws {
        #expect(try RawFile.codes(replacing: change.old, by: change.new) == [change.code])
    }

    @Test func aHoleIsRefused() throws {
        var file = try RawFile()
        file.header = file.header.replacingOccurrences(of: "\"offset\":4160", with: "\"offset\":4224")
        file.data = Array(file.data[..<64]) + [UInt8](repeating: 0, count: 64) + file.data[64...]
        #expect(codes(of: file.bytes) == ["cnnm.hole"])
    }

    @Test func sharedBytesHaveOneDigest() throws {
        let bytes = try written(document(with: ["twin": weight([0, 0, 0, 0x3F], .uint8, [4], .vector)]))
        #expect(codes(of: bytes) == [])
        var file = try RawFile()
        let prologue = try bytes.withUnsafeBytes { try Prologue(ofFile: $0, size: $0.count) }
        file.header = String(decoding: bytes[prologue.headerRange], as: UTF8.self)
        let twin = try #require(file.header.range(of: "\"name\":\"twin\""))
        let digest = try #require(file.header.range(of: "\"sha256\":\"", range: twin.upperBound..<file.header.endIndex))
        file.header.replaceSubrange(digest.upperBound..<file.header.index(digest.upperBound, offsetBy: 2), with: "00")
        #expect(codes(of: file.bytes) == ["cnnm.shared-digest"])
    }

    @Test func bytesAfterTheLastTensorAreRefused() throws {
        var file = try RawFile()
        file.data.append(0)
        #expect(codes(of: file.bytes) == ["cnnm.trailing"])
    }

    @Test func aGapThatIsNotZeroIsFoundByTheCheckOnly() throws {
        var file = try RawFile()
        file.data[20] = 1
        let opened = try opened(file.bytes)
        #expect(codes { try opened.checkIntegrity() } == ["cnnm.gap"])
    }

    @Test func aGapAfterTheHeaderIsFoundAtOnce() throws {
        var bytes = try RawFile().bytes
        bytes[4095] = 1
        #expect(codes { _ = try opened(bytes) } == ["cnnm.gap"])
    }

    @Test func everyDamagedTensorIsNamed() throws {
        var file = try RawFile()
        file.data[0] ^= 1
        file.data[64] ^= 1
        let opened = try opened(file.bytes)
        #expect(codes { try opened.checkIntegrity() } == ["cnnm.tensor-digest", "cnnm.tensor-digest"])
    }
}
