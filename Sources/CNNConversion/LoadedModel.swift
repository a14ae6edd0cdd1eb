import ByteIO
package import CNNMFormat
import GraphImport
package import KerasFormat
import LayoutConversion
package import ModelCore
package import ModelGraph

/// A model that has been opened, in whatever format.
package struct LoadedModel: Sendable {
    package let path: String
    package let byteCount: Int
    package let content: Content

    package enum Content: Sendable {
        case cnnm(CNNMFile)
        case keras(KerasModel)
    }

    /// Opens a file of any supported format; no weight is read.
    /// - Throws: `file.*`, `format.*`, and what the format's reader throws.
    package init(path: String) throws(ModelError) {
        let file = try MappedFile(path: path)
        self.path = path
        byteCount = file.size
        do throws(ModelError) {
            switch try SourceFormat.detect(file) {
            case .cnnm: content = .cnnm(try CNNMFile(file))
            case .kerasHDF5: content = .keras(try KerasFile.read(path: path))
            }
        } catch {
            throw error.locating(file: path)
        }
    }

    /// The network in the engine's layout.
    /// - Throws: every layer that stands in the way, and what imports throw.
    package func graph() throws(ModelError) -> Graph {
        do throws(ModelError) {
            switch content {
            case .cnnm(let file): return file.document.graph
            case .keras(let model): return try LayoutConversion.channelsLast(try KerasImporter.graph(from: model))
            }
        } catch {
            throw error.locating(file: path)
        }
    }

    /// What the file is: `Keras 2.15.0 (tensorflow), HDF5`.
    package var formatName: String {
        switch content {
        case .cnnm: "cnnm"
        case .keras(let model): model.framework + ", HDF5"
        }
    }
}
