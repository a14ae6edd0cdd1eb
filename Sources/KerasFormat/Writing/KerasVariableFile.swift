package import ByteIO
internal import HDF5
package import ModelCore

/// The `.weights.h5` file that `model.save_weights("x.weights.h5")` of Keras 3 makes, also the part of a `.keras` archive.
package enum KerasVariableFile {
    /// Writes the variables, in pieces as they come.
    ///
    /// - Parameter output: a file to which nothing has been written.
    /// - Returns: the output, complete and not committed.
    /// - Throws: `hdf5.name`, what sources throw, `output.write-failed`.
    package static func write(
        _ groups: [KerasVariableGroup], to output: consuming AtomicOutput, progress: ((Int) -> Void)? = nil
    ) throws(ModelError) -> AtomicOutput {
        var writer = try HDF5Writer(output)
        var count = 0
        for group in groups {
            try writer.setAttribute("name", of: group.varsPath, .text(group.name))
            for (index, weight) in group.weights.enumerated() {
                try writer.addDataset(group.path(ofVariable: index), weight.source)
                count += weight.source.byteCount
                progress?(count)
            }
        }
        return try writer.finish()
    }
}
