import ByteIO
import ModelCore
import ModelGraph

// Parts of a tensor.
extension KerasOperation {
    static let parts: [String: Steps] = [
        "GetItem": getItem, "StridedSlice": stridedSliceSteps, "SliceOfSize": slice, "Split": split, "SplitSizes": splitSizes, "Unstack": unstack,
        "Take": take,
    ]

    private static var getItem: Steps {
        { layer, shapes throws(ModelError) in
            try KerasSlice(key: layer.config["key"] ?? .null, layer: layer).steps(shapes.first ?? Shape([]))
        }
    }

    private static var stridedSliceSteps: Steps {
        { layer, shapes throws(ModelError) in try stridedSlice(layer).steps(shapes.first ?? Shape([])) }
    }

    static func stridedSlice(_ layer: KerasLayer) throws(ModelError) -> KerasSlice {
        let (begin, end) = (try integers(layer, "begin") ?? [], try integers(layer, "end") ?? [])
        let steps = try integers(layer, "steps") ?? begin.map { _ in 1 }
        func mask(_ key: String) throws(ModelError) -> Int { try layer.integer(key, default: 0) }
        let masks = (
            begin: try mask("begin_mask"), end: try mask("end_mask"), rest: try mask("ellipsis_mask"), new: try mask("new_axis_mask"),
            element: try mask("shrink_axis_mask")
        )
        return try KerasSlice(begin: begin, end: end, steps: steps, masks: masks, layer: layer)
    }

    /// So many elements of each axis; -1 stands for all that are left.
    private static var slice: Steps {
        { layer, shapes throws(ModelError) in
            let (begin, sizes) = (try integers(layer, "begin") ?? [], try integers(layer, "size") ?? [])
            guard begin.count == sizes.count, begin.count == shapes.first?.rank else {
                throw layer.problem("keras.unsupported-call", "has \(begin.count) beginnings and \(sizes.count) sizes")
            }
            var places: [KerasSlice.Place] = []
            for (start, size) in zip(begin, sizes) {
                guard start >= 0, size >= -1, let end = start.adding(size) else {
                    throw layer.problem("keras.unsupported-call", "takes \(size) elements from \(start) on")
                }
                places.append(.range(start: start, stop: size == -1 ? nil : end, step: 1))
            }
            return try KerasSlice(places: places, layer: layer).steps(shapes.first ?? Shape([]))
        }
    }

    private static let partLimit = 4096

    /// The size of the axis that is taken apart.
    private static func sizeOfAxis(_ layer: KerasLayer, _ shapes: [Shape]) throws(ModelError) -> (axis: Int, size: Int) {
        let shape = shapes.first ?? Shape([])
        let axis = try axis(layer, "axis", default: 0, rank: shape.rank)
        guard let size = shape[axis] else { throw layer.problem("keras.unsupported-call", "takes an axis of unknown size apart", key: "axis") }
        return (axis, size)
    }

    /// As many parts of one size as Keras 3 is told, or those between places.
    private static var split: Steps {
        { layer, shapes throws(ModelError) in
            let (axis, size) = try sizeOfAxis(layer, shapes)
            if let count = layer.config["indices_or_sections"]?.integer { return try equalParts(layer, shapes, axis, size, count) }
            return try parts(layer, shapes, axis, ends: (try integers(layer, "indices_or_sections") ?? []) + [size], of: size)
        }
    }

    /// As many parts of one size as TensorFlow is told, or parts of these sizes, of which one may be open.
    private static var splitSizes: Steps {
        { layer, shapes throws(ModelError) in
            let (axis, size) = try sizeOfAxis(layer, shapes)
            if let count = layer.config["indices_or_sections"]?.integer { return try equalParts(layer, shapes, axis, size, count) }
            let given = try integers(layer, "indices_or_sections") ?? []
            guard given.allSatisfy({ $0 >= -1 && $0 <= size }), given.count(where: { $0 == -1 }) <= 1, given.count <= partLimit else {
                throw layer.problem("keras.unsupported-call", "splits \(size) elements into \(given)")
            }
            let rest = size - given.filter { $0 != -1 }.reduce(0, +)
            var place = 0
            let ends = given.map { length in
                place += length == -1 ? rest : length
                return place
            }
            return try parts(layer, shapes, axis, ends: ends, of: size)
        }
    }

    private static func equalParts(
        _ layer: KerasLayer, _ shapes: [Shape], _ axis: Int, _ size: Int, _ count: Int
    ) throws(ModelError) -> [KerasStep] {
        guard count >= 1, count <= min(size, partLimit), size % count == 0 else {
            throw layer.problem("keras.unsupported-call", "splits \(size) elements into \(count) equal parts")
        }
        return try parts(layer, shapes, axis, ends: (1...count).map { $0 * (size / count) }, of: size)
    }

    private static func parts(
        _ layer: KerasLayer, _ shapes: [Shape], _ axis: Int, ends: [Int], of size: Int
    ) throws(ModelError) -> [KerasStep] {
        guard let shape = shapes.first, ends.last == size, ends.count <= partLimit, zip([0] + ends, ends).allSatisfy(<) else {
            throw layer.problem("keras.unsupported-call", "splits \(size) elements at \(ends), which leaves a part empty or some elements out")
        }
        return zip([0] + ends, ends).enumerated().map { number, bounds in
            KerasStep("\(number)", crop(shape, axis, from: bounds.0, to: bounds.1), target: .outputOf([0]))
        }
    }

    /// The elements of an axis, each without it.
    private static var unstack: Steps {
        { layer, shapes throws(ModelError) in
            let (axis, size) = try sizeOfAxis(layer, shapes)
            let count = try layer.integer("num", default: size)
            guard let shape = shapes.first, size <= partLimit, count == size else {
                throw layer.problem("keras.unsupported-call", "takes apart \(size) elements; up to \(partLimit) can be, and all of them")
            }
            let sizes = (1..<shape.rank).filter { $0 != axis }.map { shape[$0] ?? -1 }
            var steps: [KerasStep] = []
            for index in 0..<size {
                steps.append(KerasStep("slice_\(index)", crop(shape, axis, from: index, to: index + 1), target: .besideThese([0])))
                steps.append(try reshaped(layer, sizes, part: "\(index)", target: .outputOf([index + 1])))
            }
            return steps
        }
    }

    /// Elements of an axis by their numbers: runs of them that are equally far apart are slices.
    private static var take: Steps {
        { layer, shapes throws(ModelError) in
            let (axis, size) = try sizeOfAxis(layer, shapes)
            guard let shape = shapes.first, let given = try integers(layer, "indices"), !given.isEmpty, given.count <= partLimit,
                given.allSatisfy({ $0 >= -size && $0 < size })
            else {
                throw layer.problem("keras.unsupported-call", "takes elements whose numbers are no constants, or none of \(size)", key: "indices")
            }
            var before = Array(repeating: KerasSlice.Place.range(start: nil, stop: nil, step: 1), count: axis)
            let indices = given.map { $0 < 0 ? $0 + size : $0 }
            if layer.config["indices"]?.integer != nil {
                before.append(.element(indices[0]))
                return try KerasSlice(places: before, layer: layer).steps(shape)
            }
            let runs = runs(indices)
            guard runs.count > 1 else { return try slice(layer, shape, before, runs[0]) }
            var steps: [KerasStep] = []
            var ends: [Int] = []
            for (number, run) in runs.enumerated() {
                // Each run begins from the tensor; what it makes on the way is put after it.
                var from = 0
                for step in try slice(layer, shape, before, run) {
                    steps.append(KerasStep("\(step.part)_\(number)", step.operation, target: .besideThese([from])))
                    from = steps.count
                }
                ends.append(from)
            }
            return steps + [KerasStep("concatenate", Concatenate(axis: axis).erased, target: .these(ends))]
        }
    }

    private static func slice(
        _ layer: KerasLayer, _ shape: Shape, _ before: [KerasSlice.Place], _ run: (first: Int, last: Int, step: Int)
    ) throws(ModelError) -> [KerasStep] {
        let stop = run.step > 0 ? run.last + 1 : run.last == 0 ? nil : run.last - 1
        return try KerasSlice(places: before + [.range(start: run.first, stop: stop, step: run.step)], layer: layer).steps(shape)
    }

    private static func runs(_ indices: [Int]) -> [(first: Int, last: Int, step: Int)] {
        var runs: [(first: Int, last: Int, step: Int)] = []
        for index in indices {
            if let run = runs.last {
                let isFirstOf = run.first == run.last
                if isFirstOf ? index != run.last : index - run.last == run.step {
                    runs[runs.count - 1] = (run.first, index, isFirstOf ? index - run.last : run.step)
                    continue
                }
            }
            runs.append((index, index, 1))
        }
        return runs
    }
}
