import ByteIO
import ModelCore

/// Everything that the pickles of one file made.
struct PickleHeap {
    private(set) var objects: [PickleObject] = []
    private(set) var names: [PickleGlobal] = []
    private(set) var storages: [TorchStorage] = []
    private(set) var tensors: [TorchTensorValue] = []
    private(set) var refusals: [PickleRefusal] = []

    private var numbers: [PickleGlobal: Int] = [:]
    private var storageNumbers: [String: Int] = [:]

    /// Values in objects.
    private(set) var valueCount = 0

    /// More objects, or values in objects, are refused: none of the known checkpoints has a tenth as many.
    private static let objectLimit = 2_000_000
    private static let valueLimit = 8_000_000

    mutating func add(_ kind: PickleKind, _ values: [PickleValue] = []) throws(ModelError) -> PickleValue {
        guard objects.count < Self.objectLimit else {
            throw torchProblem("pickle-size", "the file has more than \(Self.objectLimit) objects")
        }
        try charge(values.count)
        objects.append(PickleObject(kind: kind, values: values))
        return .object(objects.count - 1)
    }

    mutating func add(_ global: PickleGlobal) throws(ModelError) -> PickleValue {
        try add(.global(number(of: global)))
    }

    mutating func number(of global: PickleGlobal) -> Int {
        if let number = numbers[global] { return number }
        names.append(global)
        numbers[global] = names.count - 1
        return names.count - 1
    }

    /// A tensor of these elements of a storage.
    ///
    /// - Parameter type: the storage's own where it is not given.
    mutating func add(storage number: Int, _ type: StoredType?, shape: [Int], strides: [Int], start: Int) throws(ModelError) -> PickleValue {
        let storage = storages[number]
        let elements: StridedElements
        do throws(TensorFault) {
            elements = try .described(
                type ?? storage.type ?? .uint8, shape: shape, strides: strides, start: start, byteCount: storage.byteCount)
        } catch {
            return try refuse(PickleRefusal(code: error.code, what: error.what, isDamage: true))
        }
        tensors.append(TorchTensorValue(storage: number, elements: elements))
        return try add(.tensor(tensors.count - 1))
    }

    /// Stands for a tensor of a kind that is not read.
    ///
    /// - Parameter what: `a tensor of the type ...`.
    mutating func refuse(_ code: String, _ what: String, hint: String? = nil) throws(ModelError) -> PickleValue {
        try refuse(PickleRefusal(code: "torch.\(code)", what: what, hint: hint, isDamage: false))
    }

    private mutating func refuse(_ refusal: PickleRefusal) throws(ModelError) -> PickleValue {
        refusals.append(refusal)
        return try add(.refused(refusals.count - 1))
    }

    /// The storage of this key, the same each time.
    ///
    /// - Throws: `torch.storage` where it was described differently before.
    mutating func add(_ storage: TorchStorage) throws(ModelError) -> PickleValue {
        if let number = storageNumbers[storage.key] {
            guard storages[number] == storage else {
                throw torchProblem(
                    "storage", "storage \(storage.key.excerpt) is \(storages[number].description) in one place and \(storage.description) in another")
            }
            return try add(.storage(number))
        }
        storages.append(storage)
        storageNumbers[storage.key] = storages.count - 1
        return try add(.storage(storages.count - 1))
    }

    func kind(_ number: Int) -> PickleKind { objects[number].kind }

    mutating func append(_ values: [PickleValue], to number: Int) throws(ModelError) {
        try charge(values.count)
        objects[number].values.append(contentsOf: values)
    }

    /// Arrays are copied where two objects begin with the same values, so each counts.
    private mutating func charge(_ count: Int) throws(ModelError) {
        valueCount += count
        guard valueCount <= Self.valueLimit else { throw torchProblem("pickle-size", "the file has more than \(Self.valueLimit) values") }
    }

    mutating func setState(_ state: PickleValue, of number: Int) {
        objects[number].state = state
    }

    /// The object that `value` is, if it is one.
    func object(_ value: PickleValue) -> PickleObject? {
        if case .object(let number) = value { objects[number] } else { nil }
    }

    /// The elements of a tuple or a list.
    func sequence(_ value: PickleValue) -> [PickleValue]? {
        switch object(value)?.kind {
        case .tuple, .list: object(value)?.values
        default: nil
        }
    }

    /// The keys and values of a dictionary in turn.
    func dictionary(_ value: PickleValue) -> [PickleValue]? {
        guard let object = object(value), case .dictionary = object.kind else { return nil }
        return object.values
    }

    /// The name that `value` refers to.
    func global(_ value: PickleValue) -> PickleGlobal? {
        if case .global(let number) = object(value)?.kind { names[number] } else { nil }
    }

    /// The integers of a tuple or a list of nothing else. There are at most as many as a tensor may have axes, and some more.
    func integers(_ value: PickleValue) -> [Int]? {
        guard let values = sequence(value), values.count <= 100 else { return nil }
        var integers: [Int] = []
        integers.reserveCapacity(values.count)
        for case .integer(let integer) in values { integers.append(integer) }
        return integers.count == values.count ? integers : nil
    }
}
