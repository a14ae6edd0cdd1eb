import ModelCore
import Verification

/// Numbers of wildly varying magnitudes.
struct Numbers {
    var random: RandomStream

    /// How the elements of one array relate to each other.
    private enum Style: CaseIterable {
        case noise, magnitudes, cancelling, tiny, small
    }

    /// Any number whose magnitude is from 2^-exponent to 2^exponent.
    mutating func number(exponent: Int) -> Float {
        let mantissa = Float(bitPattern: 0x3F80_0000 | UInt32(truncatingIfNeeded: random.next() >> 41))
        let scaled = Float(sign: .plus, exponent: random.within(-exponent...exponent), significand: mantissa)
        return random.chance(2) ? scaled : -scaled
    }

    mutating func array(_ shape: [Int]) -> Tensor<Float> {
        let count = shape.reduce(1, *)
        let style = random.choice(Style.allCases) ?? .noise
        // Now and then beyond what squares of Float32 can hold.
        let exponent = random.chance(40) ? 100 : random.choice([2, 10, 30]) ?? 2
        let large = number(exponent: exponent)
        var scalars: [Float] = []
        for position in 0..<count {
            switch style {
            case .noise: scalars.append(random.nextFloat())
            case .magnitudes: scalars.append(number(exponent: exponent))
            case .cancelling: scalars.append((position % 2 == 0 ? large : -large) + number(exponent: 1))
            case .tiny: scalars.append(random.chance(3) ? number(exponent: 3) * 0x1p-130 : number(exponent: 3) * 0x1p-120)
            case .small: scalars.append(Float(random.within(-3...3)))
            }
        }
        if random.chance(8), count > 0 { scalars[random.below(count)] = number(exponent: 10) * 0x1p-140 }
        return Tensor(shape: shape, filledWith: scalars)
    }

    /// As `array`, none below 0.
    mutating func positive(_ shape: [Int]) -> Tensor<Float> { array(shape).map(abs) }

    /// As functions of one number see them: mostly where something happens.
    mutating func arguments(_ shape: [Int]) -> Tensor<Float> {
        if random.chance(2) { return array(shape) }
        let range = random.choice([1, 4, 20, 100] as [Float]) ?? 1
        return Tensor(shape: shape) { _ in random.nextFloat() * range }
    }

    mutating func sizes(_ count: Int, _ range: ClosedRange<Int>) -> [Int] { (0..<count).map { _ in random.within(range) } }
}

extension Tensor<Float> {
    /// These elements under a shape that has as many.
    init(shape: [Int], filledWith scalars: [Float]) {
        self = Tensor(shape: shape, scalars: scalars) ?? Tensor(repeating: 0, shape: shape)
    }
}
