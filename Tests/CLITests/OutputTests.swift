import Foundation
import TestSupport
import Testing

/// Whatever happens, an output is complete or not there, and what was there before stays as it was.
@Suite struct OutputTests {
    private let tool: Tool
    private let folder: TemporaryFolder
    private let old = Array("what was here before".utf8)

    init() throws {
        tool = try Tool(["in.h5": lenet])
        folder = tool.folder
    }

    @Test("a failing conversion leaves no file")
    func failure() throws {
        _ = try folder.write(try Fixture.bytes("hostile/keras/bias-shape.h5"), "bad.h5")
        #expect(try tool("bad.h5", "out.cnnm").status == 65)
        #expect(folder.names == ["bad.h5", "in.h5"])
    }

    static let faulty = ["bias-shape", "fletcher32-wrong", "layer-lambda", "variance-negative"]

    @Test("a failing conversion leaves an existing output as it was", arguments: faulty)
    func failureOverFile(_ name: String) throws {
        _ = try folder.write(try Fixture.bytes("hostile/keras/\(name).h5"), "bad.h5")
        _ = try folder.write(old, "out.cnnm")
        #expect(try tool("bad.h5", "out.cnnm").status == 65)
        #expect(folder.read("out.cnnm") == old)
        #expect(folder.names == ["bad.h5", "in.h5", "out.cnnm"])
    }

    @Test("an existing output is replaced")
    func replacement() throws {
        _ = try folder.write(old, "out.cnnm")
        #expect(try tool("in.h5", "out.cnnm").status == 0)
        #expect(folder.read("out.cnnm")?.count == 22056)
    }

    static let isInput = "error[output.is-input]: the output is the same file as the input 'in.cnnm'\n  --> out.cnnm\n  hint: choose another name\n"

    @Test("an output that is its input is refused", arguments: ["cp in.h5 in.cnnm; ln in.cnnm out.cnnm", "cp in.h5 in.cnnm; ln -s in.cnnm out.cnnm"])
    func sameFile(_ preparation: String) throws {
        let outcome = try tool.shell("\(preparation); $cnnconvert in.cnnm out.cnnm")
        #expect(outcome == .init(status: 73, error: Self.isInput))
        #expect(folder.read("in.cnnm") == folder.read("in.h5"))
    }

    @Test("an output of the input's name is refused")
    func sameName() throws {
        let outcome = try tool.shell("cp in.h5 out.cnnm; $cnnconvert out.cnnm out.cnnm")
        #expect(outcome == .init(status: 73, error: Self.isInput.replacingOccurrences(of: "in.cnnm", with: "out.cnnm")))
        #expect(folder.read("out.cnnm") == folder.read("in.h5"))
    }

    static let refusals: [(String, String)] = [
        (
            "ln -s nowhere out.cnnm",
            "error[output.dangling-link]: the output is a symbolic link to a file that is not there\n  --> out.cnnm\n  hint: remove the link\n"
        ),
        ("mkdir out.cnnm", "error[output.folder]: the output is a folder, a file name was expected\n  --> out.cnnm\n"),
        ("mkfifo out.cnnm", "error[output.not-regular]: the output is a FIFO, a device or a socket, a regular file was expected\n  --> out.cnnm\n"),
    ]

    @Test("what cannot be an output is refused and left alone", arguments: refusals)
    func refusal(_ preparation: String, _ message: String) throws {
        _ = try tool.shell(preparation)
        #expect(try tool("in.h5", "out.cnnm") == .init(status: 73, error: message))
        #expect(folder.names == ["in.h5", "out.cnnm"])
    }

    @Test("an output in a folder that is not there is refused")
    func missingFolder() throws {
        let message = "error[output.no-folder]: the folder of the output does not exist\n  --> no/out.cnnm\n  hint: create it first\n"
        #expect(try tool("in.h5", "no/out.cnnm") == .init(status: 73, error: message))
    }

    @Test("a device is no output")
    func device() throws {
        let message = "error[output.not-regular]: the output is a FIFO, a device or a socket, a regular file was expected\n  --> /dev/full\n"
        #expect(try tool("in.h5", "/dev/full") == .init(status: 73, error: message))
    }

    @Test("a read-only folder is no place for an output", .disabled(if: getuid() == 0, "root may write into every folder"))
    func readOnlyFolder() throws {
        let outcome = try tool.shell("mkdir locked; chmod 500 locked; $cnnconvert in.h5 locked/out.cnnm")
        let message = "error[output.permission]: the output may not be written here: Permission denied\n  --> locked/out.cnnm\n"
        #expect(outcome == .init(status: 73, error: message))
    }

    @Test("a full disk is an error, and leaves the old file")
    func fileSizeLimit() throws {
        _ = try folder.write(old, "out.cnnm")
        let outcome = try tool.shell("ulimit -f 8; $cnnconvert in.h5 out.cnnm")
        #expect(outcome.status == 74)
        #expect(outcome.error.hasPrefix("error[output.write-failed]: writing the output failed: File too large\n  --> out.cnnm, byte "))
        #expect(folder.names == ["in.h5", "out.cnnm"])
        #expect(folder.read("out.cnnm") == old)
    }

    @Test("a full standard output is an error")
    func fullStandardOutput() throws {
        #if os(Linux)
            #expect(try tool.shell("$cnnconvert inspect in.h5 >/dev/full").status == 74)
        #endif
    }

    @Test("a signal at any moment leaves the old file or the whole new one", arguments: [SIGTERM, SIGINT, SIGHUP, SIGKILL])
    func signals(_ number: Int32) throws {
        let tool = try Tool(["in.h5": "keras/lecture/model.h5"])
        let clock = ContinuousClock()
        let duration = try clock.measure { _ = try tool("in.h5", "whole.cnnm") }
        let whole = tool.folder.read("whole.cnnm")
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        for step in 0..<12 {
            _ = try tool.folder.write(old, "out.cnnm")
            let outcome = try tool.interrupted(["in.h5", "out.cnnm"], by: number, after: seconds * Double(step) / 10)
            #expect(outcome.wasKilled ? outcome.status == number : outcome.status == 0)
            let now = tool.folder.read("out.cnnm")
            #expect(now == old || now == whole)
            #expect(now == whole || outcome.wasKilled)
            for name in tool.folder.names where name.hasSuffix(".tmp") {
                #expect(number == SIGKILL, "only what nobody can catch leaves a temporary file")
                try FileManager.default.removeItem(atPath: tool.folder(name))
            }
            #expect(tool.folder.names == ["in.h5", "out.cnnm", "whole.cnnm"])
        }
    }

    @Test("of two writers of one output, one wins wholly")
    func twoWriters() throws {
        _ = try folder.write(try Fixture.bytes("keras/digits-residual/model.h5"), "other.h5")
        #expect(try tool("in.h5", "one.cnnm").status == 0)
        #expect(try tool("other.h5", "two.cnnm").status == 0)
        for _ in 0..<4 {
            // A pipeline, for `wait` needs SIGCHLD, which the test's thread may have blocked.
            let outcome = try tool.shell("$cnnconvert in.h5 out.cnnm >/dev/null | $cnnconvert other.h5 out.cnnm >/dev/null")
            #expect(outcome == .init())
            let now = folder.read("out.cnnm")
            #expect(now == folder.read("one.cnnm") || now == folder.read("two.cnnm"))
            #expect(folder.names == ["in.h5", "one.cnnm", "other.h5", "out.cnnm", "two.cnnm"])
        }
    }

    @Test("a name of 255 bytes is written, one of 256 refused")
    func longNames() throws {
        let name = String(repeating: "n", count: 250) + ".cnnm"
        #expect(try tool("in.h5", name).status == 0)
        #expect(folder.names == ["in.h5", name])
        let message = "error[output.name-length]: the name of the output is too long, the limit is 255 bytes\n  --> n\(name)\n"
        #expect(try tool("in.h5", "n" + name) == .init(status: 73, error: message))
    }

    @Test("a new output has the permissions that the umask leaves, a replaced one keeps its own")
    func permissions() throws {
        let outcome = try tool.shell(
            "umask 027; $cnnconvert in.h5 out.cnnm >/dev/null; ls -l out.cnnm; chmod 604 out.cnnm; $cnnconvert in.h5 out.cnnm >/dev/null; ls -l out.cnnm"
        )
        #expect(outcome.output.split(separator: "\n").map { $0.prefix(10) } == ["-rw-r-----", "-rw----r--"])
    }

    @Test("a failing run writes neither outputs nor activations")
    func failingRun() throws {
        _ = try tool("in.h5", "out.cnnm")
        _ = try folder.write(try Fixture.bytes("numpy/vector.npy"), "x.npy")
        #expect(try tool("run", "out.cnnm", "--input", "x.npy", "--output", "y.npy", "--activations", "a.npz").status == 64)
        #expect(folder.names == ["in.h5", "out.cnnm", "x.npy"])
    }

    @Test("the file that has the architecture is not overwritten on the way back") func architecture() throws {
        let folder = "keras-files/digits-residual"
        let tool = try Tool(["weights.h5": folder + "/weights-only.h5", "model.keras": folder + "/model.keras"])
        let outcome = try tool("weights.h5", "model.keras", "--config", "model.keras")
        let error = "error[output.is-input]: the output is the same file as the input 'model.keras'\n  --> model.keras\n  hint: choose another name\n"
        #expect(outcome == .init(status: 73, error: error))
        #expect(try tool.folder.read("model.keras") == Fixture.bytes(folder + "/model.keras"))
    }
}
