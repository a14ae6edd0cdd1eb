import ModelCore
import ModelGraph
import TestSupport
import Testing

@testable import GraphImport

/// Calls of every function in which one argument after the other has another value, with what PyTorch computes, and PyTorch's own signatures.
@Suite struct TorchArgumentTests {
    static let calls = (try? TorchCallFixture.all()) ?? []
    private static let signatures = (try? TorchCallFixture.signatures()) ?? [:]

    @Test func everyFunctionHasCalls() {
        let called = Set(Self.calls.map(\.function))
        #expect(TorchFunction.allCases.map(\.rawValue).filter { !called.contains($0) } == [])
    }

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
                #expect(
                    error.problems.contains { $0.message.contains("'\(call.function)'") || $0.message.contains("'y0'") }, "\(call.title): \(error)")
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
        "_native_multi_head_attention default key tensor key",
        "_native_multi_head_attention default value tensor value",
        "_safe_softmax default dtype 'float64'",
        "_scaled_dot_product_attention_math default dropout_mask tensor dropout_mask truths",
        "_scaled_dot_product_attention_math default dropout_p 0.5",
        "_to_copy default dtype 'float16'",
        "_upsample_nearest_exact2d default scales_h 1.75",
        "_upsample_nearest_exact2d default scales_w 1.75",
        "_upsample_nearest_exact3d default scales_d 1.75",
        "_upsample_nearest_exact3d default scales_h 1.75",
        "_upsample_nearest_exact3d default scales_w 1.75",
        "alpha_dropout default train True",
        "batch_norm default training True",
        "bitwise_not default",
        "bmm default mat2 tensor mat2",
        "clamp Tensor",
        "col2im default kernel_size [1, 3]",
        "cos default",
        "cudnn_batch_norm default training True",
        "cumsum default",
        "cumsum default dtype 'float64'",
        "div Tensor_mode",
        "divide Tensor_mode",
        "dropout default train True",
        "elu default input_scale 3",
        "eq Tensor",
        "feature_alpha_dropout default train True",
        "feature_dropout default train True",
        "floor_divide default",
        "ge Tensor",
        "getitem default",
        "gt Tensor",
        "im2col default dilation [2, 1]",
        "im2col default kernel_size [1, 3]",
        "im2col default padding [1, 0]",
        "im2col default stride [1, 3]",
        "index Tensor indices [None, tensor indices1, None, tensor indices3]",
        "index Tensor indices [tensor indices0 truths]",
        "index Tensor indices [tensor indices0]",
        "index_select default dim 0",
        "le Tensor",
        "linalg_vector_norm default dtype 'float64'",
        "linalg_vector_norm default ord 1",
        "log_softmax int dtype 'float64'",
        "logical_not default",
        "lt Tensor",
        "mean dim dtype 'float64'",
        "native_batch_norm default training True",
        "native_dropout default train True",
        "ne Tensor",
        "norm_except_dim default pow 1",
        "ones_like default dtype 'float64'",
        "remainder Tensor",
        "rrelu default training True",
        "scaled_dot_product_attention default dropout_p 0.5",
        "sin default",
        "softmax int dtype 'float64'",
        "softplus default threshold 1",
        "sum dim dtype 'float64'",
        "tensor_split indices",
        "to dtype dtype 'float16'",
        "to dtype dtype 'float64'",
        "to dtype dtype 'int64'",
        "trunc default",
        "unfold default dimension 0",
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
