import ModelCore
import Testing

@Suite struct TensorTests {
    private let cube: Tensor<Float>

    init() throws {
        cube = try #require(Tensor(shape: [2, 3, 4], scalars: (0..<24).map(Float.init)))
    }

    @Test(
        "no tensor has more or fewer elements than its shape says", arguments: [[-1, -4], [-4], [3], [], [5, 0], [2, .max, 2], [.max, .max, 0]])
    func refusedShapes(shape: [Int]) {
        #expect(Tensor<Float>(shape: shape, scalars: [1, 2, 3, 4]) == nil)
        #expect(Tensor<Float>(repeating: 1, shape: [4]).reshaped(shape) == nil)
    }

    @Test("a tensor of no elements, and one of no axes")
    func extremes() throws {
        let empty = Tensor<Float>(repeating: 1, shape: [2, 0, 3])
        #expect(empty.count == 0)
        #expect(empty.reshaped([0, .max])?.shape == [0, .max])
        #expect(empty.position(of: [0, 0, 0]) == nil)
        #expect(empty.description == "[2, 0, 3]")
        empty.withUnsafeBuffer { #expect($0.isEmpty) }
        var number = Tensor<Float>(repeating: 2, shape: [])
        #expect(number.count == 1)
        #expect(number.rank == 0)
        number[] = 3
        #expect(number.scalars == [3])
        #expect(number.description == "[] 3.0")
    }

    @Test("an index finds its element, for every element")
    func subscripts() {
        var next: Float = 0
        for i in 0..<2 {
            for j in 0..<3 {
                for k in 0..<4 {
                    #expect(cube[i, j, k] == next)
                    #expect(cube.position(of: [i, j, k]) == Int(next))
                    next += 1
                }
            }
        }
        var changed = cube
        changed[1, 2, 0] = -1
        #expect(changed.scalars == cube.scalars.map { $0 == 20 ? -1 : $0 })
        #expect(cube[1, 2, 0] == 20)
        changed[position: 20] = 5
        #expect(changed[1, 2, 0] == 5)
        #expect(changed[position: 23] == 23)
    }

    @Test(
        "what is no index has no position",
        arguments: [[], [0], [0, 0], [0, 0, 0, 0], [-1, 0, 0], [2, 0, 0], [0, 3, 0], [0, 0, 4], [0, 0, .max], [.min, 0, 0]])
    func noPosition(index: [Int]) {
        #expect(cube.position(of: index) == nil)
    }

    #if os(macOS) || os(Linux)
        @Test("an index outside ends the program, and so does a size below 0 or a product beyond Int")
        func preconditions() async {
            await #expect(processExitsWith: .failure) { _ = Tensor<Float>(repeating: 0, shape: [2, 3])[0, 3] }
            await #expect(processExitsWith: .failure) { _ = Tensor<Float>(repeating: 0, shape: [2, 3])[1] }
            await #expect(processExitsWith: .failure) {
                var tensor = Tensor<Float>(repeating: 0, shape: [2, 3])
                tensor[-1, 0] = 1
            }
            await #expect(processExitsWith: .failure) { _ = Tensor<Float>(repeating: 0, shape: [2, 3])[position: 6] }
            await #expect(processExitsWith: .failure) { _ = Tensor<Float>(repeating: 0, shape: [-1, -1]) }
            await #expect(processExitsWith: .failure) { _ = Tensor<Float>(repeating: 0, shape: [.max, 2]) }
        }
    #endif

    @Test("the buffers are the elements, and what a body throws is thrown on")
    func buffers() {
        struct Halt: Error {}
        #expect(cube.withUnsafeBuffer { Array($0) } == cube.scalars)
        var changed = cube
        let count = changed.withUnsafeMutableBuffer { buffer in
            for index in buffer.indices { buffer[index] *= 2 }
            return buffer.count
        }
        #expect(count == 24)
        #expect(changed.scalars == cube.scalars.map { 2 * $0 })
        #expect(throws: Halt.self) { try cube.withUnsafeBuffer { _ throws(Halt) in throw Halt() } }
        #expect(throws: Halt.self) {
            try changed.withUnsafeMutableBuffer { buffer throws(Halt) in
                buffer[0] = 7
                throw Halt()
            }
        }
        #expect(changed[0, 0, 0] == 7)
    }

    @Test("another shape has the same elements in the same order")
    func reshaping() throws {
        let flat = try #require(cube.reshaped([4, 6]))
        #expect(flat.shape == [4, 6])
        #expect(flat.scalars == cube.scalars)
        #expect(flat != cube)
        #expect(flat.reshaped([2, 3, 4]) == cube)
    }

    @Test("equal tensors are one element of a set, NaN is not equal to itself")
    func equality() {
        #expect(Set([cube, cube.reshaped([2, 3, 4]) ?? cube, Tensor(repeating: 0, shape: [24])]).count == 2)
        #expect(Tensor<Float>(repeating: .nan, shape: [1]) != Tensor(repeating: .nan, shape: [1]))
        #expect(Tensor<Float>(repeating: 0, shape: [1]) == Tensor(repeating: -0.0, shape: [1]))
    }

    @Test("a description has the shape and the first elements")
    func descriptions() {
        #expect(cube.description == "[2, 3, 4] 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, ...")
        #expect(Tensor<Int32>(repeating: 5, shape: [2]).description == "[2] 5, 5")
    }
}
