import ModelCore
import ModelGraph
import TestSupport
import Testing

@testable import GraphImport

/// Calls of every function in which one argument after the other has another value, with what PyTorch computes, and PyTorch's own signatures.
@Suite struct TorchArgumentTests {
    static let calls = (try? TorchCallFixture.all()) ?? []
    private static let signatures = (try? TorchCallFixture.signatures()) ?? [:]

    @Test func thereAreCalls() { #expect(Self.calls.count > 600) }

    /// Every call gives PyTorch's numbers within what rounding allows, or is refused; those that are refused are listed here, so that an argument that
    /// is no longer read is noticed.
    @Test func everyArgumentIsHeededOrRefused() throws {
        var refused: Set<String> = []
        for call in Self.calls {
            do throws(ModelError) {
                let graph = try call.graph()
                #expect(!call.shapes.isEmpty, "\(call.title) is random")
                if !call.shapes.isEmpty { try call.check(graph) }
            } catch {
                guard !error.problems.contains(where: { $0.code == "test" }) else { throw error }
                refused.insert(call.title)
                #expect(error.problems.contains { $0.message.contains("'\(call.function)'") }, "\(call.title): \(error)")
            }
        }
        #expect(refused.sorted() == Self.refused)
    }

    /// What is left out means the same as PyTorch's default.
    @Test func defaultsArePyTorchs() throws {
        for call in Self.calls where call.changed.isEmpty {
            guard let graph = try? call.graph(), !call.shapes.isEmpty else { continue }
            let fitting = (Self.signatures[call.function] ?? []).filter { signature in
                call.arguments.keys.allSatisfy { name in signature.contains { $0.name == name } }
            }
            for parameter in fitting.first ?? [] where call.arguments[parameter.name] == nil {
                guard let preset = parameter.preset, preset != .none else { continue }
                var explicit = call
                explicit.arguments[parameter.name] = preset
                let other = try explicit.graph()
                #expect(other.nodes == graph.nodes, "\(call.title) with \(parameter.name) = \(preset)")
            }
        }
    }

    @Test func anUnknownArgumentIsRefused() {
        for var call in Self.calls where call.changed.isEmpty && (try? call.graph()) != nil {
            call.arguments["momentous"] = .number(0.5)
            #expect(throws: ModelError.self, "\(call.title)") { try call.graph() }
            do throws(ModelError) { _ = try call.graph() } catch {
                #expect(error.problems.first?.code == "torch.argument")
                #expect(error.problems.first?.message.contains("has 'momentous' = '0.5'") == true)
            }
        }
    }

    /// The arguments that TorchScript passes by position are PyTorch's, in its order.
    @Test func positionsArePyTorchs() {
        for function in TorchFunction.allCases {
            let known = (Self.signatures[function.rawValue] ?? []).map { $0.filter { !$0.isKeyword }.map(\.name) }
            guard !known.isEmpty else { continue }
            for overload in TorchSignature.overloads(function.rawValue) ?? [] {
                let names = overload.names
                #expect(known.contains { $0.prefix(names.count) == names[...] }, "\(function.rawValue): \(names)")
            }
        }
    }

    private static let refused: [String] = [
        "_to_copy default dtype 'float16'",
        "_upsample_nearest_exact2d default scales_h 1.75",
        "_upsample_nearest_exact2d default scales_w 1.75",
        "_upsample_nearest_exact3d default scales_d 1.75",
        "_upsample_nearest_exact3d default scales_h 1.75",
        "_upsample_nearest_exact3d default scales_w 1.75",
        "alpha_dropout default train True",
        "batch_norm default training True",
        "ceil default",
        "clamp Tensor",
        "cos default",
        "div Tensor_mode",
        "divide Tensor_mode",
        "dropout default train True",
        "elu default input_scale 3",
        "feature_alpha_dropout default train True",
        "feature_dropout default train True",
        "floor default",
        "floor_divide default",
        "linalg_vector_norm default dtype 'float64'",
        "linalg_vector_norm default ord 1",
        "log_softmax int dtype 'float64'",
        "mean dim dtype 'float64'",
        "native_batch_norm default training True",
        "native_dropout default train True",
        "norm_except_dim default pow 1",
        "ones_like default dtype 'float64'",
        "round default",
        "rrelu default training True",
        "sign default",
        "sin default",
        "softmax int dtype 'float64'",
        "softplus default threshold 1",
        "sum dim dtype 'float64'",
        "tensor_split indices",
        "to dtype dtype 'float16'",
        "to dtype dtype 'float64'",
        "to dtype dtype 'int64'",
        "trunc default",
        "upsample_bicubic2d default scales_h 1.75",
        "upsample_bicubic2d default scales_w 1.75",
        "upsample_bilinear2d default scales_h 1.75",
        "upsample_bilinear2d default scales_w 1.75",
        "upsample_nearest2d default scales_h 1.75",
        "upsample_nearest2d default scales_w 1.75",
        "upsample_nearest3d default scales_d 1.75",
        "upsample_nearest3d default scales_h 1.75",
        "upsample_nearest3d default scales_w 1.75",
        "upsample_trilinear3d default scales_d 1.75",
        "upsample_trilinear3d default scales_h 1.75",
        "upsample_trilinear3d default scales_w 1.75",
        "zeros_like default dtype 'float64'",
    ].sorted()
}
