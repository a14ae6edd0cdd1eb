import Foundation

/// What SwiftPM makes of `Package.swift`.
struct DescribedPackage: Decodable {
    struct Target: Decodable {
        let name: String
        let path: String
        let target_dependencies: [String]?
        let product_dependencies: [String]?

        var dependencies: Set<String> { Set(target_dependencies ?? []).union(product_dependencies ?? []) }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let targets: [Target]

    /// All targets but tests and what only tests use.
    var rooms: [Target] { targets.filter { !$0.path.hasPrefix("Tests/") } }

    /// Asks `swift package describe`. It has a scratch folder of its own, for `swift test` may hold the lock of `.build`.
    static func load() throws -> DescribedPackage {
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("cnnconvert-describe-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["swift", "package", "--package-path", House.root.path, "--scratch-path", scratch.path, "describe", "--type", "json"]
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let json = output.fileHandleForReading.readDataToEndOfFile()
        let message = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "swift package describe failed: " + String(decoding: message, as: UTF8.self))
        }
        return try JSONDecoder().decode(DescribedPackage.self, from: json)
    }
}
