/// Which versions of Keras are to read the result.
package enum KerasTarget: Sendable, Hashable {
    /// Keras 2 and Keras 3, from one file: `.h5`.
    ///
    /// What the two understand differently is put in terms that they share: `hard_sigmoid` becomes Rescaling and ReLU, and a nested model becomes
    /// its layers, for Keras 2 counts the calls of one from 1 and Keras 3 from 0.
    case everyVersion
    /// Keras 3: `.keras` and `.weights.h5`.
    case keras3
}
