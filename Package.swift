// swift-tools-version: 6.1
import PackageDescription

/// What a target of this package is, and the targets that it may import: the table of CONTRIBUTING.md, checked by ArchitectureTests.
struct Room {
    let name: String
    let imports: [String]
    var packages: [Target.Dependency] = []
}

let rooms = [
    Room(name: "ModelCore", imports: []),
    Room(
        name: "ByteIO", imports: ["ModelCore"],
        packages: [.product(name: "Crypto", package: "swift-crypto")]),
    Room(name: "ZIPArchive", imports: ["ByteIO", "CZlib", "ModelCore"]),
    Room(name: "NumpyFormat", imports: ["ByteIO", "ModelCore", "ZIPArchive"]),
    Room(name: "SafetensorsFormat", imports: ["ByteIO", "ModelCore"]),
    Room(name: "TorchFormat", imports: ["ByteIO", "ModelCore", "ZIPArchive"]),
    Room(name: "ModelGraph", imports: ["ModelCore"]),
    Room(name: "HDF5", imports: ["ByteIO", "CHDF5", "ModelCore"]),
    Room(name: "KerasFormat", imports: ["ByteIO", "HDF5", "ModelCore", "ZIPArchive"]),
    Room(name: "ReferenceEngine", imports: ["ModelCore", "ModelGraph"]),
    Room(name: "GraphImport", imports: ["ByteIO", "KerasFormat", "ModelCore", "ModelGraph", "ReferenceEngine", "TorchFormat"]),
    Room(name: "LayoutConversion", imports: ["ModelCore", "ModelGraph"]),
    Room(name: "GraphExport", imports: ["ByteIO", "KerasFormat", "ModelCore", "ModelGraph"]),
    Room(name: "CNNMFormat", imports: ["ByteIO", "ModelCore", "ModelGraph"]),
    Room(name: "InferenceEngine", imports: ["CKernels", "ModelCore", "ModelGraph", "ReferenceEngine"]),
    Room(name: "Verification", imports: ["InferenceEngine", "ModelCore", "ModelGraph", "ReferenceEngine"]),
    Room(name: "CNNRuntime", imports: ["CNNMFormat", "InferenceEngine", "ModelCore", "ModelGraph"]),
    Room(
        name: "CNNConversion",
        imports: [
            "ByteIO", "CNNMFormat", "GraphExport", "GraphImport", "InferenceEngine", "KerasFormat", "LayoutConversion", "ModelCore",
            "ModelGraph", "NumpyFormat", "ReferenceEngine", "SafetensorsFormat", "TorchFormat", "Verification", "ZIPArchive",
        ]),
]

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]

func tests(_ name: String, _ imports: [String]) -> Target {
    .testTarget(name: name, dependencies: imports.map { .init(stringLiteral: $0) }, swiftSettings: settings)
}

let package = Package(
    name: "cnnconvert",
    platforms: [.macOS(.v15), .iOS(.v18)],
    products: [
        .executable(name: "cnnconvert", targets: ["cnnconvert"]),
        .library(name: "CNNRuntime", targets: ["CNNRuntime", "ModelCore"]),
        .library(name: "CNNConversion", targets: ["CNNConversion", "ModelCore"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
    ],
    targets: [
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "CKernels"),
    ]
        + rooms.map { room in
            .target(name: room.name, dependencies: room.imports.map { .init(stringLiteral: $0) } + room.packages, swiftSettings: settings)
        }
        + [
            .executableTarget(
                name: "cnnconvert",
                dependencies: ["CNNConversion", "ModelCore", .product(name: "ArgumentParser", package: "swift-argument-parser")],
                swiftSettings: settings),
            .executableTarget(name: "digits", dependencies: ["CNNRuntime", "ModelCore"], path: "Examples/Digits", swiftSettings: settings),
            .executableTarget(
                name: "evidence",
                dependencies: [
                    "ByteIO", "CNNConversion", "CNNMFormat", "GraphImport", "InferenceEngine", "ModelCore", "ModelGraph", "ReferenceEngine",
                    "SafetensorsFormat", "Verification",
                ], path: "Benchmarks/Evidence", swiftSettings: settings),
            .target(name: "TestSupport", dependencies: ["ByteIO", "ModelCore", "NumpyFormat"], path: "Tests/TestSupport", swiftSettings: settings),
            tests("ModelCoreTests", ["ModelCore"]),
            tests("ByteIOTests", ["ByteIO", "ModelCore", "TestSupport"]),
            tests("ZIPArchiveTests", ["ByteIO", "ModelCore", "TestSupport", "ZIPArchive"]),
            tests("NumpyFormatTests", ["ByteIO", "ModelCore", "NumpyFormat", "TestSupport"]),
            tests("SafetensorsFormatTests", ["ByteIO", "ModelCore", "SafetensorsFormat", "TestSupport"]),
            tests("TorchFormatTests", ["ByteIO", "ModelCore", "TestSupport", "TorchFormat", "ZIPArchive"]),
            tests("ModelGraphTests", ["ModelCore", "ModelGraph"]),
            tests("HDF5Tests", ["ByteIO", "HDF5", "ModelCore", "TestSupport"]),
            tests("KerasFormatTests", ["ByteIO", "HDF5", "KerasFormat", "ModelCore"]),
            tests("CNNMFormatTests", ["ByteIO", "CNNMFormat", "ModelCore", "ModelGraph", "TestSupport"]),
            tests("ReferenceEngineTests", ["ModelCore", "ModelGraph", "ReferenceEngine"]),
            tests("LectureTests", ["ModelCore", "ModelGraph", "ReferenceEngine"]),
            tests("InferenceEngineTests", ["CKernels", "InferenceEngine", "ModelCore", "ModelGraph", "ReferenceEngine", "Verification"]),
            tests(
                "GraphImportTests",
                [
                    "ByteIO", "GraphImport", "KerasFormat", "LayoutConversion", "ModelCore", "ModelGraph", "ReferenceEngine", "TestSupport",
                    "TorchFormat", "Verification", "ZIPArchive",
                ]),
            tests(
                "GraphExportTests",
                [
                    "ByteIO", "CNNConversion", "CNNMFormat", "GraphExport", "GraphImport", "KerasFormat", "LayoutConversion", "ModelCore",
                    "ModelGraph", "ReferenceEngine", "TestSupport", "Verification",
                ]),
            tests("LayoutConversionTests", ["LayoutConversion", "ModelCore", "ModelGraph", "ReferenceEngine", "Verification"]),
            tests("VerificationTests", ["InferenceEngine", "ModelCore", "ModelGraph", "ReferenceEngine", "Verification"]),
            tests("CNNRuntimeTests", ["CNNConversion", "CNNRuntime", "ModelCore", "TestSupport"]),
            tests(
                "CNNConversionTests",
                [
                    "ByteIO", "CNNConversion", "CNNMFormat", "GraphImport", "ModelCore", "ModelGraph", "SafetensorsFormat", "TestSupport",
                    "TorchFormat", "Verification", "ZIPArchive",
                ]),
            tests("ArchitectureTests", []),
            // They run the program, which the dependency makes SwiftPM build.
            tests(
                "CLITests",
                ["ByteIO", "CNNConversion", "CNNMFormat", "ModelCore", "ModelGraph", "NumpyFormat", "TestSupport", "Verification", "cnnconvert"]),
            tests(
                "HostileTests",
                [
                    "ByteIO", "CNNConversion", "CNNMFormat", "GraphImport", "KerasFormat", "LayoutConversion", "ModelCore", "ModelGraph",
                    "NumpyFormat", "TestSupport",
                ]),
        ],
    swiftLanguageModes: [.v6]
)

// For builds that cost much, as those with a sanitizer do: `CNNCONVERT_TESTS=A,B` leaves the test targets A and B, and what they stand on.
if let wanted = Context.environment["CNNCONVERT_TESTS"]?.split(separator: ",").map(String.init) {
    var needed = Set<String>()
    var next = wanted
    while let name = next.popLast() {
        guard needed.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else { continue }
        for case .byNameItem(let name, _) in target.dependencies { next.append(name) }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products = []
}
