package import ByteIO
package import ModelCore

/// What the header says of one tensor.
package struct TensorEntry: Sendable, Hashable {
    package var name: String
    package var dtype: DType
    package var shape: [Int]
    package var layout: KernelLayout
    /// The first byte, counted from the beginning of the file.
    package var offset: Int
    /// Bytes.
    package var length: Int
    package var digest: Digest256
    /// What it was made of, if the source does not hold it as it is.
    package var derivation: WeightDerivation? = nil

    /// The bytes in the file. `offset + length` must be within `Int`, which readers check before they make one.
    package var range: Range<Int> { offset..<offset + length }
}
