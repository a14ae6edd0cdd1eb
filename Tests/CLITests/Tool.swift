import Foundation
import Synchronization
import TestSupport

/// The built program, run in a new folder, which its file names are relative to.
struct Tool {
    let folder: TemporaryFolder

    /// - Parameter files: fixtures to copy into the folder, by the name that they get.
    init(_ files: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        for (name, fixture) in files { _ = try folder.write(try Fixture.bytes(fixture), name) }
    }

    /// What one run did.
    struct Outcome: Equatable {
        /// The exit code, or the number of the signal that ended it.
        var status: Int32 = 0
        var wasKilled = false
        var output = ""
        var error = ""
    }

    /// Runs the program to its end.
    func callAsFunction(_ arguments: String...) throws -> Outcome {
        try run(Self.program, arguments)
    }

    /// Runs a shell command in which `$cnnconvert` is the program.
    func shell(_ command: String) throws -> Outcome {
        try run(URL(fileURLWithPath: "/bin/sh"), ["-c", command])
    }

    /// Starts the program and sends it a signal after a while.
    func interrupted(_ arguments: [String], by signal: Int32, after seconds: Double) throws -> Outcome {
        try run(Self.program, arguments) { process in
            Thread.sleep(forTimeInterval: seconds)
            if process.isRunning { kill(process.processIdentifier, signal) }
        }
    }

    /// Whether the system tells how much memory a program took.
    static let measuresMemory = FileManager.default.fileExists(atPath: "/proc/self/status")

    /// Runs the program to its end and watches the most memory that it ever held, in bytes.
    func measured(_ arguments: [String]) throws -> (outcome: Outcome, peak: Int) {
        var peak = 0
        let outcome = try run(Self.program, arguments) { process in
            while process.isRunning {
                let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
                let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
                peak = max(peak, (line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024)
                Thread.sleep(forTimeInterval: 0.005)
            }
        }
        return (outcome, peak)
    }

    /// The object that a run printed.
    /// - Parameter status: the exit code that it must end with.
    func json(_ arguments: String..., status: Int32 = 0) throws -> [String: Any] {
        let outcome = try run(Self.program, arguments)
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        return outcome.status == status && outcome.error.isEmpty ? object ?? [:] : ["failed": outcome.error]
    }

    private func run(_ program: URL, _ arguments: [String], meanwhile: (Process) -> Void = { _ in }) throws -> Outcome {
        // Into files: a pipe that nobody reads would stop the program.
        let streams = try TemporaryFolder()
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = ProcessInfo.processInfo.environment.merging(["cnnconvert": Self.program.path]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: try streams.write([], "output"))
        process.standardError = FileHandle(forWritingAtPath: try streams.write([], "error"))
        // Foundation may miss the end of a process while another thread starts one: one at a time.
        try Self.turn.withLock { _ in
            let ended = DispatchSemaphore(value: 0)
            process.terminationHandler = { _ in ended.signal() }
            try process.run()
            meanwhile(process)
            ended.wait()
        }
        return Outcome(
            status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
            output: String(decoding: streams.read("output") ?? [], as: UTF8.self), error: String(decoding: streams.read("error") ?? [], as: UTF8.self)
        )
    }

    private static let turn = Mutex(())

    /// SwiftPM puts the program beside the bundle of the tests.
    static let program: URL = {
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        let tests = bundle ?? Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        return tests.resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("cnnconvert")
    }()
}

extension Tool.Outcome {
    /// The output with times, speeds and amounts of memory replaced, which differ between runs.
    var timeless: String {
        output.replacing(#/in \d+\.\d+ s/#, with: "in T s").replacing(#/\d+\.\d+ ms/#, with: "T ms").replacing(#/least \d+\.\d+/#, with: "least T")
            .replacing(#/memory \d+\.\d [KMG]iB/#, with: "memory N").replacing(#/\d+\.\d+ of what rounding/#, with: "R of what rounding")
    }
}

/// The small network that most tests convert.
let lenet = "keras/digits-lenet/model.h5"
