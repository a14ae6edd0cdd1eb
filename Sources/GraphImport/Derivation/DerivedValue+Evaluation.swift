import Foundation
import ModelCore
import ModelGraph
import ReferenceEngine
import Synchronization

extension DerivedValue {
    /// The value and all that it is made of, each after what it reads.
    private var steps: [DerivedValue] {
        var order: [DerivedValue] = []
        var seen: Set<ObjectIdentifier> = []
        // A value is put back below what it reads, and is next when that is done.
        var waiting: [(value: DerivedValue, isReady: Bool)] = [(self, false)]
        while let (value, isReady) = waiting.popLast() {
            if isReady {
                order.append(value)
            } else if seen.insert(ObjectIdentifier(value)).inserted {
                waiting.append((value, true))
                for read in value.step.values { waiting.append((read, false)) }
            }
        }
        return order
    }

    /// The elements, as the reference computes them in Float32, every step once.
    func tensor() throws(ModelError) -> Tensor<Float> {
        let steps = steps
        var readers: [ObjectIdentifier: Int] = [:]
        for step in steps { for read in step.step.values { readers[ObjectIdentifier(read), default: 0] += 1 } }
        var tensors: [ObjectIdentifier: Tensor<Float>] = [:]
        for step in steps {
            let result = try step.evaluated { tensors[ObjectIdentifier($0)] }
            for read in step.step.values {
                readers[ObjectIdentifier(read), default: 1] -= 1
                if readers[ObjectIdentifier(read)] == 0 { tensors[ObjectIdentifier(read)] = nil }
            }
            if step === self { return result }
            tensors[ObjectIdentifier(step)] = result
        }
        throw lost()
    }

    private func lost() -> ModelError { ModelError(Problem("derived.lost", "a step of '\(function)' was not computed", kind: .fault)) }

    private func evaluated(_ known: (DerivedValue) -> Tensor<Float>?) throws(ModelError) -> Tensor<Float> {
        func value(_ read: DerivedValue) throws(ModelError) -> Tensor<Float> {
            guard let tensor = known(read) else { throw lost() }
            return tensor
        }
        switch step {
        case .weight(_, let source): return try source.tensor()
        case .numbers(let tensor): return tensor
        case .reshaped(let read):
            guard let tensor = try value(read).reshaped(shape) else { throw lost() }
            return tensor
        case .stretched(let read):
            let (tensor, places) = (try value(read), StretchedPlaces(from: read.shape, to: shape))
            return Tensor(shape: shape) { tensor.scalars[places[$0]] }
        case .element(let function, let read): return try value(read).map(function.callAsFunction)
        case .runningSum(let read, let axis): return try value(read).runningSums(axis: axis)
        case .picked(let read, let axis, let places):
            var indices: [[Int]] = []
            for (position, place) in places.enumerated() { indices.append(try Self.indices(try value(place), of: read.shape[axis + position])) }
            let (tensor, sizes) = (try value(read), read.shape)
            let inner = sizes[(axis + places.count)...].reduce(1, *)
            let count = indices[0].count
            let block = sizes[axis...].reduce(1, *)
            return Tensor(shape: shape) { position in
                let (outer, rest) = position.quotientAndRemainder(dividingBy: count * inner)
                let (place, offset) = rest.quotientAndRemainder(dividingBy: inner)
                let picked = places.indices.reduce(0) { $0 * sizes[axis + $1] + indices[$1][place] }
                return tensor.scalars[outer * block + picked * inner + offset]
            }
        case .operation(let operation, let inputs, let weights):
            var tensors: [Tensor<Float>] = []
            for input in inputs { tensors.append(try value(input)) }
            var values: [String: ReferenceWeight] = [:]
            for (role, weight) in weights { values[role] = ReferenceWeight(values: try value(weight.value), layout: weight.layout) }
            return try Reference.evaluate(
                operation, inputs: tensors, weights: values, threads: ProcessInfo.processInfo.activeProcessorCount)
        }
    }

    /// Places along an axis, counted from the start or from the end.
    static func indices(_ tensor: Tensor<Float>, of size: Int) throws(ModelError) -> [Int] {
        var indices: [Int] = []
        for number in tensor.scalars {
            guard let index = Int(exactly: number), index >= -size, index < size else {
                throw ModelError(Problem("derived.index", "element \(number) is taken of \(size)"))
            }
            indices.append(index < 0 ? index + size : index)
        }
        return indices
    }

    /// The value as a weight that is computed when it is read, and kept if it is small.
    func source(origin: String) -> WeightSource {
        let memory = Memory()
        var source = WeightSource(dtype: .float32, shape: shape, origin: origin) { consumer throws(ModelError) in
            let tensor = try memory.tensor(of: self)
            try WeightSource(tensor, origin: origin).stream(consumer)
        }
        source.derivation = WeightDerivation(from: tensorNames, by: functions)
        return source
    }

    /// The tensors of the file that it is made of, in the order in which they are read.
    private var tensorNames: [String] {
        var names: [String] = []
        for case .weight(let name, let source) in steps.map(\.step) {
            for name in source.derivation?.from ?? [name] where !name.isEmpty && !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// The functions that make it, without those that follow the same one.
    private var functions: [String] {
        var names: [String] = []
        for step in steps where !step.function.isEmpty && step.function != names.last { names.append(step.function) }
        return names
    }

    /// Keeps a small result, for a weight is read several times.
    private final class Memory: Sendable {
        private let kept = Mutex<Tensor<Float>?>(nil)
        private static let limit = 1 << 20

        func tensor(of value: DerivedValue) throws(ModelError) -> Tensor<Float> {
            if let tensor = kept.withLock(\.self) { return tensor }
            let tensor = try value.tensor()
            if tensor.scalars.count <= Self.limit { kept.withLock { $0 = tensor } }
            return tensor
        }
    }
}

extension Tensor<Float> {
    /// PyTorch adds in Float64 and rounds each sum.
    fileprivate func runningSums(axis: Int) -> Tensor<Float> {
        let inner = shape[(axis + 1)...].reduce(1, *)
        var sums: [Double] = []
        sums.reserveCapacity(scalars.count)
        for (position, element) in scalars.enumerated() {
            let isFirst = position / inner % shape[axis] == 0
            sums.append(Double(element) + (isFirst ? 0 : sums[position - inner]))
        }
        return Tensor(shape: shape) { Float(sums[$0]) }
    }
}

/// Where each element of a stretched array comes from.
private struct StretchedPlaces {
    private let sizes: [Int]
    private let strides: [Int]

    init(from shape: [Int], to sizes: [Int]) {
        let missing = sizes.count - shape.count
        let own = RowMajor.strides(shape)
        self.sizes = sizes
        strides = sizes.indices.map { $0 < missing || shape[$0 - missing] == 1 ? 0 : own[$0 - missing] }
    }

    subscript(position: Int) -> Int {
        var (rest, place) = (position, 0)
        for axis in sizes.indices.reversed() {
            let (quotient, index) = rest.quotientAndRemainder(dividingBy: sizes[axis])
            place += index * strides[axis]
            rest = quotient
        }
        return place
    }
}

extension ElementFunction {
    func callAsFunction(_ x: Float) -> Float {
        switch self {
        case .sine: Foundation.sin(x)
        case .cosine: Foundation.cos(x)
        case .floor: x.rounded(.down)
        case .truncation: x.rounded(.towardZero)
        case .power(let base): Foundation.pow(base, x)
        case .truth: x == 0 ? 0 : 1
        case .negation: x == 0 ? 1 : 0
        }
    }
}
