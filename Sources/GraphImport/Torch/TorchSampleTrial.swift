import ModelCore
import ModelGraph

// Weights that code makes for as many samples as there are, as `torch.zeros(x.shape[0], 8, 8)` and `token.expand(x.shape[0], -1, -1)`: a call about
// such is followed for one sample and for several, and what an input meets must be the same for every sample.
extension TorchFlow {
    /// No size that is cut off or counted besides is by chance so many times as large.
    private static var several: Int { 7 }

    /// Whether the current call on weights alone names the number of samples.
    var countsSamples: Bool {
        call.arguments.values.flatMap(\.valueNames).contains { name in
            switch values[name] {
            case .samples: true
            case .weight(let key): weights[key]?.forSeveral != nil
            default: false
            }
        }
    }

    mutating func loweredForSamples(_ function: TorchFunction) throws(ModelError) -> [TorchValue] {
        let several = try trial(function, samples: Self.several)
        let one = try trial(function, samples: 1)
        guard one.count == several.count else { throw samples() }
        var results: [TorchValue] = []
        for (position, (first, other)) in zip(one, several).enumerated() {
            switch (first, other) {
            case (.weight(var weight), .weight(let whole)):
                weight.forSeveral = try value(of: whole)
                results.append(keep(weight, as: call.outputs.indices.contains(position) ? call.outputs[position] : "\(name) \(position)"))
            case (.other(.integer(let count)), .other(.integer(let all))):
                if count == all {
                    results.append(.integer(count))
                } else if count.multiplied(by: Self.several) == all {
                    results.append(.samples(count))
                } else {
                    throw unsupported("computes a size that cannot be known")
                }
            case (.other(let value), .other(let same)) where value == same: results.append(value)
            default: throw samples()
            }
        }
        return results
    }

    private enum Trial {
        case weight(TorchWeight)
        case other(TorchValue)
    }

    /// The results of the current call for so many samples.
    private mutating func trial(_ function: TorchFunction, samples: Int) throws(ModelError) -> [Trial] {
        var added: [String: TorchValue] = [:]
        func placeholder(_ name: String) -> String { "\(name)/\(samples)" }
        for name in call.arguments.values.flatMap(\.valueNames) {
            switch values[name] {
            case .samples(let factor)?:
                guard let count = factor.multiplied(by: samples) else { throw unsupported("computes a size that cannot be known") }
                added[placeholder(name)] = .integer(count)
            case .weight(let key)?:
                guard let weight = weights[key], let whole = weight.forSeveral else { continue }
                var part = samples == 1 ? weight : TorchWeight(name: weight.name, derived: whole)
                part.forSeveral = nil
                added[placeholder(name)] = keep(part, as: placeholder(name))
            default: continue
            }
        }
        derived = [:]
        let arguments = call.arguments.mapValues { $0.renamingValues { added[placeholder($0)] == nil ? $0 : placeholder($0) } }
        return kept(try lower(function, with: arguments, added)).map { result in
            guard case .weight(let key) = result, let weight = weights[key] else { return .other(result) }
            return .weight(weight)
        }
    }

    /// The first of as many equal parts as the program was recorded with samples, `torch.zeros(2, 8)` of a program for two; `nil` where the parts differ.
    func oneSample(of value: DerivedValue) throws(ModelError) -> DerivedValue? {
        guard let batch = recordedBatch, batch > 1, value.shape.first == batch else { return nil }
        let bits = try value.tensor().scalars.map(\.bitPattern)
        let size = bits.count / batch
        guard (1..<batch).allSatisfy({ bits[$0 * size..<($0 + 1) * size].elementsEqual(bits.prefix(size)) }) else { return nil }
        let none = value.shape.map { _ in 0 }
        return try DerivedValue(Crop(before: none, after: [batch - 1] + none.dropFirst()).erased, [value], by: call.function)
    }

    /// - Throws: `torch.samples` where the current call, which depends on an input, reads a weight that is not the same for every sample.
    mutating func requireSameForAllSamples() throws(ModelError) {
        for name in call.arguments.values.flatMap(\.valueNames) {
            guard case .weight(let key)? = values[name], let weight = weights[key], let whole = weight.forSeveral else { continue }
            let (one, several) = (try weight.source.tensor(), try whole.tensor())
            let isSame = one == several
            let isRepeated =
                one.shape.first == 1 && several.shape == [Self.several] + one.shape.dropFirst()
                && several.scalars == Array(repeating: one.scalars, count: Self.several).flatMap(\.self)
            guard isSame || isRepeated else { throw samples() }
            weights[key]?.forSeveral = nil
        }
    }
}
