import ByteIO
import CNNConversion
import CNNMFormat
import Foundation
import ModelCore
import TestSupport
import Testing

/// Every kept file of `fixtures/hostile` is refused by its code and writes nothing; those with `null` for a code convert.
///
/// The time limit is a budget for a hang: the slowest file takes seconds in a debug build, all others milliseconds.
@Suite(.timeLimit(.minutes(2))) struct KeptFileTests {
    struct Kept: CustomTestStringConvertible, Sendable {
        let name: String
        let code: String?
        var testDescription: String { name }
    }

    private static func kept(_ format: String) throws -> [Kept] {
        let json = try JSON.parse(Fixture.bytes("hostile/\(format)/expected.json"))
        return (json.object.map { Array($0) } ?? []).map { Kept(name: "hostile/\(format)/\($0.key)", code: $0.value.string) }
    }

    @Test("every kept file has an expected code, and every expected code a file", arguments: ["keras", "cnnm"])
    func expectations(_ format: String) throws {
        let names = Fixture.names(in: "hostile/\(format)").filter { $0 != "expected.json" }
        #expect(try Self.kept(format).map { String($0.name.split(separator: "/")[2]) }.sorted() == names)
    }

    @Test("a file with a fault is refused by its code, and nothing is written", arguments: try kept("keras") + kept("cnnm"))
    func refusal(_ kept: Kept) throws {
        let folder = try TemporaryFolder()
        let path = Fixture.path(kept.name)
        let found = codes { () throws(ModelError) in _ = try Conversion.convert(input: path, output: folder("out.cnnm")) }
        #expect(found == Set([kept.code].compactMap(\.self)))
        #expect(folder.names == (kept.code == nil ? ["out.cnnm"] : []))
    }

    @Test("what is refused for its architecture or its structure is refused before any weight is read", arguments: try kept("keras") + kept("cnnm"))
    func early(_ kept: Kept) throws {
        // These need the weights themselves.
        let late: Set<String?> = [nil, "model.negative-variance", "hdf5.damaged", "cnnm.tensor-digest", "cnnm.gap"]
        guard !late.contains(kept.code) else { return }
        let found = codes { () throws(ModelError) in _ = try LoadedModel(path: Fixture.path(kept.name)).graph() }
        #expect(found == Set([kept.code].compactMap(\.self)))
    }

    @Test("inspect shows a faulty model as far as it is understood, or refuses it", arguments: try kept("keras") + kept("cnnm"))
    func inspection(_ kept: Kept) throws {
        let found = codes { () throws(ModelError) in
            let inspection = try Inspection(path: Fixture.path(kept.name))
            _ = try inspection.json()
            if let error = ModelError(inspection.problems) { throw error }
        }
        #expect(found.isSubset(of: [kept.code ?? ""]))
    }
}

/// The codes of the problems of `body`, none where it succeeds.
func codes(_ body: () throws(ModelError) -> Void) -> Set<String> {
    do throws(ModelError) {
        try body()
        return []
    } catch {
        return Set(error.problems.map(\.code))
    }
}
