// Groups of modules that several families have.
extension TorchSketch {
    /// A convolution that keeps the size, with normalisation and an activation: `Conv2dNormActivation` of torchvision.
    mutating func convNormActivation(
        _ x: Value, _ module: String, _ channels: Int, kernel: Int = 3, stride: Int = 1, groups: Int = 1, epsilon: Double = 1e-5,
        _ activation: Activation? = .relu
    ) -> Value {
        var y = conv(x, "\(module).0", channels, kernel: kernel, stride: stride, padding: (kernel - 1) / 2, groups: groups)
        y = batchNorm(y, "\(module).1", epsilon: epsilon)
        if let activation { y = self.activation(y, "\(module).2", activation) }
        return y
    }

    /// Each channel times a factor that follows from the means of all: `SqueezeExcitation` of torchvision.
    mutating func squeezeExcitation(
        _ x: Value, _ module: String, _ squeezed: Int, _ inner: Activation = .relu, gate: Activation = .sigmoid
    ) -> Value {
        var y = adaptiveAveragePool(x, "\(module).avgpool")
        y = activation(conv(y, "\(module).fc1", squeezed, kernel: 1, bias: true), "\(module).activation", inner)
        y = activation(conv(y, "\(module).fc2", x.channels, kernel: 1, bias: true), "\(module).scale_activation", gate)
        return multiply(y, x, module)
    }

    /// The mean of each channel as features.
    mutating func pooledFeatures(_ x: Value, _ module: String = "avgpool") -> Value {
        flatten(adaptiveAveragePool(x, module))
    }

    /// The last layer.
    mutating func classes(_ x: Value, _ module: String, _ count: Int) -> Value {
        classify(by: module)
        return linear(x, module, count)
    }
}
