package import ByteIO
internal import ModelCore
internal import Synchronization

extension ZIPReader {
    /// The content of an entry, read when it is asked for. The checksum is looked at before the first byte is given, once for a stored entry; a
    /// deflated one is inflated by each reading.
    package func source(of entry: ZIPEntry) -> ByteSource {
        switch entry.method {
        case .stored:
            let (bytes, check) = (ByteSource(file, entry.dataRange), Check())
            return ByteSource(count: entry.size, readsAnywhere: true) { range, consumer throws(ModelError) in
                try check.once { () throws(ModelError) in _ = try content(of: entry) }
                try bytes.stream(range, consumer)
            } region: { range throws(ModelError) in
                try check.once { () throws(ModelError) in _ = try content(of: entry) }
                return try bytes.region(range)
            }
        case .deflated:
            return ByteSource(count: entry.size, readsAnywhere: false) { range, consumer throws(ModelError) in
                try content(of: entry).withBytes { bytes throws(ModelError) in
                    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.pieceSize) {
                        try consumer(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + Self.pieceSize, range.upperBound)]))
                    }
                }
            } region: { range throws(ModelError) in
                let content = try content(of: entry)
                return ByteRegion(UnsafeRawBufferPointer(rebasing: content.bytes[range]), of: content)
            }
        }
    }

    /// What a consumer is given of inflated content at a time.
    private static let pieceSize = 1 << 22

    private final class Check: Sendable {
        private let isDone = Mutex(false)

        func once(_ body: () throws(ModelError) -> Void) throws(ModelError) {
            guard !isDone.withLock({ $0 }) else { return }
            try body()
            isDone.withLock { $0 = true }
        }
    }
}
