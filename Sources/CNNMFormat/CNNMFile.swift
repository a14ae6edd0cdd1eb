package import ByteIO
package import ModelCore
internal import ModelGraph

/// A `.cnnm` file that is open: its document, with weights that are read from the file where they are.
///
/// Opening checks everything that the specification demands of loading, and touches no tensor: `checkIntegrity` does that.
package struct CNNMFile: Sendable {
    /// What the file holds. Weights keep the file open, and are valid as long as they are.
    package let document: CNNMDocument
    /// The header's tensors in its order.
    package let tensors: [TensorEntry]
    /// The shape of every value of the graph by name, as inferred.
    package let shapes: [String: Shape]

    let file: MappedFile
    /// The bytes before each tensor, which must be zero.
    let gaps: [Range<Int>]
    private let positions: [String: Int]

    /// Whether a file that begins with `prefix` is meant to be a `.cnnm`; 8 bytes are enough. Slight damage is overlooked, so that `init` can tell of it.
    package static func recognises(prefix: some Sequence<UInt8>) -> Bool { Prologue.recognises(prefix) }

    /// Opens the file at `path`.
    ///
    /// - Throws: what `MappedFile` throws, and what the other initializer throws.
    package init(path: String) throws(ModelError) {
        try self.init(MappedFile(path: path))
    }

    /// Opens a file that is in memory.
    ///
    /// - Throws: `cnnm.magic`, `cnnm.version`, `cnnm.reserved`, `cnnm.truncated`, `cnnm.trailing`, `cnnm.header-length`, `cnnm.header-digest`; `json.*`
    ///   for a header that is no JSON; `cnnm.header`, `cnnm.name`, `cnnm.duplicate-name`, `cnnm.layout`, `cnnm.preprocessing`, `cnnm.fingerprints`, `cnnm.output-shape` for one
    ///   that breaks the rules; `cnnm.tensor-shape`, `cnnm.tensor-length`, `cnnm.tensor-range`, `cnnm.alignment`, `cnnm.overlap`, `cnnm.hole`,
    ///   `cnnm.shared-digest` for tensors; `cnnm.gap` for bytes after the header; `graph.*` for the network.
    package init(_ file: MappedFile) throws(ModelError) {
        do throws(ModelError) {
            self = try withExtendedLifetime(file) { () throws(ModelError) in try CNNMFile(checking: file) }
        } catch {
            throw error.locating(file: file.path)
        }
    }

    private init(checking file: MappedFile) throws(ModelError) {
        let start = try file.copy(0..<min(file.size, Prologue.byteCount))
        let prologue = try start.withBytes { bytes throws(ModelError) in try Prologue(ofFile: bytes, size: file.size) }
        var header = try HeaderDecoder.decode(try Self.json(file, prologue))
        let headerEnd = prologue.headerRange.upperBound
        let places = try TensorPlaces.check(header.tensors, headerEnd: headerEnd, fileLength: prologue.fileLength)
        // Few bytes, next to the header, so that looking costs nothing.
        if let first = places.gaps.first { try Self.checkZeros(file, first) }

        positions = try header.addWeights { WeightSource($0, in: file) }
        shapes = try header.inferShapes()
        document = header.document
        tensors = header.tensors
        gaps = places.gaps
        self.file = file
    }

    private static func json(_ file: MappedFile, _ prologue: Prologue) throws(ModelError) -> JSONValue {
        try file.copy(prologue.headerRange).withBytes { bytes throws(ModelError) in try json(bytes, prologue) }
    }

    private static func json(_ bytes: UnsafeRawBufferPointer, _ prologue: Prologue) throws(ModelError) -> JSONValue {
        guard Digest256(hashing: bytes) == prologue.headerDigest else {
            throw ModelError(
                Problem(
                    "cnnm.header-digest", "the header has not the SHA-256 that the file gives for it",
                    at: Location(byteOffset: prologue.headerRange.lowerBound), hint: damageHint))
        }
        let end = bytes.lastIndex { $0 != UInt8(ascii: " ") } ?? 0
        guard bytes.first == UInt8(ascii: "{"), bytes[end] == UInt8(ascii: "}") else {
            throw ModelError(
                Problem(
                    "cnnm.header", "the header is not a JSON object that may be followed by spaces",
                    at: Location(byteOffset: prologue.headerRange.lowerBound), hint: wrongHeaderHint))
        }
        do throws(ModelError) {
            return try JSON.parse(bytes)
        } catch {
            let problems = error.problems.map { problem in
                var problem = problem
                problem.location.byteOffset = problem.location.byteOffset.map { $0 + Prologue.byteCount }
                return problem
            }
            throw ModelError(problems) ?? error
        }
    }

    /// The tensor of this name.
    package func tensor(_ name: String) -> TensorEntry? { positions[name].map { tensors[$0] } }
}

extension WeightSource {
    /// The tensor in the file.
    init(_ entry: TensorEntry, in file: MappedFile) {
        let (start, width) = (entry.offset, entry.dtype.byteCount)
        let origin = "tensor '\(entry.name)'"
        self.init(dtype: entry.dtype, shape: entry.shape, origin: origin, readsAnywhere: true) { elements, consumer throws(ModelError) in
            try file.stream(start + elements.lowerBound * width..<start + elements.upperBound * width, consumer)
        }
    }
}

extension Header {
    /// Gives the graph its weights.
    ///
    /// - Returns: the position of each tensor by name.
    /// - Throws: `cnnm.duplicate-name`.
    mutating func addWeights(_ source: (TensorEntry) -> WeightSource) throws(ModelError) -> [String: Int] {
        var positions: [String: Int] = [:]
        positions.reserveCapacity(tensors.count)
        for (position, entry) in tensors.enumerated() {
            guard positions.updateValue(position, forKey: entry.name) == nil else {
                throw ModelError(
                    Problem(
                        "cnnm.duplicate-name", "two tensors are called '\(entry.name)'", at: Location(path: "/tensors/\(position)/name"),
                        hint: wrongHeaderHint))
            }
            var source = source(entry)
            source.derivation = entry.derivation
            document.graph.weights[entry.name] = Weight(source, layout: entry.layout)
        }
        return positions
    }

    /// The shapes of all values.
    ///
    /// - Throws: `graph.*`; `cnnm.output-shape` where an output's shape is not the one that the header gives.
    func inferShapes() throws(ModelError) -> [String: Shape] {
        let shapes = try document.graph.inferShapes()
        var problems: [Problem] = []
        for (index, (output, stated)) in zip(document.graph.outputs, outputShapes).enumerated() {
            guard let inferred = shapes[output.value] else { continue }
            let agrees = inferred.rank == stated.rank && zip(inferred.sizes, stated.sizes).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
            if agrees { continue }
            problems.append(
                Problem(
                    "cnnm.output-shape", "the output '\(output.name)' has the shape \(inferred), the header says \(stated)",
                    at: Location(path: "/outputs/\(index)/shape"), hint: wrongHeaderHint))
        }
        if let error = ModelError(problems) { throw error }
        return shapes
    }
}
