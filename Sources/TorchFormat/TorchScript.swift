import ByteIO
package import ModelCore
package import ZIPArchive

/// What `torch.jit.save` wrote: the code of a network's classes, its objects with their attributes, and the tensors.
///
/// Nothing of the code is run here, and it is not looked at.
package struct TorchScript: Sendable {
    /// The tensors. A module's is named by the attributes that lead to it, `layer1.0.conv1.weight`; a constant of the code `CONSTANTS.0`.
    package let checkpoint: TorchCheckpoint
    /// The text of each file of code by the module that it is: `__torch__.torch.nn.modules.conv`.
    package var code: [String: [UInt8]]
    /// Objects of the classes of the code, by number.
    package let objects: [Int: ScriptObject]
    /// The number of the network itself, if the file holds an object.
    package let root: Int?
    /// The tensors that `forward` was traced with, in order; `nil` for an input that is none, and empty where the file does not say.
    package let tracedInputs: [TracedInput?]
}

/// A module of the network, or another object of a class of the code.
package struct ScriptObject: Sendable {
    /// `__torch__.torch.nn.modules.conv.Conv2d`.
    package let type: String
    package let attributes: [String: ScriptAttribute]
}

package enum ScriptAttribute: Sendable, Hashable {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    /// The tensor of the checkpoint under the name of the attribute.
    case tensor
    /// An object by its number.
    case object(Int)
    /// Integers and numbers.
    case list([ScriptAttribute])
    /// Of a kind that no code without control flow has a use for.
    case other
}

package struct TracedInput: Sendable, Hashable {
    package let type: StoredType
    package let shape: [Int]
}

extension TorchScript {
    private static let codeLimit = 64 << 20
    private static let attributeLimit = 1_000_000

    /// Whether an archive of PyTorch is one with code.
    package static func recognises(_ archive: ZIPReader) -> Bool {
        TorchArchive.recognises(archive) && archive.entries.contains { $0.name.hasSuffix("/constants.pkl") || $0.name == "constants.pkl" }
    }

    /// Reads the code and the objects, and lists the tensors, none of whose elements are read.
    ///
    /// - Throws: what `TorchArchive.read` throws; `torch.script-size` for more code or attributes than any network has.
    package static func read(_ archive: ZIPReader) throws(ModelError) -> TorchScript {
        do throws(ModelError) {
            let (checkpoint, root, value, heap) = try TorchArchive.contents(of: archive)
            let objects = try objects(heap)
            let number: Int? = if case .object(let number) = value, objects[number] != nil { number } else { nil }
            return TorchScript(
                checkpoint: checkpoint, code: try code(of: archive, root), objects: objects, root: number,
                tracedInputs: try tracedInputs(of: archive, root))
        } catch {
            throw error.locating(file: archive.file.path)
        }
    }

    private static func code(of archive: ZIPReader, _ root: String) throws(ModelError) -> [String: [UInt8]] {
        var code: [String: [UInt8]] = [:]
        var remaining = codeLimit
        let folder = root + "code/"
        for entry in archive.entries where entry.name.hasPrefix(folder) && entry.name.hasSuffix(".py") {
            guard entry.size <= remaining else {
                throw torchProblem("script-size", "the archive has more than \(codeLimit) bytes of code", at: entry.name)
            }
            remaining -= entry.size
            let module = entry.name.dropFirst(folder.count).dropLast(3).replacing("/", with: ".")
            code[String(module)] = try archive.content(of: entry, limit: codeLimit).withBytes { [UInt8]($0) }
        }
        return code
    }

    private static func objects(_ heap: PickleHeap) throws(ModelError) -> [Int: ScriptObject] {
        var objects: [Int: ScriptObject] = [:]
        var count = 0
        for (number, object) in heap.objects.enumerated() {
            guard case .instance(let name) = object.kind, let items = heap.dictionary(object.state) else { continue }
            let type = heap.names[name]
            guard type.module == "__torch__" || type.module.hasPrefix("__torch__.") else { continue }
            var attributes: [String: ScriptAttribute] = [:]
            for position in stride(from: 0, to: items.count - 1, by: 2) {
                let attribute = attribute(items[position + 1], in: heap)
                if case .list(let items) = attribute { count += items.count }
                count += 1
                guard count <= attributeLimit else { throw torchProblem("script-size", "the objects have more than \(attributeLimit) attributes") }
                if case .text(let key) = items[position] { attributes[key] = attribute }
            }
            objects[number] = ScriptObject(type: type.fullName, attributes: attributes)
        }
        return objects
    }

    private static func attribute(_ value: PickleValue, in heap: PickleHeap) -> ScriptAttribute {
        guard case .object(let number) = value else { return plain(value) }
        switch heap.kind(number) {
        case .tensor, .refused: return .tensor
        case .instance: return .object(number)
        case .tuple, .list:
            let items = heap.objects[number].values.prefix(listLimit + 1)
            return items.count > listLimit ? .other : .list(items.map(plain))
        default: return .other
        }
    }

    /// More numbers than those of an axis each are no setting of a layer.
    private static let listLimit = 100

    private static func plain(_ value: PickleValue) -> ScriptAttribute {
        switch value {
        case .none: .none
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .double(let value): .number(value)
        case .text(let value): .text(value)
        case .other, .object: .other
        }
    }

    /// PyTorch 2.13 keeps what a network was traced with, without the elements.
    private static func tracedInputs(of archive: ZIPReader, _ root: String) throws(ModelError) -> [TracedInput?] {
        let name = root + "traced_inputs.pkl"
        guard archive.entry(named: name) != nil else { return [] }
        let (value, heap) = try TorchArchive.run(pickle: name, of: archive)
        guard let items = heap.dictionary(value), let key = items.firstIndex(where: { if case .text("forward") = $0 { true } else { false } }),
            key + 1 < items.count
        else { return [] }
        return (heap.sequence(items[key + 1]) ?? []).map { value in
            guard case .tensor(let number)? = heap.object(value)?.kind else { return nil }
            let elements = heap.tensors[number].elements
            return TracedInput(type: elements.type, shape: elements.shape)
        }
    }
}
