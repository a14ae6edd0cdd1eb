extension WeightSource {
    /// The same numbers as Float32, which holds every number of 16 bits; weights of other types as they are.
    package var widened: WeightSource {
        guard dtype == .float16 || dtype == .bfloat16 else { return self }
        let base = self
        return WeightSource(
            dtype: .float32, shape: shape, origin: origin, readsAnywhere: readsAnywhere, rearranged: { base.view($0).widened }
        ) { elements, consumer throws(ModelError) in
            try base.stream(elements) { piece throws(ModelError) in
                let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: piece.count / base.dtype.byteCount)
                defer { values.deallocate() }
                guard let first = values.baseAddress else { return }
                base.dtype.convert(piece, to: first)
                try consumer(UnsafeRawBufferPointer(values))
            }
        }
    }
}
