import ByteIO
import ModelCore

/// What the header says of one tensor.
struct SafetensorsHeaderEntry {
    let name: String
    let elements: StridedElements
    /// Where the elements are, from the first of all.
    let range: Range<Int>
    /// For messages.
    var path: String { "/" + name }

    /// - Throws: `safetensors.header`, `safetensors.type`, `safetensors.shape`, `safetensors.offsets`.
    init(name: String, _ value: JSONValue) throws(ModelError) {
        let path = "/" + name
        guard let object = value.object, Set(object.keys) == ["dtype", "shape", "data_offsets"], let dtype = object["dtype"]?.string,
            let sizes = object["shape"]?.array, let offsets = object["data_offsets"]?.array
        else {
            throw safetensorsProblem("header", "\(name.excerpt) must have exactly 'dtype' (a string), 'shape' and 'data_offsets' (arrays)", at: path)
        }
        guard let type = SafetensorsType.read(dtype) else {
            throw safetensorsProblem(
                "type", "\(name.excerpt) has elements of type \(dtype.excerpt), supported are \(SafetensorsType.names)", at: path,
                hint: "convert it in Python: tensor.float()")
        }
        let shape = sizes.compactMap(\.integer)
        guard shape.count == sizes.count, shape.allSatisfy({ $0 >= 0 }) else {
            throw safetensorsProblem("shape", "a size of \(name.excerpt) is no integer of 0 or above", at: path)
        }
        do throws(StridedElements.Fault) {
            elements = try StridedElements(type, shape: shape, available: .max)
        } catch {
            throw safetensorsProblem("shape", "\(name.excerpt) has more than 64 axes or more than 2^63 bytes", at: path)
        }
        guard offsets.count == 2, let begin = offsets[0].integer, let end = offsets[1].integer, begin >= 0, begin <= end else {
            throw safetensorsProblem("offsets", "'data_offsets' of \(name.excerpt) are not a beginning and an end", at: path)
        }
        guard end - begin == elements.count * type.byteCount else {
            throw safetensorsProblem(
                "offsets", "\(name.excerpt) has \(end - begin) bytes, its shape has \(elements.count * type.byteCount)", at: path)
        }
        self.name = name
        range = begin..<end
    }

    /// - Parameter dataStart: where the first element of all is; the file is known to have all of them.
    func tensor(in file: MappedFile, dataStart: Int) -> SafetensorsFile.Entry {
        let bytes = ByteSource(file, dataStart + range.lowerBound..<dataStart + range.upperBound)
        return SafetensorsFile.Entry(name: name, type: elements.type, source: elements.weight(origin: name, in: bytes))
    }
}
