import Foundation
import Testing

/// The table in `CONTRIBUTING.md` is the architecture: the package, every `import` and every `#include` agree with it.
@Suite struct ArchitectureTests {
    private let rows: [House.Row]
    private let rooms: [DescribedPackage.Target]

    init() throws {
        rows = try House.rows()
        rooms = try Self.package.get().rooms
    }

    private static let package = Result { try DescribedPackage.load() }

    /// Modules of the toolchain, free for everyone.
    private static let toolchain: Set<String> = ["Darwin", "Dispatch", "Foundation", "Glibc", "Musl", "Synchronization"]

    /// Headers of the C compiler, free for everyone.
    private static let compiler: Set<String> = [
        "arm_neon.h", "float.h", "immintrin.h", "limits.h", "math.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "string.h",
    ]

    @Test func everyTargetHasARowAndEveryRowATarget() {
        let inTable = rows.map(\.target)
        let inPackage = Set(rooms.map(\.name))
        for name in inPackage.subtracting(inTable).sorted() { Issue.record("target \(name) has no row in the table of CONTRIBUTING.md") }
        for name in inTable where !inPackage.contains(name) {
            Issue.record("the table of CONTRIBUTING.md has a row '\(name)', the package no such target")
        }
        #expect(Set(inTable).count == inTable.count, "a target has two rows")
    }

    @Test func thePackageHasTheEdgesOfTheTable() {
        for room in rooms {
            guard let row = row(room.name) else { continue }
            for name in room.dependencies.subtracting(row.modules).sorted() {
                Issue.record("Package.swift lets \(room.name) import \(name), the table of CONTRIBUTING.md does not")
            }
            for name in row.modules.subtracting(room.dependencies).sorted() {
                Issue.record("the table of CONTRIBUTING.md lets \(room.name) import \(name), Package.swift does not")
            }
        }
    }

    @Test func aTargetImportsOnlyTargetsAboveIt() {
        let names = Set(rows.map(\.target))
        var above: Set<String> = []
        for row in rows {
            for name in row.modules.intersection(names).subtracting(above).sorted() {
                Issue.record("\(row.target) imports \(name), which is not above it in the table of CONTRIBUTING.md")
            }
            above.insert(row.target)
        }
    }

    /// SwiftPM builds all modules into one folder, so that the compiler finds even those which a target does not depend on.
    @Test func sourcesImportWhatTheTableSays() throws {
        for room in rooms {
            guard let row = row(room.name) else { continue }
            var unused = row.modules
            for file in try SourceFile.all(in: room.path, extensions: ["swift"]) {
                for (module, line) in file.imports where !Self.toolchain.contains(module) && module != room.name {
                    unused.remove(module)
                    if row.modules.contains(module) { continue }
                    let allowed = row.modules.isEmpty ? "no target" : "only " + row.modules.sorted().joined(separator: ", ")
                    Issue.record("\(file.path):\(line) imports \(module); by the table of CONTRIBUTING.md, \(room.name) imports \(allowed)")
                }
            }
            for module in unused.sorted() { Issue.record("by the table of CONTRIBUTING.md, \(room.name) imports \(module); no source of it does") }
        }
    }

    @Test func headersAreTheTargetsOwnOrInTheTable() throws {
        for room in rooms {
            guard let row = row(room.name) else { continue }
            let files = try SourceFile.all(in: room.path, extensions: ["c", "h", "m", "S"])
            let own = Set(files.map { URL(fileURLWithPath: $0.path).lastPathComponent })
            for file in files {
                for (header, isQuoted, line) in file.includes {
                    let isAllowed = isQuoted ? own.contains(header) : Self.compiler.contains(header) || row.headers.contains(header)
                    if !isAllowed { Issue.record("\(file.path):\(line) includes \(header), which is not of \(room.name) and not in its row") }
                }
            }
        }
    }

    @Test func theRuntimeNeedsNoSystemLibrary() {
        var reached: Set<String> = []
        var pending = ["CNNRuntime"]
        while let name = pending.popLast() {
            guard reached.insert(name).inserted, let row = row(name) else { continue }
            #expect(row.headers.isEmpty, "CNNRuntime stands on \(name), which needs \(row.headers.sorted().joined(separator: ", "))")
            pending += row.modules
        }
        #expect(reached.count > 1)
    }

    private func row(_ name: String) -> House.Row? { rows.first { $0.target == name } }
}

/// That the checks above see what they are to see.
@Suite struct ArchitectureReadingTests {
    @Test func importsOfEveryForm() {
        let source = SourceFile(
            path: "a.swift",
            text: """
                import A
                public import B
                @testable import C; import D
                    @_exported package import struct E.F
                @_spi(Part) import G
                // import H
                let import_ = 1
                #if canImport(I)
                """)
        #expect(source.imports.map(\.module) == ["A", "B", "C", "D", "E", "G"])
        #expect(source.imports.map(\.line) == [1, 2, 3, 3, 4, 5])
    }

    @Test func includesOfEveryForm() {
        let source = SourceFile(path: "a.h", text: "#include <a.h>\n  #  include \"b/c.h\"\n// #include <d.h>\n#import <e.h>")
        #expect(source.includes.map(\.header) == ["a.h", "b/c.h", "e.h"])
        #expect(source.includes.map(\.isQuoted) == [false, true, false])
    }

    @Test func rowsOfTheTable() {
        let rows = House.rows(
            in: """
                text
                | target | what lives there | imports |
                |---|---|---|
                | `A` | `no name` of a target | |
                | `B` (product) | | `A`, `b.h` |

                | `C` | | |
                """)
        #expect(rows.map(\.target) == ["A", "B"])
        #expect(rows.map(\.modules) == [[], ["A"]])
        #expect(rows.map(\.headers) == [[], ["b.h"]])
    }
}
