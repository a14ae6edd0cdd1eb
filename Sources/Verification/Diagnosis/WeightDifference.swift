package import ModelCore
package import ModelGraph

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// How two weights of one shape differ, element by element.
package struct WeightDifference: Sendable, Hashable {
    /// How many elements differ, of how many.
    package private(set) var count = 0
    package let total: Int
    /// The first that differs.
    package private(set) var first: Element?
    /// The largest difference.
    package private(set) var largest = 0.0
    /// The largest difference in units in the last place of what was expected; infinite where one is no number.
    package private(set) var ulps = 0.0
    /// Whether what was found is 0 throughout.
    package private(set) var isZero = true
    /// The one factor by which everything was multiplied, where there is one.
    package var factor: Double? { isScaled && abs((ratio ?? 1) - 1) > 0x1p-20 ? ratio : nil }

    private var ratio: Double?
    private var isScaled = true

    package struct Element: Sendable, Hashable {
        package let position: Int
        package let found: Float
        package let expected: Float
    }

    /// - Returns: `nil` for weights of other shapes.
    package init?(_ found: WeightSource, _ expected: WeightSource) throws(ModelError) {
        guard found.shape == expected.shape else { return nil }
        total = found.count
        for start in stride(from: 0, to: total, by: WeightSource.partLength) {
            let elements = start..<min(start + WeightSource.partLength, total)
            let left = try found.part(elements)
            let right = try expected.part(elements)
            for (offset, pair) in zip(left, right).enumerated() { add(pair.0, pair.1, at: start + offset) }
        }
    }

    private mutating func add(_ found: Float, _ expected: Float, at position: Int) {
        if found != 0 { isZero = false }
        scale(found, expected)
        guard found.bitPattern != expected.bitPattern else { return }
        count += 1
        if first == nil { first = Element(position: position, found: found, expected: expected) }
        let difference = abs(Double(found) - Double(expected))
        if difference > largest { largest = difference }
        let distance = UnitsInLastPlace.between(found, Double(expected))
        if distance > ulps { ulps = distance }
    }

    private mutating func scale(_ found: Float, _ expected: Float) {
        guard isScaled, found != 0 || expected != 0 else { return }
        guard expected != 0, found.isFinite, expected.isFinite else {
            isScaled = false
            return
        }
        let quotient = Double(found) / Double(expected)
        guard let ratio else {
            self.ratio = quotient
            return
        }
        // A product rounds once, and so did the first, which gave the factor.
        isScaled = abs(Double(found) - ratio * Double(expected)) <= 0x1p-23 * abs(Double(found)) + 0x1p-149
    }
}

extension WeightSource {
    /// How many elements are looked at together: about a block of a view, which would be read once for each part of it.
    static let partLength = 1 << 22

    /// Some elements as `Float`.
    func part(_ elements: Range<Int>) throws(ModelError) -> [Float] {
        try slice(elements).tensor().scalars
    }

    /// These elements as a weight of one axis.
    private func slice(_ elements: Range<Int>) -> WeightSource {
        let base = self
        return WeightSource(dtype: dtype, shape: [elements.count], origin: origin) { part, consumer throws(ModelError) in
            try base.stream(elements.lowerBound + part.lowerBound..<elements.lowerBound + part.upperBound, consumer)
        }
    }

    /// Whether another weight has the same type, shape and bits. Nothing is read past the part in which the first difference lies.
    package func hasBits(of other: WeightSource) throws(ModelError) -> Bool {
        guard dtype == other.dtype, shape == other.shape else { return false }
        // Weights that differ mostly do so soon, and little of a rearrangement takes little to read.
        var end = min(Self.probeLength, count)
        guard try hasBits(of: other, 0..<end) else { return false }
        while end < count {
            let start = end
            end = min(start + Self.partLength, count)
            guard try hasBits(of: other, start..<end) else { return false }
        }
        return true
    }

    private static let probeLength = 1 << 10

    private func hasBits(of other: WeightSource, _ elements: Range<Int>) throws(ModelError) -> Bool {
        var expected: [UInt8] = []
        expected.reserveCapacity(elements.count * dtype.byteCount)
        try other.stream(elements) { piece in expected.append(contentsOf: piece) }
        var (start, isEqual) = (0, expected.count == elements.count * dtype.byteCount)
        try stream(elements) { piece in
            guard isEqual, piece.count <= expected.count - start else {
                isEqual = false
                return
            }
            isEqual = expected[start..<start + piece.count].withUnsafeBytes { Self.areEqual($0, piece) }
            start += piece.count
        }
        return isEqual && start == expected.count
    }

    /// Whether another weight may have the same elements in another order: where not, no order need be tried.
    func mayBeRearrangement(of other: WeightSource) throws(ModelError) -> Bool {
        guard dtype == other.dtype, count == other.count else { return false }
        return try elementDigest() == other.elementDigest()
    }

    /// A digest of the elements that does not depend on their order.
    private func elementDigest() throws(ModelError) -> UInt64 {
        var digest: UInt64 = 0
        try streamFloats(1 << 18) { elements in
            for element in elements {
                var stream = RandomStream(seed: UInt64(element.bitPattern))
                digest &+= stream.next()
            }
        }
        return digest
    }

    private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard let a = left.baseAddress, let b = right.baseAddress else { return left.count == right.count }
        return left.count == right.count && memcmp(a, b, left.count) == 0
    }
}

extension Weight {
    /// Whether another weight has the same layout, type, shape and bits.
    package func hasBits(of other: Weight) throws(ModelError) -> Bool {
        guard layout == other.layout else { return false }
        return try source.hasBits(of: other.source)
    }
}
