package import ByteIO
package import ModelCore

/// Writes an HDF5 file of groups, contiguous datasets and attributes of strings, in the earliest format, which every release reads.
///
/// It does so without the library: elements go to the output piece by piece, a failed write is an error at once, and the same calls give the same
/// bytes always, for nothing in the file is a time. Objects are named by absolute paths; groups on the way are made.
/// Source of the format: HDF5 File Format Specification 3.0.
package struct HDF5Writer: ~Copyable {
    private static let superblockByteCount = 96

    private var output: AtomicOutput
    private var heap = GlobalHeapWriter()
    private var groups = [Group()]
    private var groupsByPath: [String: Int] = ["/": 0]
    private var datasets: Set<String> = []

    private struct Group {
        var members: [(name: String, kind: Member)] = []
        var attributes: [(name: String, value: HDF5AttributeValue)] = []
    }

    private enum Member {
        case group(Int)
        case dataset(header: Int)
    }

    /// - Parameter output: a file to which nothing has been written.
    /// - Throws: `output.write-failed`.
    package init(_ output: consuming AtomicOutput) throws(ModelError) {
        self.output = output
        try self.output.append([UInt8](repeating: 0, count: Self.superblockByteCount))
    }

    /// Makes a group where there is none yet.
    /// - Throws: `hdf5.name` for a name that HDF5 cannot have, or that is a dataset's.
    package mutating func addGroup(_ path: String) throws(ModelError) {
        _ = try group(path)
    }

    /// Writes a dataset, its elements in pieces as they come.
    ///
    /// - Throws: `hdf5.name` also for a name that is taken; `weight.length` where the source gives more or fewer bytes than its shape needs; what
    ///   the source throws; `output.write-failed`.
    package mutating func addDataset(
        _ path: String, _ source: WeightSource, attributes: [(name: String, value: HDF5AttributeValue)] = []
    ) throws(ModelError) {
        let (parent, name) = try Self.split(path)
        let owner = try group(parent)
        guard groupsByPath[path] == nil, datasets.insert(path).inserted else { throw Self.badName(path, "is there twice") }
        try output.pad(toMultipleOf: 8)
        let address = output.byteCount
        try stream(source)
        try output.pad(toMultipleOf: 8)
        var messages: [(type: Int, body: [UInt8])] = [
            (0x01, MessageEncoding.dataspace(source.shape)), (0x03, MessageEncoding.datatype(source.dtype)), (0x05, MessageEncoding.fillValue),
            (0x08, MessageEncoding.contiguousLayout(at: source.byteCount > 0 ? address : nil, byteCount: source.byteCount)),
        ]
        for attribute in attributes { messages.append((0x0C, try encode(attribute, of: path))) }
        let header = output.byteCount
        try output.append(MessageEncoding.header(messages))
        groups[owner].members.append((name, .dataset(header: header)))
    }

    /// Gives a group an attribute.
    /// - Throws: `hdf5.name`.
    package mutating func setAttribute(_ name: String, of path: String, _ value: HDF5AttributeValue) throws(ModelError) {
        let group = try group(path)
        groups[group].attributes.append((name, value))
    }

    /// Writes the groups.
    ///
    /// - Returns: the output, complete and not committed.
    /// - Throws: `hdf5.attribute-size` for an attribute that the format has no room for, `hdf5.name` for a string with a NUL, `output.write-failed`.
    package consuming func finish() throws(ModelError) -> AtomicOutput {
        // A group is made after the one that it is in, so that this order writes members first.
        var written: [Int: GroupEncoding.Member] = [:]
        for index in groups.indices.reversed() {
            let members = groups[index].members.map { member in
                switch member.kind {
                case .dataset(let header): GroupEncoding.Member(name: member.name, header: header, table: nil)
                case .group(let inner): GroupEncoding.Member(name: member.name, header: written[inner]?.header ?? 0, table: written[inner]?.table)
                }
            }
            var messages: [(type: Int, body: [UInt8])] = []
            for attribute in groups[index].attributes { messages.append((0x0C, try encode(attribute, of: "/"))) }
            try output.pad(toMultipleOf: 8)
            let encoding = GroupEncoding(members, at: output.byteCount)
            try output.append(encoding.bytes)
            var table: [UInt8] = []
            table.append(offset: encoding.tree)
            table.append(offset: encoding.heap)
            messages.insert((0x11, table), at: 0)
            written[index] = GroupEncoding.Member(name: "", header: output.byteCount, table: (encoding.tree, encoding.heap))
            try output.append(MessageEncoding.header(messages))
        }
        try heap.close(&output)
        try output.pad(toMultipleOf: 8)
        try output.write(Self.superblock(root: written[0]?.header ?? 0, table: written[0]?.table, end: output.byteCount), at: 0)
        return output
    }

    private static func superblock(root: Int, table: (tree: Int, heap: Int)?, end: Int) -> [UInt8] {
        var bytes = Superblock.signature + [0, 0, 0, 0, 0, 8, 8, 0]
        bytes.append(littleEndian: UInt16(GroupEncoding.leafRank))
        bytes.append(littleEndian: UInt16(GroupEncoding.nodeRank))
        bytes.append(zeros: 4)
        bytes.append(offset: 0)
        bytes.appendNoAddress()
        bytes.append(offset: end)
        bytes.appendNoAddress()
        return bytes + GroupEncoding.entry(name: 0, header: root, table: table)
    }

    private mutating func stream(_ source: WeightSource) throws(ModelError) {
        let start = output.byteCount
        var count = 0
        try source.stream { piece throws(ModelError) in
            count += piece.count
            guard count <= source.byteCount else { throw Self.wrongLength(source, count) }
            try output.append(piece)
        }
        guard output.byteCount - start == source.byteCount else { throw Self.wrongLength(source, count) }
    }

    private mutating func encode(_ attribute: (name: String, value: HDF5AttributeValue), of path: String) throws(ModelError) -> [UInt8] {
        let strings =
            switch attribute.value {
            case .text(let string): [string]
            case .texts(let strings): strings
            }
        var references: [GlobalHeapWriter.Reference] = []
        for string in strings {
            guard !string.utf8.contains(0) else { throw Self.badName(string, "contains a NUL") }
            references.append(try heap.add(string, to: &output))
        }
        let body = MessageEncoding.attribute(attribute.name, attribute.value, references: references)
        guard body.count <= MessageEncoding.greatestByteCount else {
            throw ModelError(
                Problem(
                    "hdf5.attribute-size", "attribute '\(attribute.name)' has \(body.count) bytes, the format has room for 65528",
                    at: Location(path: path)))
        }
        return body
    }

    // MARK: Names

    /// The group of this path, made where it is missing.
    private mutating func group(_ path: String) throws(ModelError) -> Int {
        if let index = groupsByPath[path] { return index }
        var parent = 0
        var here = ""
        for name in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            here += "/" + name
            if let index = groupsByPath[here] {
                parent = index
                continue
            }
            try Self.check(String(name), here)
            guard !datasets.contains(here) else { throw Self.badName(here, "is a dataset") }
            groups.append(Group())
            groups[parent].members.append((String(name), .group(groups.count - 1)))
            parent = groups.count - 1
            groupsByPath[here] = parent
        }
        return parent
    }

    private static func split(_ path: String) throws(ModelError) -> (parent: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { throw badName(path, "is no absolute path") }
        let name = String(path[path.index(after: slash)...])
        try check(name, path)
        return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
    }

    private static func check(_ name: String, _ path: String) throws(ModelError) {
        guard !name.isEmpty, name != ".", !name.utf8.contains(0), name.utf8.count < 0x8000 else {
            throw badName(path, "has a part that no HDF5 object can be called")
        }
    }

    private static func badName(_ name: String, _ fault: String) -> ModelError {
        ModelError(Problem("hdf5.name", "the name \(name.excerpt) \(fault)", at: Location(path: name)))
    }

    private static func wrongLength(_ source: WeightSource, _ count: Int) -> ModelError {
        ModelError(
            Problem(
                "weight.length", "\(source.origin) gave \(count) of the \(source.byteCount) bytes of \(source.dtype.rawValue) \(source.shape)",
                kind: .fault))
    }
}
