import Testing

@testable import HDF5

@Suite struct SlabPlanTests {
    static let sizes = [0, 1, 2, 3, 7]

    @Test("The slabs cover every element once, in order, for each small shape and chunk", arguments: sizes, sizes)
    func coverage(first: Int, second: Int) {
        for third in Self.sizes {
            let shape = [first, second, third]
            for chunk in [nil, [1, 1, 1], [2, 2, 2], [3, 1, 7], [1, 7, 2], [7, 7, 7]] as [[Int]?] {
                for (usual, greatest) in [(1, 1), (4, 4), (4, 12), (20, 60), (1000, 1000)] {
                    check(SlabPlan(shape: shape, width: 1, chunk: chunk, usual: usual, greatest: greatest), greatest: greatest)
                }
            }
        }
    }

    private func check(_ plan: SlabPlan, greatest: Int) {
        let shape = plan.shape
        var positions: [Int] = []
        for slab in plan {
            #expect(slab.sizes.reduce(1, *) <= greatest, "\(plan)")
            for x in slab.start[0]..<slab.start[0] + slab.sizes[0] {
                for y in slab.start[1]..<slab.start[1] + slab.sizes[1] {
                    for z in slab.start[2]..<slab.start[2] + slab.sizes[2] { positions.append((x * shape[1] + y) * shape[2] + z) }
                }
            }
        }
        #expect(positions == Array(0..<shape.reduce(1, *)), "\(plan)")
    }

    @Test("A scalar is one slab of no axes")
    func scalar() {
        #expect(Array(SlabPlan(shape: [], width: 4, chunk: nil)) == [SlabPlan.Slab(start: [], sizes: [])])
    }

    @Test("A row that is too large is cut along the axes after it")
    func largeRows() {
        let plan = SlabPlan(shape: [3, 4, 5], width: 4, chunk: nil, usual: 40, greatest: 40)
        #expect(plan.axis == 1)
        #expect(plan.rows == 2)
        #expect(plan.readingsPerChunk == 1)
    }

    @Test("A row of chunks is read at once where it fits, so that no chunk is read twice")
    func rowsOfChunks() {
        let plan = SlabPlan(shape: [10, 6], width: 1, chunk: [4, 3], usual: 6, greatest: 24)
        #expect(plan.map(\.sizes) == [[4, 6], [4, 6], [2, 6]])
        #expect(plan.readingsPerChunk == 1)
    }

    @Test("Where a row of chunks does not fit, the plan says how often a chunk may be read")
    func rereading() {
        let plan = SlabPlan(shape: [10, 6], width: 1, chunk: [8, 3], usual: 6, greatest: 12)
        #expect(plan.rows == 2)
        #expect(plan.readingsPerChunk == 6)
    }
}
