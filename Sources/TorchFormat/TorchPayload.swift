import ByteIO
import ModelCore
import ZIPArchive

/// The list of weights that lies beside them in an exported program: for each name the entry, the type, sizes, strides and offset.
enum TorchPayload {
    /// The numbers of types in exported programs (`ScalarType` of the schema).
    private static let types: [Int: StoredType] = [
        1: .uint8, 2: .int8, 3: .int16, 4: .int32, 5: .int64, 6: .float16, 7: .float32, 8: .float64, 12: .bool, 13: .bfloat16,
    ]
    private static let refusedTypes = [
        9: "complex32", 10: "complex64", 11: "complex128", 28: "uint16", 29: "float8_e4m3fn", 30: "float8_e5m2", 31: "float8_e4m3fnuz",
        32: "float8_e5m2fnuz", 33: "float8_e8m0fnu", 34: "uint32", 35: "uint64",
    ]
    /// The number of the layout of plain tensors.
    private static let strided = 7

    /// - Throws: `torch.payload` for a list that is not as PyTorch writes it, or names what is no tensor; `torch.element-type`,
    ///   `torch.storage-missing`; codes of `StridedElements.described`: all of them.
    static func tensors(
        _ list: JSONValue, in archive: ZIPReader, folder: String, list name: String
    ) throws(ModelError) -> [TorchTensor] {
        guard let members = list["config"]?.object else { throw torchProblem("payload", "has no object 'config'", at: name) }
        var tensors: [TorchTensor] = []
        var problems: [Problem] = []
        var sources: [String: ByteSource] = [:]
        for (key, value) in members {
            do throws(ModelError) {
                tensors.append(try tensor(key, value, &sources, in: archive, folder))
            } catch {
                problems += error.locating(path: name).problems
            }
        }
        if let error = ModelError(problems) { throw error }
        return tensors
    }

    private static func tensor(
        _ key: String, _ value: JSONValue, _ sources: inout [String: ByteSource], in archive: ZIPReader, _ folder: String
    ) throws(ModelError) -> TorchTensor {
        guard let entryName = value["path_name"]?.string, let isPickled = value["use_pickle"]?.bool else {
            throw torchProblem("payload", "\(key.excerpt) has no 'path_name' or no 'use_pickle'")
        }
        guard !isPickled else {
            throw torchProblem("payload", "\(key.excerpt) is an object of Python and no plain tensor, which cnnconvert does not read")
        }
        guard let entry = archive.entry(named: folder + entryName) else {
            throw torchProblem("storage-missing", "the archive has no entry for \(key.excerpt)", at: folder + entryName)
        }
        let source = sources[entryName] ?? archive.source(of: entry)
        sources[entryName] = source
        let value = value["tensor_meta"] ?? .null
        guard let number = value["dtype"]?.integer, let shape = integers(value["sizes"]), let strides = integers(value["strides"]),
            let start = value["storage_offset"]?["as_int"]?.integer, value["layout"]?.integer == strided
        else { throw torchProblem("payload", "\(key.excerpt) is not described as a plain tensor") }
        guard let type = types[number] else {
            throw torchProblem(
                "element-type", "\(key.excerpt) has elements of type \(refusedTypes[number] ?? "number \(number)"), which cnnconvert does not read")
        }
        let elements: StridedElements
        do throws(TensorFault) {
            elements = try .described(type, shape: shape, strides: strides, start: start, byteCount: source.count)
        } catch {
            throw ModelError(Problem(error.code, "\(key.excerpt) is \(error.what)"))
        }
        return TorchTensor(path: [key], type: type, source: elements.weight(origin: key, in: source))
    }

    private static func integers(_ value: JSONValue?) -> [Int]? {
        guard let values = value?.array else { return nil }
        let integers = values.compactMap { $0["as_int"]?.integer }
        return integers.count == values.count ? integers : nil
    }
}
