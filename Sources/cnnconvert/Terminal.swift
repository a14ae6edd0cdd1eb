import CNNConversion

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Writing to the standard streams by system calls, so that nothing is left in a buffer when the program ends.
enum StandardOutput {
    static func write(_ text: String) { writeAll(text, to: STDOUT_FILENO) }

    /// Whether a person sees it in colours: on a terminal that has some, unless NO_COLOR says otherwise (no-color.org).
    static var isColoured: Bool {
        func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        return isatty(STDOUT_FILENO) == 1 && (value("NO_COLOR") ?? "").isEmpty && value("TERM") != "dumb"
    }
}

enum StandardError {
    static func write(_ text: String) { writeAll(text, to: STDERR_FILENO) }
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

private func writeAll(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while let base = rest.baseAddress, rest.count > 0 {
            let count = write(descriptor, base, rest.count)
            if count < 0 && errno == EINTR { continue }
            // A reader that has gone wants no more.
            guard count > 0 else { _exit(errno == EPIPE ? 0 : 74) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}

/// What the program does about signals.
enum Signals {
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        // A limit on file sizes then fails the write, which is an error like a full disk.
        signal(SIGXFSZ, SIG_IGN)
        Conversion.removeUnfinishedOutputsOnSignals()
    }
}

/// A progress bar on a terminal, nothing elsewhere.
final class ProgressBar {
    private let isShown = StandardError.isTerminal
    private var last = ""

    func show(_ progress: Conversion.Progress) {
        guard isShown else { return }
        let width = 30
        let filled = Int(Double(width) * min(max(progress.fraction, 0), 1))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        let line = "\r\(progress.stage.padded(to: 10)) [\(bar)] \(Int(progress.fraction * 100))%"
        guard line != last else { return }
        last = line
        StandardError.write(line + "\u{1B}[K")
    }

    func clear() {
        if isShown, !last.isEmpty { StandardError.write("\r\u{1B}[K") }
    }
}
