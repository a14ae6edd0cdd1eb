import ModelCore
import ModelGraph

/// The elements of a dense layer that is applied to one row of features, while the rows of its kernel come one after the other.
///
/// Each sum has the bits that `Dense` gives it: features in ascending order; the bias last, which the caller adds.
extension Reference {
    /// Adds the products of some features with their rows of the kernel.
    /// - Parameters:
    ///   - kernel: as many rows as there are features, each with a number for every sum.
    package static func add(
        _ features: ArraySlice<Float>, times kernel: UnsafeBufferPointer<Float>, to sums: inout [CertifiedSum], threads: Int
    ) {
        addProducts(features, kernel, &sums, threads)
    }

    /// Adds them in Float64.
    package static func add(_ features: ArraySlice<Double>, times kernel: UnsafeBufferPointer<Float>, to sums: inout [Double], threads: Int) {
        addProducts(features, kernel, &sums, threads)
    }

    private static func addProducts<Sum: ProductSum>(
        _ features: ArraySlice<Sum.Input>, _ kernel: UnsafeBufferPointer<Float>, _ sums: inout [Sum], _ threads: Int
    ) {
        let count = sums.count
        guard count > 0, kernel.count == features.count * count else { return }
        nonisolated(unsafe) let kernel = kernel
        sums.withUnsafeMutableBufferPointer { sums in
            nonisolated(unsafe) let sums = sums
            // Some columns at a time, whose sums stay in the nearest cache.
            share((count + columnsAtATime - 1) / columnsAtATime, threads: threads) { blocks in
                for block in blocks {
                    let columns = block * columnsAtATime..<min((block + 1) * columnsAtATime, count)
                    for (row, feature) in features.enumerated() {
                        for column in columns { sums[column].add(feature, times: kernel[row * count + column]) }
                    }
                }
            }
        }
    }

    private static let columnsAtATime = 256
}
