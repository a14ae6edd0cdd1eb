/// The members of a group in the original format: names in a local heap, entries in leaves, and a tree over the leaves.
/// Source of the format: HDF5 File Format Specification 3.0, III.A.1, III.B, III.D.
struct GroupEncoding {
    struct Member {
        let name: String
        /// The address of the object's header.
        let header: Int
        /// For a group, the addresses of its tree and its heap.
        let table: (tree: Int, heap: Int)?
    }

    /// Half of the entries of a leaf and half of the children of a node, as the superblock says.
    static let leafRank = 4
    static let nodeRank = 16

    /// All blocks, one after the other.
    private(set) var bytes: [UInt8] = []
    /// The address of the root of the tree.
    private(set) var tree = 0
    /// The address of the heap.
    private(set) var heap = 0
    private let start: Int

    /// A subtree, and the position in the heap of its last name.
    private struct Child {
        let address: Int
        let lastName: Int
    }

    /// - Parameters:
    ///   - members: their names differ.
    ///   - address: where the first block will be.
    init(_ members: [Member], at address: Int) {
        start = address
        // The library compares names byte by byte.
        let sorted = members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let positions = appendHeap(sorted.map(\.name))
        var level: [Child] = []
        for first in stride(from: 0, to: sorted.count, by: 2 * Self.leafRank) {
            let range = first..<min(first + 2 * Self.leafRank, sorted.count)
            level.append(Child(address: here, lastName: positions[range.upperBound - 1]))
            appendLeaf(range.map { (sorted[$0], positions[$0]) })
        }
        var height = 0
        repeat {
            level = appendNodes(over: level, height: height)
            height += 1
        } while level.count > 1
        tree = level[0].address
    }

    private var here: Int { start + bytes.count }

    /// - Returns: the position of each name.
    private mutating func appendHeap(_ names: [String]) -> [Int] {
        // The empty name comes first: it is before all others.
        var text = [UInt8](repeating: 0, count: 8)
        var positions: [Int] = []
        for name in names {
            positions.append(text.count)
            text += Array(name.utf8) + [0]
            text.pad()
        }
        heap = here
        bytes += Array("HEAP".utf8) + [0, 0, 0, 0]
        bytes.append(offset: text.count)
        // 1 is the end of the list of free blocks.
        bytes.append(offset: 1)
        bytes.append(offset: here + 8)
        bytes += text
        return positions
    }

    private mutating func appendLeaf(_ members: [(Member, Int)]) {
        bytes += Array("SNOD".utf8) + [1, 0]
        bytes.append(littleEndian: UInt16(truncatingIfNeeded: members.count))
        for (member, position) in members { bytes += Self.entry(name: position, header: member.header, table: member.table) }
        bytes.append(zeros: (2 * Self.leafRank - members.count) * 40)
    }

    /// An entry of a leaf; the superblock has one for the root.
    static func entry(name: Int, header: Int, table: (tree: Int, heap: Int)?) -> [UInt8] {
        var entry: [UInt8] = []
        entry.append(offset: name)
        entry.append(offset: header)
        entry.append(littleEndian: UInt32(table == nil ? 0 : 1))
        entry.append(zeros: 4)
        entry.append(offset: table?.tree ?? 0)
        entry.append(offset: table?.heap ?? 0)
        return entry
    }

    /// One level of the tree, from left to right.
    private mutating func appendNodes(over children: [Child], height: Int) -> [Child] {
        let width = 2 * Self.nodeRank
        let nodeByteCount = 24 + width * 8 + (width + 1) * 8
        let count = max((children.count + width - 1) / width, 1)
        let first = here
        var nodes: [Child] = []
        var lastName = 0
        for index in 0..<count {
            let own = children[index * width..<min((index + 1) * width, children.count)]
            nodes.append(Child(address: here, lastName: own.last?.lastName ?? 0))
            var node = Array("TREE".utf8) + [0, UInt8(truncatingIfNeeded: height)]
            node.append(littleEndian: UInt16(truncatingIfNeeded: own.count))
            if index > 0 { node.append(offset: first + (index - 1) * nodeByteCount) } else { node.appendNoAddress() }
            if index + 1 < count { node.append(offset: first + (index + 1) * nodeByteCount) } else { node.appendNoAddress() }
            // Each child stands between the last name before it and its own last name.
            node.append(offset: lastName)
            for child in own {
                node.append(offset: child.address)
                node.append(offset: child.lastName)
                lastName = child.lastName
            }
            node.append(zeros: nodeByteCount - node.count)
            bytes += node
        }
        return nodes
    }
}
