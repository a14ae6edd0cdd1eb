import ModelCore

/// What others do: `numpy.allclose` of all outputs, with one number for both tolerances.
enum AllClose {
    static let tolerances = [1e-2, 1e-3, 1e-4, 1e-5]

    static func holds(_ found: [Tensor<Float>], _ expected: [Tensor<Float>], tolerance: Double) -> Bool {
        found.count == expected.count && zip(found, expected).allSatisfy { holds($0, $1, tolerance) }
    }

    private static func holds(_ found: Tensor<Float>, _ expected: Tensor<Float>, _ tolerance: Double) -> Bool {
        guard found.shape == expected.shape else { return false }
        return zip(found.scalars, expected.scalars).allSatisfy { a, b in
            // Infinities of one sign are equal; NaN is close to nothing.
            a == b || abs(Double(a) - Double(b)) <= tolerance + tolerance * abs(Double(b)) && b.isFinite
        }
    }
}
