#if os(macOS) || os(Linux)
    import ByteIO
    import Foundation
    import ModelCore
    import TestSupport
    import Testing

    /// Each test runs in a process of its own, which does not survive it.
    @Suite struct SignalTests {
        private let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
        }

        @Test("a signal removes the temporary file and ends the process as ever", arguments: [SIGINT, SIGTERM, SIGHUP])
        func signals(number: Int32) async throws {
            let path = try folder.write([1], "out")
            await #expect(processExitsWith: .signal(number)) { [path = path as String, number = number as Int32] in
                AtomicOutput.removeUnfinishedOnSignals()
                var output = try AtomicOutput(path: path)
                try output.append([2, 3])
                kill(getpid(), number)
                // The signal goes to another thread: this one has it blocked.
                sleep(10)
                try output.commit()
            }
            #expect(folder.names == ["out"])
            #expect(folder.read("out") == [1])
        }

        @Test("a mapped input that is cut short is an error and not a crash")
        func shrinking() async throws {
            let path = try folder.write([UInt8](repeating: 1, count: MappedFile.readLimit + 1), "in")
            await #expect(processExitsWith: .exitCode(74)) { [path = path as String, output = folder("out") as String] in
                AtomicOutput.removeUnfinishedOnSignals()
                let file = try MappedFile(path: path)
                var output = try AtomicOutput(path: output)
                truncate(path, 0)
                try file.withBytes { bytes throws(ModelError) in try output.append([bytes[bytes.count - 1]]) }
                try output.commit()
            }
            #expect(folder.names == ["in"])
        }

        @Test("a limit on the size of files is an error")
        func fileSizeLimit() async throws {
            await #expect(processExitsWith: .exitCode(7)) { [path = folder("out") as String] in
                AtomicOutput.removeUnfinishedOnSignals()
                #if os(Linux)
                    let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
                #else
                    let resource = RLIMIT_FSIZE
                #endif
                var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
                setrlimit(resource, &limit)
                do throws(ModelError) {
                    var output = try AtomicOutput(path: path)
                    try output.append([UInt8](repeating: 1, count: 2000))
                    try output.commit()
                } catch {
                    if error.problems[0].code == "output.write-failed" { exit(7) }
                }
            }
            #expect(folder.names.isEmpty)
        }

        @Test("kill -9 leaves the old file")
        func killed() async throws {
            let path = try folder.write([1], "out")
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                var output = try AtomicOutput(path: path)
                try output.append([2, 3])
                kill(getpid(), SIGKILL)
                try output.commit()
            }
            #expect(folder.read("out") == [1])
            #expect(folder.names.count == 2 && folder.names[0].hasPrefix(".out.") && folder.names[0].hasSuffix(".tmp"))
        }
    }
#endif
