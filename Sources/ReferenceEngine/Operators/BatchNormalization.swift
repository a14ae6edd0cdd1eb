import ModelCore
import ModelGraph

/// `gamma * (x - mean) / sqrt(variance + epsilon) + beta`, one operation after the other from the left.
extension BatchNormalization: ReferenceOperator {
    func elements<Scalar: ReferenceScalar>(_ operands: Operands<Scalar>) throws(ModelError) -> @Sendable (Int) -> Scalar {
        let input = operands.input.scalars
        let mean = try operands.required("mean")
        let variance = try operands.required("variance")
        let gamma = operands.vector("gamma")
        let beta = operands.vector("beta")
        let channels = ArrayAxis(axis, of: operands.input.shape)
        let epsilon = Scalar.constant(self.epsilon)
        return { position in
            let channel = channels.index(of: position)
            let centred = input[position] - mean[channel]
            let scaled = (gamma.map { $0[channel] * centred } ?? centred) / .sqrt(variance[channel] + epsilon)
            return beta.map { scaled + $0[channel] } ?? scaled
        }
    }
}
