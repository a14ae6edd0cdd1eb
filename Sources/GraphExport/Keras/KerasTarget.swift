/// Which versions of Keras are to read the result.
package enum KerasTarget: Sendable, Hashable {
    /// Keras 2 and Keras 3, from one file: `.h5`.
    ///
    /// Layers alone: Keras 2 has no operations of `keras.ops`. What the two understand differently is put in terms that they share: `hard_sigmoid` becomes Rescaling and ReLU, and a nested model becomes
    /// its layers, for Keras 2 counts the calls of one from 1 and Keras 3 from 0.
    case everyVersion
    /// Keras 3: `.keras`, `.weights.h5`, and `.h5` where Keras 2 cannot have the network.
    case keras3
}
