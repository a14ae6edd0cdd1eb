import ByteIO
import ModelCore
import TestSupport
import TorchFormat
import ZIPArchive

/// A file of whatever kind, as its content says.
enum TorchFile {
    case checkpoint(TorchCheckpoint)
    case program(TorchProgram)

    init(_ bytes: [UInt8], name: String = "test.pt") throws(ModelError) {
        let file = MappedFile(bytes: bytes, path: name)
        if ZIPReader.isArchive(file.bytes) {
            let archive = try ZIPReader(file, caseMatters: true)
            self = TorchProgram.recognises(archive) ? .program(try TorchProgram.read(archive)) : .checkpoint(try TorchArchive.read(archive))
        } else if TorchTarFile.recognises(file) {
            self = .checkpoint(try TorchTarFile.read(file))
        } else {
            self = .checkpoint(try TorchLegacyFile.read(file))
        }
    }

    init(fixture: String) throws {
        try self.init(try Fixture.bytes("torch/\(fixture)"), name: fixture)
    }

    var tensors: [TorchTensor] {
        switch self {
        case .checkpoint(let checkpoint): checkpoint.tensors
        case .program(let program): program.weights + program.constants
        }
    }

    func checkpoint() throws(ModelError) -> TorchCheckpoint {
        switch self {
        case .checkpoint(let checkpoint): return checkpoint
        case .program: throw ModelError(Problem("test", "a program"))
        }
    }
}

/// The codes of what `body` throws, none where it throws nothing.
func codes(_ body: () throws -> Void) -> [String] {
    do {
        try body()
        return []
    } catch let error as ModelError {
        return error.problems.map(\.code)
    } catch {
        return ["\(error)"]
    }
}
