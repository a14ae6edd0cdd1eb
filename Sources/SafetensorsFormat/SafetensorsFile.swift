package import ByteIO
package import ModelCore

/// A `.safetensors` file: the length of a header in 8 bytes, the header in JSON, and the elements of all tensors one after another.
///
/// Every byte is accounted for: tensors leave no hole, do not overlap and end with the file. Elements are read where they are.
package struct SafetensorsFile: Sendable {
    /// A tensor by its name.
    package struct Entry: Sendable {
        package let name: String
        package let type: StoredType
        package let source: WeightSource
    }

    /// In the order of their elements.
    package let tensors: [Entry]
    /// Whatever the writer wanted to say, sorted by name.
    package let metadata: [(key: String, value: String)]

    /// Longer headers are refused, as the format's own library does.
    static let headerLimit = 100_000_000
    /// The key in the header that is no tensor's name.
    static let metadataKey = "__metadata__"

    /// Whether a file seems to be of this format, complete or not.
    package static func recognises(_ file: MappedFile) -> Bool {
        file.withBytes { bytes in
            // A length below 2^48, or one of all bits: no text has such bytes before its first brace.
            bytes.count > 8 && bytes[8] == UInt8(ascii: "{") && bytes[6] == bytes[7] && (bytes[7] == 0 || bytes[7] == 0xFF)
        }
    }

    /// Lists the tensors, none of whose elements are read.
    ///
    /// - Throws: `safetensors.truncated`, `safetensors.header-length`, codes of `JSON`, `safetensors.header`, `safetensors.metadata`; every
    ///   `safetensors.type`, `safetensors.shape` and `safetensors.offsets` (a hole, an overlap, another length than the shape has);
    ///   `safetensors.trailing-bytes`.
    package init(_ file: MappedFile) throws(ModelError) {
        do throws(ModelError) {
            let (header, dataStart) = try file.withBytes { bytes throws(ModelError) in try Self.header(bytes) }
            metadata = try Self.metadata(header[Self.metadataKey])
            let entries = try Self.entries(header)
            let (end, available) = (entries.last?.range.upperBound ?? 0, file.size - dataStart)
            guard end <= available else {
                throw safetensorsProblem(
                    "truncated", "the tensors have \(end) bytes, the file has \(available) for them", hint: "the file may have been cut short")
            }
            guard end == available else { throw safetensorsProblem("trailing-bytes", "\(available - end) bytes after the last tensor") }
            tensors = entries.map { $0.tensor(in: file, dataStart: dataStart) }
        } catch {
            throw error.locating(file: file.path)
        }
    }

    private static func header(_ bytes: UnsafeRawBufferPointer) throws(ModelError) -> (header: JSONObject, dataStart: Int) {
        var reader = ByteReader(bytes, format: "safetensors")
        let length = try reader.integer(UInt64.self)
        guard length >= 2, length <= UInt64(headerLimit) else {
            throw safetensorsProblem("header-length", "a header of \(length) bytes, 2 to \(headerLimit) were expected")
        }
        let value = try JSON.parse(try reader.slice(Int(length)))
        guard let header = value.object else { throw safetensorsProblem("header", "the header is no JSON object") }
        return (header, reader.offset)
    }

    /// What the header says of tensors, in the order of their elements, each beginning where the one before ends.
    private static func entries(_ header: JSONObject) throws(ModelError) -> [SafetensorsHeaderEntry] {
        var entries: [SafetensorsHeaderEntry] = []
        var problems: [Problem] = []
        for (name, value) in header where name != metadataKey {
            do throws(ModelError) {
                entries.append(try SafetensorsHeaderEntry(name: name, value))
            } catch {
                problems += error.problems
            }
        }
        if let error = ModelError(problems) { throw error }
        // Tensors without elements come where another begins.
        entries.sort { ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name) }
        var end = 0
        for entry in entries {
            if entry.range.lowerBound != end {
                let problem = safetensorsProblem(
                    "offsets", "\(entry.name.excerpt) begins at \(entry.range.lowerBound), the tensor before it ends at \(end)", at: entry.path)
                problems += problem.problems
            }
            end = entry.range.upperBound
        }
        if let error = ModelError(problems) { throw error }
        return entries
    }

    private static func metadata(_ value: JSONValue?) throws(ModelError) -> [(key: String, value: String)] {
        guard let value else { return [] }
        guard let object = value.object else { throw safetensorsProblem("metadata", "is no object of strings", at: "/" + metadataKey) }
        var members: [(key: String, value: String)] = []
        for (key, value) in object {
            guard let text = value.string else { throw safetensorsProblem("metadata", "\(key.excerpt) is no string", at: "/" + metadataKey) }
            members.append((key, text))
        }
        return members.sorted { $0.key < $1.key }
    }
}
