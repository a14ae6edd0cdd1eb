import ModelCore

/// Checks the links of a group of the original format, which nearly every file has, before the library follows them.
///
/// libhdf5 1.10 writes outside of its memory, or recurses without end, on a tree or a heap that is damaged in the ways looked for here.
/// Source of the format: HDF5 File Format Specification 3.0, III.A.1, III.B, III.D.
struct SymbolTable {
    /// How many children a node of the tree and how many entries a leaf may have, halved.
    struct Ranks {
        let node: Int
        let leaf: Int
    }

    private let file: HDF5Bytes
    private let ranks: Ranks
    /// The names, one after the other, each ended by a NUL.
    private let names: [UInt8]

    /// Whether the links of the group with this header can be followed. A group of the newer format is not looked at.
    static func isSound(_ header: ObjectHeader, in file: HDF5Bytes, ranks: Ranks) -> Bool {
        header.messages.allSatisfy { message in
            guard message.type == ObjectHeader.MessageType.symbolTable else { return true }
            var cursor = ByteCursor(message.body)
            guard !message.isShared, let tree = cursor.integer(8), let heap = cursor.integer(8),
                let table = SymbolTable(heap: heap, in: file, ranks: ranks)
            else { return false }
            return table.isSound(tree: tree)
        }
    }

    /// `nil` where the heap is damaged.
    private init?(heap: Int, in file: HDF5Bytes, ranks: Ranks) {
        guard let head = file.bytes(at: heap, count: 32), head.starts(with: "HEAP".utf8), head[4] == 0 else { return nil }
        var cursor = ByteCursor(head.dropFirst(8))
        guard let count = cursor.integer(8), let free = cursor.integer(8), let address = cursor.integer(8),
            let names = file.bytes(at: address, count: count), Self.isFreeListSound(names, from: free)
        else { return nil }
        (self.file, self.ranks, self.names) = (file, ranks, names)
    }

    /// Free blocks begin with the position of the next one, 1 for none, and their size; they do not overlap.
    private static func isFreeListSound(_ bytes: [UInt8], from first: Int) -> Bool {
        var position = first
        var remaining = bytes.count
        while position != 1 {
            guard position <= bytes.count else { return false }
            var cursor = ByteCursor(bytes.dropFirst(position))
            guard let next = cursor.integer(8), let size = cursor.integer(8), size >= 16, size <= bytes.count - position, next != 0 else {
                return false
            }
            remaining -= size
            guard remaining >= 0 else { return false }
            position = next
        }
        return true
    }

    /// Walks the tree, whose levels count down to 0; below them are the leaves.
    private func isSound(tree: Int) -> Bool {
        var pending: [(address: Int, level: Int?)] = [(tree, nil)]
        var visited: Set<Int> = []
        while let (address, level) = pending.popLast() {
            guard visited.insert(address).inserted else { return false }
            if level == -1 {
                guard isLeafSound(at: address) else { return false }
                continue
            }
            guard let head = file.bytes(at: address, count: 24), head.starts(with: "TREE".utf8), head[4] == 0 else { return false }
            let own = Int(head[5])
            var cursor = ByteCursor(head.dropFirst(6))
            guard own == level ?? own, let count = cursor.integer(2), count <= 2 * ranks.node,
                let body = file.bytes(at: address + 24, count: 32 * ranks.node + 8)
            else { return false }
            cursor = ByteCursor(body[...])
            for _ in 0..<count {
                guard let name = cursor.integer(8), name < names.count || name == 0, let child = cursor.integer(8) else { return false }
                pending.append((child, own - 1))
            }
            guard let name = cursor.integer(8), name < names.count || name == 0 else { return false }
        }
        return true
    }

    private func isLeafSound(at address: Int) -> Bool {
        guard let head = file.bytes(at: address, count: 8), head.starts(with: "SNOD".utf8), head[4] == 1 else { return false }
        var cursor = ByteCursor(head.dropFirst(6))
        guard let count = cursor.integer(2), count <= 2 * ranks.leaf, let body = file.bytes(at: address + 8, count: 80 * ranks.leaf) else {
            return false
        }
        return (0..<count).allSatisfy { index in
            var cursor = ByteCursor(body.dropFirst(index * 40))
            guard let name = cursor.integer(8), name < names.count, names[name...].contains(0), let header = cursor.bytes(8),
                let cacheType = cursor.integer(4), cursor.skip(4)
            else { return false }
            switch cacheType {
            case 0: return isAddress(header)
            case 1:
                guard let tree = cursor.bytes(8), let heap = cursor.bytes(8) else { return false }
                return isAddress(header) && isAddress(tree) && isAddress(heap)
            case 2: return cursor.integer(4).map { $0 < names.count && names[$0...].contains(0) } ?? false
            default: return false
            }
        }
    }

    private func isAddress(_ bytes: ArraySlice<UInt8>) -> Bool {
        var cursor = ByteCursor(bytes)
        return cursor.integer(8).map { $0 < file.byteCount } ?? false
    }
}
