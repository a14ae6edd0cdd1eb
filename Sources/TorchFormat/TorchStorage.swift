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
    /// Where it is a part of another storage, as in files of before PyTorch 0.4.
    var view: View?

    struct View: Hashable {
        /// The key of the other storage.
        let root: String
        /// In elements.
        let start: Int
    }

    var description: String { "\(count) of \(type?.rawValue ?? "\(width) bytes")" + (view.map { " from \($0.start) of \($0.root.excerpt)" } ?? "") }

    /// In bytes; `nil` for more than there can be.
    var byteCount: Int? { count.multiplied(by: width) }
}

/// A tensor as a pickle describes it: a view of a storage, held against the number of elements that the storage is said to have.
struct TorchTensorValue {
    /// The number of the storage in the heap.
    let storage: Int
    let type: StoredType
    let shape: [Int]
    let strides: [Int]
    /// In elements of the tensor's type.
    let start: Int
}

extension TorchStorage {
    /// A part of this storage under a key of its own.
    ///
    /// - Throws: `torch.storage` where it is not within this one.
    func view(_ key: String, start: Int, count: Int) throws(ModelError) -> TorchStorage {
        guard count >= 0, start >= 0, let end = start.adding(count), end <= self.count else {
            throw torchProblem("storage", "a view of \(count) elements from \(start) of a storage of \(self.count)")
        }
        return TorchStorage(key: key, type: type, width: width, count: count, view: View(root: self.key, start: start))
    }
}

/// What is wrong with a tensor, as an error.
func tensorProblem(_ fault: StridedElements.Fault, shape: [Int], strides: [Int], start: Int, available: Int) -> ModelError {
    let isReadable = max(shape.count, strides.count) <= 64
    let tensor = isReadable ? "a tensor of shape \(shape) with strides \(strides) from \(start)" : "a tensor of \(shape.count) axes"
    return switch fault {
    case .shape: torchProblem("tensor-shape", "\(tensor), which is no tensor")
    case .overflow: torchProblem("tensor-shape", "\(tensor) has more than 2^63 bytes")
    case .outside(let needed): torchProblem("tensor-bounds", "\(tensor) needs \(needed) elements, its storage has \(available)")
    case .repeated: torchProblem("tensor-size", "\(tensor) repeats the \(available) elements of its storage too often")
    }
}
