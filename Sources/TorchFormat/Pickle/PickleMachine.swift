import ByteIO
import ModelCore

/// Reads pickles as what they are: programs of a small machine with a stack, which put values together.
///
/// The machine calls nothing and looks nothing up. A name of Python is a name; where it is called, an object remembers that. Only the names
/// of `PickleGlobal.Meaning` make something: dictionaries, tensors, storages.
struct PickleMachine {
    var heap = PickleHeap()
    /// What the file means by a reference to something outside of the pickle.
    let references: References
    var stack: [PickleValue] = []
    /// How many values are below each mark.
    var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]

    enum References {
        /// There are none.
        case none
        /// Tuples that describe storages.
        case storages
        /// The same, or the key of something that was read before.
        case objects([String: PickleValue])
    }

    private static let markLimit = 10_000
    private static let stepLimit = 50_000_000
    private static let stackLimit = 2_000_000

    init(references: References) {
        self.references = references
    }

    /// Runs the pickle at the cursor and leaves the cursor after it.
    ///
    /// - Throws: `torch.truncated`, `torch.pickle-opcode`, `torch.pickle-protocol`, `torch.pickle-stack`, `torch.pickle-memo`,
    ///   `torch.pickle-size`, `torch.pickle-value`, `torch.pickle-target`, `torch.pickle-call`, `torch.pickle-program`,
    ///   `torch.pickle-reference`, `torch.storage`.
    mutating func run(_ reader: inout ByteReader) throws(ModelError) -> PickleValue {
        stack.removeAll()
        marks.removeAll()
        memo.removeAll()
        for _ in 0..<Self.stepLimit {
            let offset = reader.position
            let byte = try reader.integer(UInt8.self)
            guard let opcode = PickleOpcode(rawValue: byte) else {
                throw torchProblem("pickle-opcode", "\(byte.excerpt) is no instruction of a pickle", offset: offset)
            }
            if opcode == .stop {
                guard marks.isEmpty, stack.count == 1, let result = stack.popLast() else {
                    throw torchProblem("pickle-stack", "the pickle ends with \(stack.count) values and not with one", offset: offset)
                }
                return result
            }
            do throws(ModelError) {
                try step(opcode, &reader)
            } catch {
                throw error.locating(byteOffset: offset)
            }
            guard stack.count <= Self.stackLimit else {
                throw torchProblem("pickle-size", "the pickle has more than \(Self.stackLimit) values at a time", offset: offset)
            }
        }
        throw torchProblem("pickle-size", "the pickle has more than \(Self.stepLimit) instructions", offset: reader.position)
    }

    private mutating func step(_ opcode: PickleOpcode, _ reader: inout ByteReader) throws(ModelError) {
        switch opcode {
        case .mark, .stop, .pop, .popMark, .dup: try arrange(opcode)
        case .none: stack.append(.none)
        case .newTrue: stack.append(.bool(true))
        case .newFalse: stack.append(.bool(false))
        case .float, .int, .long, .binInt, .binInt1, .binInt2, .binFloat, .long1, .long4: stack.append(try Self.number(opcode, &reader))
        case .string, .unicode, .binString, .shortBinString, .binUnicode, .shortBinUnicode, .binUnicode8, .binBytes, .shortBinBytes, .binBytes8,
            .byteArray8:
            stack.append(try Self.text(opcode, &reader))
        case .proto:
            let version = try reader.integer(UInt8.self)
            guard version <= 5 else { throw torchProblem("pickle-protocol", "protocol \(version), supported are 0 to 5") }
        case .frame:
            // A frame says how much to read at once; what it says must at least be there.
            let length = try reader.integer(UInt64.self)
            guard length <= UInt64(reader.remaining) else {
                throw torchProblem("truncated", "a frame of \(length) bytes, \(reader.remaining) remain")
            }
        case .get: stack.append(try recall(try Self.decimal(Self.line(&reader))))
        case .binGet: stack.append(try recall(Int(reader.integer(UInt8.self))))
        case .longBinGet: stack.append(try recall(Int(reader.integer(UInt32.self))))
        case .put: try memorize(try Self.decimal(Self.line(&reader)))
        case .binPut: try memorize(Int(reader.integer(UInt8.self)))
        case .longBinPut: try memorize(Int(reader.integer(UInt32.self)))
        case .memoize: try memorize(memo.count)
        case .emptyTuple, .tuple, .tuple1, .tuple2, .tuple3, .emptyList, .list, .emptyDict, .dict, .emptySet, .frozenSet, .append, .appends,
            .setItem, .setItems, .addItems:
            try collect(opcode)
        case .global:
            let module = try Self.name(Self.line(&reader))
            stack.append(try named(PickleGlobal(module: module, name: try Self.name(Self.line(&reader)))))
        case .stackGlobal:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw torchProblem("pickle-value", "the name of a class is no text")
            }
            stack.append(try named(PickleGlobal(module: module, name: name)))
        case .reduce, .newObj, .newObjEx, .build: try make(opcode)
        case .binPersID: stack.append(try referred(by: try pop()))
        case .persID, .inst, .obj, .ext1, .ext2, .ext4, .nextBuffer, .readOnlyBuffer:
            throw torchProblem("pickle-opcode", "the instruction \(opcode), which files of PyTorch do not have")
        }
    }

    private mutating func named(_ global: PickleGlobal) throws(ModelError) -> PickleValue {
        guard !global.isProgram else {
            throw torchProblem(
                "pickle-program", "Python would get at \(global.fullName.excerpt) when it loads this file; cnnconvert runs nothing and refuses it",
                hint: "do not load this file in Python: it was made to run something on your computer")
        }
        return try heap.add(global)
    }

    // MARK: - Stack and memo

    mutating func pop() throws(ModelError) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw Self.underflow }
        return value
    }

    /// What is on top of the stack, which stays there.
    func top() throws(ModelError) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.last else { throw Self.underflow }
        return value
    }

    /// The values above the last mark.
    mutating func popToMark() throws(ModelError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw torchProblem("pickle-stack", "a mark was expected on the stack") }
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    private mutating func arrange(_ opcode: PickleOpcode) throws(ModelError) {
        switch opcode {
        case .mark:
            guard marks.count < Self.markLimit else { throw torchProblem("pickle-size", "more than \(Self.markLimit) marks on the stack") }
            marks.append(stack.count)
        case .dup: stack.append(try top())
        case .popMark: _ = try popToMark()
        default:
            // Python's own machine keeps marks among the values.
            if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
        }
    }

    private static var underflow: ModelError { torchProblem("pickle-stack", "a value was expected on the stack") }

    /// Indexes are counted up, and there is no reason to keep more than there can be objects and texts.
    private static let memoLimit = 2_000_000

    private mutating func memorize(_ index: Int) throws(ModelError) {
        guard (0..<Self.memoLimit).contains(index) else { throw torchProblem("pickle-memo", "the memo has no place \(index)") }
        memo[index] = try top()
    }

    private func recall(_ index: Int) throws(ModelError) -> PickleValue {
        guard let value = memo[index] else { throw torchProblem("pickle-memo", "nothing was kept at place \(index) of the memo") }
        return value
    }
}
