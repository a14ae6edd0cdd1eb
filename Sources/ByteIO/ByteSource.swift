package import ModelCore

/// Bytes that are read when they are asked for.
package struct ByteSource: Sendable {
    package typealias Consumer = (UnsafeRawBufferPointer) throws(ModelError) -> Void

    package let count: Int
    /// Whether it takes little to read a few bytes anywhere.
    package let readsAnywhere: Bool
    private let readPieces: @Sendable (Range<Int>, Consumer) throws(ModelError) -> Void
    private let readInPlace: @Sendable (Range<Int>) throws(ModelError) -> ByteRegion

    /// - Parameters:
    ///   - stream: calls its second argument with consecutive pieces of a range of the bytes, each but the last of a multiple of 8.
    ///   - region: gives a range of the bytes in one piece.
    package init(
        count: Int, readsAnywhere: Bool, stream: @escaping @Sendable (Range<Int>, Consumer) throws(ModelError) -> Void,
        region: @escaping @Sendable (Range<Int>) throws(ModelError) -> ByteRegion
    ) {
        self.count = count
        self.readsAnywhere = readsAnywhere
        readPieces = stream
        readInPlace = region
    }

    /// A part of a file.
    package init(_ file: MappedFile, _ range: Range<Int>) {
        let start = range.lowerBound
        self.init(count: range.count, readsAnywhere: true) { part, consumer throws(ModelError) in
            try file.stream(start + part.lowerBound..<start + part.upperBound, consumer)
        } region: { part throws(ModelError) in
            file.region(start + part.lowerBound..<start + part.upperBound)
        }
    }

    /// - Parameter range: within `0..<count`, as everywhere.
    package func stream(_ range: Range<Int>, _ consumer: Consumer) throws(ModelError) {
        try readPieces(range, consumer)
    }

    package func region(_ range: Range<Int>) throws(ModelError) -> ByteRegion {
        try readInPlace(range)
    }

    package func part(_ range: Range<Int>) -> ByteSource {
        let (whole, start) = (self, range.lowerBound)
        return ByteSource(count: range.count, readsAnywhere: readsAnywhere) { part, consumer throws(ModelError) in
            try whole.stream(start + part.lowerBound..<start + part.upperBound, consumer)
        } region: { part throws(ModelError) in
            try whole.region(start + part.lowerBound..<start + part.upperBound)
        }
    }
}
