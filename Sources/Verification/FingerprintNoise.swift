import ModelCore
import ModelGraph
import ReferenceEngine

/// What nodes read and which of their elements are looked at when they are tried alone: as `spec/cnnm.md` says it under `fingerprints`.
///
/// Every value has a stream of its own, which begins with its name: a node that reads another value, or two in another order, reads other numbers.
struct FingerprintNoise: Sendable {
    private let stream: RandomStream
    private let kind: Kind

    /// What a node reads as the value `name`.
    init(_ name: String, for node: Node, rows: Int?, seed: Int) {
        stream = Self.stream(name, seed: seed)
        kind = Kind(node.operation, rows: rows)
    }

    /// SplitMix64 from the FNV-1a hash (Fowler, Noll and Vo, 64 bits) of the name's bytes.
    static func stream(_ name: String, seed: Int) -> RandomStream {
        RandomStream(seed: RandomStream.hash(name) &+ UInt64(bitPattern: Int64(seed)))
    }

    /// All of it.
    func value(shape: [Int], threads: Int) -> Tensor<Double>? {
        let count = shape.reduce(1, *)
        let scalars = [Double](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            nonisolated(unsafe) let numbers = buffer
            Reference.share(count, threads: threads) { part in
                var stream = stream.dropping(part.lowerBound)
                for position in part { numbers[position] = kind.number(stream.next()) }
            }
            initializedCount = count
        }
        return Tensor(shape: shape, scalars: scalars)
    }

    /// A selection of it.
    func value(_ selection: Selection) -> Tensor<Double>? {
        Tensor(shape: selection.shape, scalars: (0..<selection.count).map { kind.number(stream.word(at: selection.position(of: $0))) })
    }

    private enum Kind {
        /// Multiples of 2^-20 from -8 on and below 8, so that what is clipped at 6 is clipped.
        case signed
        /// The same without its sign, and never 0, for functions that negative numbers have none of.
        case positive
        /// The rows of a table by number.
        case index(rows: Int)

        init(_ operation: Operator, rows: Int?) {
            switch operation {
            case .embedding: self = .index(rows: max(rows ?? 1, 1))
            case .activation(let activation):
                switch activation.function {
                case .squareRoot, .logarithm, .power: self = .positive
                default: self = .signed
                }
            default: self = .signed
            }
        }

        func number(_ word: UInt64) -> Double {
            switch self {
            case .index(let rows): return Double(word % UInt64(rows))
            case .signed: return Double(Int64(bitPattern: word) >> 40) * 0x1p-20
            case .positive: return Double(abs(Int64(bitPattern: word) >> 40) + 1) * 0x1p-20
            }
        }
    }
}

/// One element of an output that is looked at, and whether it is added or subtracted.
struct FingerprintSample: Sendable {
    let position: Int
    let isNegative: Bool

    /// Samples in an output of this shape: for every index of its last axis, and 256 at least, each from a part of the output of its own.
    static func all(of shape: [Int], inputCount: Int, stream: RandomStream) -> [FingerprintSample] {
        var random = stream
        let count = shape.reduce(1, *)
        // Each element of a node of very many inputs may read all of them.
        let most = max(16, (1 << 18) / max(inputCount, 1))
        let last = shape.last ?? 1
        let lanes = last <= most ? last : 1
        let rows = count / lanes
        let strata = min(rows, most / lanes, (256 + lanes - 1) / lanes)
        var samples: [FingerprintSample] = []
        samples.reserveCapacity(strata * lanes)
        for stratum in 0..<strata {
            let range = stratum * rows / strata..<(stratum + 1) * rows / strata
            for lane in 0..<lanes {
                let word = random.next()
                let row = range.lowerBound + Int((word >> 1) % UInt64(range.count))
                samples.append(FingerprintSample(position: row * lanes + lane, isNegative: word & 1 == 1))
            }
        }
        return samples
    }
}
