import ModelCore

/// The instructions of a pickle of protocol 2, put together.
struct PickleText {
    private(set) var bytes: [UInt8] = [PickleOpcode.proto.rawValue, 2]

    /// The pickle of an `OrderedDict` of tensors, of which each is the whole of the storage of its number.
    static func stateDict(_ tensors: [(name: String, source: WeightSource)]) -> [UInt8] {
        var text = PickleText()
        text.orderedDictionary()
        text.append(.mark)
        for (position, tensor) in tensors.enumerated() {
            text.append(tensor.name)
            text.tensor(tensor.source, storage: String(position))
        }
        text.append(.setItems)
        text.append(.stop)
        return text.bytes
    }

    /// `_rebuild_tensor_v2(storage, offset, sizes, strides, requires_grad, hooks)`.
    private mutating func tensor(_ source: WeightSource, storage key: String) {
        append(PickleGlobal(module: "torch._utils", name: "_rebuild_tensor_v2"))
        append(.mark)
        append(.mark)
        append("storage")
        append(PickleGlobal(module: "torch", name: Self.storageType(of: source.dtype)))
        append(key)
        append("cpu")
        append(source.count)
        append(.tuple)
        append(.binPersID)
        append(0)
        append(source.shape)
        append(RowMajor.strides(source.shape))
        append(.newFalse)
        orderedDictionary()
        append(.tuple)
        append(.reduce)
    }

    private static func storageType(of type: DType) -> String {
        switch type {
        case .float32: "FloatStorage"
        case .float16: "HalfStorage"
        case .bfloat16: "BFloat16Storage"
        case .float64: "DoubleStorage"
        case .int8: "CharStorage"
        case .uint8: "ByteStorage"
        case .int32: "IntStorage"
        case .int64: "LongStorage"
        }
    }

    private mutating func orderedDictionary() {
        append(PickleGlobal(module: "collections", name: "OrderedDict"))
        append(.emptyTuple)
        append(.reduce)
    }

    private mutating func append(_ opcode: PickleOpcode) {
        bytes.append(opcode.rawValue)
    }

    private mutating func append(_ global: PickleGlobal) {
        append(.global)
        bytes += Array("\(global.module)\n\(global.name)\n".utf8)
    }

    private mutating func append(_ text: String) {
        append(.binUnicode)
        append(word: UInt32(text.utf8.count))
        bytes += Array(text.utf8)
    }

    private mutating func append(_ number: Int) {
        if let number = Int32(exactly: number) {
            append(.binInt)
            append(word: number)
        } else {
            append(.long1)
            bytes.append(8)
            append(word: number)
        }
    }

    private mutating func append(_ numbers: [Int]) {
        append(.mark)
        for number in numbers { append(number) }
        append(.tuple)
    }

    private mutating func append(word: some FixedWidthInteger) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
