import ByteIO
import ModelCore

/// A run of elements that tensors are views of, as a pickle describes it.
struct TorchStorage: Hashable, CustomStringConvertible {
    /// The name under which the file has it.
    let key: String
    /// `nil` for bytes that tensors give a type, and for types that are not read.
    let type: StoredType?
    /// Bytes of an element.
    let width: Int
    /// The number of elements.
    let count: Int
    /// In bytes.
    let byteCount: Int
    /// Where it is a part of another storage, as in files of before PyTorch 0.4.
    private(set) var view: View?

    struct View: Hashable {
        /// The key of the other storage.
        let root: String
        /// In elements.
        let start: Int
    }

    var description: String { "\(count) of \(type?.rawValue ?? "\(width) bytes")" + (view.map { " from \($0.start) of \($0.root.excerpt)" } ?? "") }

    /// - Throws: `torch.storage` for a negative count, or more bytes than there can be.
    init(key: String, type: StoredType?, width: Int, count: Int) throws(ModelError) {
        guard count >= 0, let byteCount = count.multiplied(by: width) else {
            throw torchProblem("storage", "storage \(key.excerpt) is said to have \(count) elements")
        }
        self.key = key
        self.type = type
        self.width = width
        self.count = count
        self.byteCount = byteCount
    }

    /// A part of this storage under a key of its own.
    ///
    /// - Throws: `torch.storage` where it is not within this one, or this is a part itself.
    func view(_ key: String, start: Int, count: Int) throws(ModelError) -> TorchStorage {
        guard view == nil, count >= 0, start >= 0, let end = start.adding(count), end <= self.count else {
            throw torchProblem("storage", "a view of \(count) elements from \(start) of a storage of \(description)")
        }
        var part = try TorchStorage(key: key, type: type, width: width, count: count)
        part.view = View(root: self.key, start: start)
        return part
    }
}

/// A tensor as a pickle describes it.
struct TorchTensorValue {
    /// The number of the storage in the heap.
    let storage: Int
    /// Held against the number of elements that the storage is said to have.
    let elements: StridedElements
}

/// What is wrong with the description of a tensor.
struct TensorFault: Error {
    let code: String
    /// `a tensor of shape ...`.
    let what: String
}

extension StridedElements {
    /// The elements of a tensor that a file describes so.
    ///
    /// - Parameter byteCount: what the storage has.
    /// - Throws: `torch.tensor-shape`, `torch.tensor-bounds`, `torch.tensor-size`.
    static func described(_ type: StoredType, shape: [Int], strides: [Int], start: Int, byteCount: Int) throws(TensorFault) -> StridedElements {
        let available = byteCount / type.byteCount
        do throws(Fault) {
            return try StridedElements(type, shape: shape, strides: strides, start: start, available: available)
        } catch {
            let isReadable = max(shape.count, strides.count) <= 64
            let tensor = isReadable ? "a tensor of shape \(shape) with strides \(strides) from \(start)" : "a tensor of \(shape.count) axes"
            throw switch error {
            case .shape: TensorFault(code: "torch.tensor-shape", what: "\(tensor), which is impossible")
            case .overflow: TensorFault(code: "torch.tensor-shape", what: "\(tensor), which would have more than 2^63 bytes")
            case .outside(let needed):
                TensorFault(code: "torch.tensor-bounds", what: "\(tensor), which needs \(needed) elements of a storage of \(available)")
            case .repeated:
                TensorFault(code: "torch.tensor-size", what: "\(tensor), which repeats the \(available) elements of its storage too often")
            }
        }
    }
}
