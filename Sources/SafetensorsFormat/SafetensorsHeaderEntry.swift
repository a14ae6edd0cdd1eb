import ByteIO
import ModelCore

/// What the header says of one tensor.
struct SafetensorsHeaderEntry {
    let name: String
    let type: StoredType
    let shape: [Int]
    /// Where the elements are, from the first of all.
    let range: Range<Int>
    /// For messages.
    var path: String { "/" + name }

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
        // Without the sizes that are 0, so that no part of the product can be too large.
        guard shape.count <= 64, shape.map({ max($0, 1) }).checkedProduct?.multiplied(by: 8) != nil else {
            throw safetensorsProblem("shape", "\(name.excerpt) has more than 64 axes or more than 2^63 bytes", at: path)
        }
        let count = shape.contains(0) ? 0 : shape.reduce(type.byteCount, *)
        guard offsets.count == 2, let begin = offsets[0].integer, let end = offsets[1].integer, begin >= 0, begin <= end else {
            throw safetensorsProblem("offsets", "'data_offsets' of \(name.excerpt) are not a beginning and an end", at: path)
        }
        guard end - begin == count else {
            throw safetensorsProblem("offsets", "\(name.excerpt) has \(end - begin) bytes, its shape has \(count)", at: path)
        }
        self.name = name
        self.type = type
        self.shape = shape
        range = begin..<end
    }

    func tensor(in file: MappedFile, dataStart: Int) throws(ModelError) -> SafetensorsFile.Entry {
        let place = dataStart + range.lowerBound..<dataStart + range.upperBound
        let elements: StridedElements
        do throws(StridedElements.Fault) {
            elements = try StridedElements(
                type, shape: shape, strides: RowMajor.strides(shape), start: 0, available: range.count / type.byteCount)
        } catch {
            throw safetensorsProblem("shape", "\(name.excerpt) has an impossible shape: \(error)", at: path)
        }
        return SafetensorsFile.Entry(name: name, type: type, source: elements.weight(origin: name) { file.region(place) })
    }
}
