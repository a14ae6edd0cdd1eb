package import ByteIO
package import ModelCore
internal import ModelGraph

extension CNNMDocument {
    /// What a header alone says: the JSON of a `.cnnm` without the tensors, whose elements cannot be read.
    ///
    /// - Throws: `cnnm.header-length`, `json.*`, and what `CNNMFile` throws for a header that breaks the rules.
    package init(header file: MappedFile) throws(ModelError) {
        do throws(ModelError) {
            guard file.size <= FormatLimits.header else {
                throw ModelError(Problem("cnnm.header-length", "the header has \(file.size) bytes, \(FormatLimits.header) are allowed"))
            }
            var header = try HeaderDecoder.decode(try file.withBytes { bytes throws(ModelError) in try JSON.parse(bytes) })
            _ = try header.addWeights { entry in
                WeightSource(dtype: entry.dtype, shape: entry.shape, origin: "tensor '\(entry.name)'") { _, _ throws(ModelError) in
                    throw ModelError(Problem("cnnm.header-alone", "a header alone does not have the elements of '\(entry.name)'"))
                }
            }
            _ = try header.inferShapes()
            self = header.document
        } catch {
            throw error.locating(file: file.path)
        }
    }
}
