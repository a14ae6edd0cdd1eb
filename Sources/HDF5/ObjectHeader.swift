import ModelCore

/// The messages of an object's header: what the object is made of.
///
/// The library reads headers too. This reader exists because the library crashes on damaged attributes (see `Attribute.swift`).
/// Source of the format: HDF5 File Format Specification 3.0, IV.A.
struct ObjectHeader {
    struct Message {
        let type: Int
        /// The body is elsewhere in the file.
        let isShared: Bool
        let body: ArraySlice<UInt8>
    }

    enum MessageType {
        static let attribute = 0x0C
        static let continuation = 0x10
        static let symbolTable = 0x11
        static let attributeInfo = 0x15
    }

    let messages: [Message]

    /// Reads the header at `address`; `nil` where it is damaged.
    ///
    /// Its blocks do not overlap in a sound file, so together they may not have more bytes than the file.
    init?(at address: HDF5Address, in file: HDF5Bytes) {
        guard let first = Self.firstBlock(at: address, in: file) else { return nil }
        var messages: [Message] = []
        var pending = [first]
        var remaining = file.byteCount - first.body.count
        while let block = pending.popLast() {
            guard let found = Self.messages(in: block) else { return nil }
            messages += found
            for message in found where message.type == MessageType.continuation {
                var cursor = ByteCursor(message.body)
                guard let address = cursor.integer(8), let count = cursor.integer(8), count <= remaining,
                    let bytes = file.bytes(at: address, count: count), let next = block.continued(by: bytes)
                else { return nil }
                remaining -= count
                pending.append(next)
            }
        }
        self.messages = messages
    }

    private struct Block {
        let body: ArraySlice<UInt8>
        let version: Int
        let hasCreationOrder: Bool

        /// The block of these bytes, whose signature and checksum version 2 adds.
        func continued(by bytes: [UInt8]) -> Block? {
            guard version == 2 else { return Block(body: bytes[...], version: version, hasCreationOrder: hasCreationOrder) }
            guard bytes.count >= 8, bytes.starts(with: "OCHK".utf8) else { return nil }
            return Block(body: bytes.dropFirst(4).dropLast(4), version: version, hasCreationOrder: hasCreationOrder)
        }
    }

    private static func firstBlock(at address: HDF5Address, in file: HDF5Bytes) -> Block? {
        guard let offset = Int(exactly: address.offset), let head = file.bytes(at: offset, count: 12) else { return nil }
        var cursor = ByteCursor(head[...])
        if head.starts(with: "OHDR".utf8) {
            guard head[4] == 2 else { return nil }
            let flags = Int(head[5])
            let lengthOffset = 6 + (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0)
            let lengthWidth = 1 << (flags & 3)
            guard let bytes = file.bytes(at: offset, count: lengthOffset + lengthWidth) else { return nil }
            var length = ByteCursor(bytes.dropFirst(lengthOffset))
            guard let count = length.integer(lengthWidth), let start = offset.adding(bytes.count),
                let body = file.bytes(at: start, count: count)
            else { return nil }
            return Block(body: body[...], version: 2, hasCreationOrder: flags & 0x04 != 0)
        }
        guard cursor.integer(1) == 1, cursor.skip(7), let count = cursor.integer(4), let start = offset.adding(16),
            let body = file.bytes(at: start, count: count)
        else { return nil }
        return Block(body: body[...], version: 1, hasCreationOrder: false)
    }

    private static func messages(in block: Block) -> [Message]? {
        var messages: [Message] = []
        var cursor = ByteCursor(block.body)
        let isFirst = block.version == 1
        let headCount = isFirst ? 8 : (block.hasCreationOrder ? 6 : 4)
        while cursor.rest.count >= headCount {
            guard let type = cursor.integer(isFirst ? 2 : 1), let count = cursor.integer(2), let flags = cursor.integer(1),
                cursor.skip(isFirst ? 3 : (block.hasCreationOrder ? 2 : 0)), let body = cursor.bytes(count)
            else { return nil }
            messages.append(Message(type: type, isShared: flags & 0x02 != 0, body: body))
        }
        return messages
    }
}
