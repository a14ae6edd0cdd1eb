package import ByteIO
package import ModelGraph

/// Everything that a `.cnnm` file holds: a network, and what is known about it.
package struct CNNMDocument: Sendable {
    package var graph: Graph
    package var producer: Producer
    /// The model that was converted.
    package var source: Source?
    package var preprocessing: [Preprocessing]
    /// The class behind each element of the first output's channel axis.
    package var labels: [String]
    /// Recorded results by which a reader tests itself.
    package var fingerprints: Fingerprints?
    /// Anything else, by name.
    package var metadata: [String: String]

    package init(
        _ graph: Graph, producer: Producer, source: Source? = nil, preprocessing: [Preprocessing] = [], labels: [String] = [],
        fingerprints: Fingerprints? = nil, metadata: [String: String] = [:]
    ) {
        self.graph = graph
        self.producer = producer
        self.source = source
        self.preprocessing = preprocessing
        self.labels = labels
        self.fingerprints = fingerprints
        self.metadata = metadata
    }
}

extension CNNMDocument {
    /// The program that writes a file.
    package struct Producer: Sendable, Hashable {
        package var name: String
        package var version: String

        package init(name: String, version: String) {
            self.name = name
            self.version = version
        }
    }

    /// The model that a file was converted from.
    package struct Source: Sendable, Hashable {
        package var framework: String
        /// The framework's version.
        package var version: String?
        /// The name of the file, without folders.
        package var file: String?
        /// The digest of that file.
        package var digest: Digest256?

        package init(framework: String, version: String? = nil, file: String? = nil, digest: Digest256? = nil) {
            self.framework = framework
            self.version = version
            self.file = file
            self.digest = digest
        }
    }

    /// How pixels, 0 to 255, become one input: element c is `pixel[c] * scale[c] + offset[c]`.
    package struct Preprocessing: Sendable, Hashable {
        /// The name of the input.
        package var input: String
        /// The order of a pixel's channels: `rgb`, `bgr`, `gray`.
        package var channelOrder: String
        /// One for all channels, or one for each.
        package var scale: [Double]
        package var offset: [Double]

        package init(input: String, channelOrder: String, scale: [Double], offset: [Double]) {
            self.input = input
            self.channelOrder = channelOrder
            self.scale = scale
            self.offset = offset
        }
    }
}
