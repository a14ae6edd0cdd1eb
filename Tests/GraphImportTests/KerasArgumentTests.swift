import ByteIO
import ModelCore
import ModelGraph
import Testing

@testable import GraphImport

/// Calls of every function in which one argument after the other has another value, with what TensorFlow and Keras compute.
@Suite struct KerasArgumentTests {
    static let fixtures = (try? KerasCallFixture.all()) ?? []

    private static func names(_ kind: KerasCallFixture.Kind) -> Set<String> { Set(fixtures.filter { $0.kind == kind }.map(\.name)) }

    @Test func everyFunctionIsCalled() {
        #expect(Self.fixtures.flatMap(\.calls).count > 750)
        #expect(Set(TensorFlowFunction.functions.keys).symmetricDifference(Self.names(.function)) == [])
        #expect(Set(TensorFlowFunction.operations.keys).symmetricDifference(Self.names(.node)) == [])
        #expect(Set(KerasOperation.all.keys).subtracting(KerasOperation.ofTensorFlow).symmetricDifference(Self.names(.operator)) == [])
    }

    /// Of each parameter of a signature there is a call with another value, or it is a tensor of all calls, or it is listed here.
    @Test func everyArgumentIsTried() {
        for fixture in Self.fixtures where fixture.kind == .function {
            let known = fixture.calls.compactMap(\.argument) + fixture.tensors + fixture.untried
            #expect(Set(TensorFlowFunction.functions[fixture.name]?.inputs ?? []) == Set(known), "\(fixture.name)")
        }
        let untried = Self.fixtures.flatMap { fixture in fixture.untried.map { "\(fixture.name) \($0)" } }
        #expect(Set(untried).sorted() == Self.untried)
    }

    /// Every call gives the framework's numbers within what rounding allows, or is refused; those that are refused are listed here, so that an
    /// argument that is no longer read is noticed.
    @Test func everyArgumentIsHeededOrRefused() {
        var refused: [String] = []
        for fixture in Self.fixtures {
            var plain: Graph?
            for call in fixture.calls {
                do throws(ModelError) {
                    let graph = try fixture.graph(call)
                    if call.results == nil { #expect(graph.nodes != plain?.nodes, "\(fixture.title(call))") }
                    if call.results != nil { #expect(fixture.agrees(graph, call), "\(fixture.title(call))") }
                    if call.argument == nil { plain = graph }
                } catch {
                    refused.append(fixture.title(call))
                    let names = call.argument.map { [$0, fixture.nameInKeras($0)] } ?? []
                    let isNamed = error.problems.contains { problem in
                        names.contains { problem.message.contains($0) || problem.location.path?.hasSuffix("/" + $0) == true }
                    }
                    #expect(isNamed || plain == nil, "\(fixture.title(call)): \(error)")
                }
            }
        }
        #expect(refused.sorted() == Self.refused)
    }

    /// Whoever does not read an argument makes the graph of the plain call: that does not compute what the framework does with the argument.
    @Test(arguments: fixtures) func anArgumentThatIsNotReadIsNoticed(_ fixture: KerasCallFixture) throws {
        guard let plain = try? fixture.graph(fixture.calls[0]) else { return }
        for call in fixture.calls.dropFirst() where call.results != nil && call.inputs.elementsEqual(fixture.calls[0].inputs, by: ==) {
            #expect(fixture.agrees(plain, call) == (call.results == fixture.calls[0].results), "\(fixture.title(call))")
        }
    }

    @Test(arguments: fixtures) func anUnknownArgumentIsRefusedByName(_ fixture: KerasCallFixture) throws {
        guard (try? fixture.graph(fixture.calls[0])) != nil else { return }
        do throws(ModelError) {
            _ = try fixture.graph(fixture.withUnknownArgument())
            Issue.record("the argument is dropped")
        } catch {
            #expect(error.problems.allSatisfy { $0.message.contains("flavour") }, "\(error)")
        }
    }

    private static let untried = [
        "BroadcastTo shape", "Resize fill_mode", "SplitV num_split", "Unpack num", "__operators__.getitem var", "compat.v1.nn.avg_pool input",
        "compat.v1.nn.max_pool input", "linalg.matmul a_is_sparse", "linalg.matmul b_is_sparse", "strided_slice var",
    ]

    /// Of a function that is refused as it is plainly called there is a line that names no argument.
    private static let refused = [
        "function cast dtype", "function compat.v1.gather batch_dims", "function compat.v1.image.resize_area align_corners",
        "function compat.v1.image.resize_bicubic ", "function compat.v1.image.resize_bicubic align_corners",
        "function compat.v1.image.resize_bicubic name", "function compat.v1.image.resize_bicubic size",
        "function compat.v1.image.resize_nearest_neighbor align_corners", "function compat.v1.nn.depth_to_space data_format",
        "function compat.v1.nn.pool dilation_rate", "function compat.v1.nn.pool dilations", "function compat.v1.norm ord",
        "function dtypes.saturate_cast dtype", "function image.resize antialias", "function image.resize preserve_aspect_ratio",
        "function linalg.matmul grad_a", "function linalg.matmul grad_b", "function nn.depth_to_space data_format",
        "function nn.space_to_depth data_format", "function repeat repeats", "node BatchMatMul grad_x", "node BatchMatMul grad_y",
        "node BatchMatMul y", "node BatchMatMulV2 grad_x", "node BatchMatMulV2 grad_y", "node Cast DstT", "node Cast Truncate",
        "node DepthToSpace data_format", "node Gather ", "node Gather indices", "node Gather validate_indices", "node GatherV2 batch_dims",
        "node ResizeArea align_corners", "node ResizeBicubic ", "node ResizeBicubic align_corners", "node ResizeBicubic size",
        "node ResizeNearestNeighbor align_corners", "node SpaceToDepth data_format", "operator Average weights", "operator BroadcastTo ",
        "operator Cast dtype", "operator ConvertToTensor dtype", "operator ConvertToTensor ragged", "operator ConvertToTensor sparse",
        "operator Cumsum dtype", "operator DepthToSpace data_format", "operator Max initial", "operator Min initial", "operator Moments synchronized",
        "operator Norm ord",
        "operator Normalize order", "operator OnesLike dtype", "operator Repeat repeats", "operator Resize antialias",
        "operator Resize crop_to_aspect_ratio",
        "operator Resize pad_to_aspect_ratio", "operator Round decimals", "operator SaturateCast dtype", "operator SpaceToDepth data_format",
    ]
}

extension KerasCallFixture {
    /// What an argument is called where it is read.
    func nameInKeras(_ argument: String) -> String {
        let table = kind == .node ? TensorFlowFunction.operations : kind == .function ? TensorFlowFunction.functions : [:]
        return table[name]?.namesInKeras[argument] ?? argument
    }
}
