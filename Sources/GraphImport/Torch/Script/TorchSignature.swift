/// The names of the arguments that PyTorch's native functions take by position.
struct TorchSignature {
    private let parameters: [(name: String, kind: Kind?)]

    /// What an argument must be where that tells one overload from another.
    private enum Kind: String {
        case tensor, list, bool, integer
    }

    var names: [String] { parameters.map(\.name) }

    /// The arguments by their names; `nil` where this overload does not take them.
    func named(_ arguments: [TorchArgument]) -> [String: TorchArgument]? {
        guard arguments.count <= parameters.count else { return nil }
        var named: [String: TorchArgument] = [:]
        for (argument, parameter) in zip(arguments, parameters) {
            switch (parameter.kind, argument) {
            case (nil, _), (.tensor, .value), (.list, .list), (.list, .none), (.bool, .bool), (.integer, .integer): named[parameter.name] = argument
            default: return nil
            }
        }
        return named
    }

    /// The overloads of a function; `nil` for one that is not known. A function that changes its argument takes the same.
    static func overloads(_ function: String) -> [TorchSignature]? {
        table[function] ?? (function.hasSuffix("_") ? table[String(function.dropLast())] : nil)
    }

    /// A line for each list of parameters, the ones that are tried first before others, with the functions that take it.
    private static let table: [String: [TorchSignature]] = {
        var table: [String: [TorchSignature]] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "|").map { $0.split(separator: " ") }
            guard parts.count == 2 else { continue }
            let parameters = parts[0].map { parameter in
                let words = parameter.split(separator: ":").map(String.init)
                return (name: words[0], kind: words.dropFirst().first.flatMap(Kind.init))
            }
            for function in parts[1] { table[String(function), default: []].append(TorchSignature(parameters: parameters)) }
        }
        return table
    }()

    private static let text = """
        input weight bias stride padding dilation groups | conv1d conv2d conv3d _convolution_mode
        input weight bias stride padding output_padding groups dilation | conv_transpose1d conv_transpose2d conv_transpose3d
        input weight bias stride padding dilation transposed output_padding groups | convolution
        input weight bias stride padding dilation transposed output_padding groups benchmark deterministic cudnn_enabled allow_tf32 | _convolution
        input weight bias | linear
        self mat1 mat2 | addmm
        self mat2 | mm bmm
        self batch1 batch2 | baddbmm
        equation tensors | einsum
        query key value attn_mask dropout_p is_causal | scaled_dot_product_attention
        query key value embed_dim num_head qkv_weight qkv_bias proj_weight proj_bias mask need_weights average_attn_weights mask_type | _native_multi_head_attention
        src embed_dim num_heads qkv_weight qkv_bias proj_weight proj_bias use_gelu norm_first eps norm_weight_1 norm_bias_1 norm_weight_2 norm_bias_2 ffn_weight_1 ffn_bias_1 ffn_weight_2 ffn_bias_2 mask mask_type | _transformer_encoder_layer_fwd
        query key value dropout_p is_causal | _scaled_dot_product_flash_attention_for_cpu
        query key value attn_mask dropout_p is_causal dropout_mask | _scaled_dot_product_attention_math
        query key value attn_bias compute_log_sumexp dropout_p is_causal | _scaled_dot_product_efficient_attention
        self kernel_size stride padding dilation ceil_mode | max_pool1d max_pool2d max_pool3d max_pool2d_with_indices max_pool3d_with_indices
        self kernel_size stride padding ceil_mode count_include_pad divisor_override | avg_pool2d avg_pool3d
        self kernel_size stride padding ceil_mode count_include_pad | avg_pool1d
        self output_size | adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d _adaptive_avg_pool2d _adaptive_avg_pool3d
        self output_size | adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d
        input weight bias running_mean running_var training momentum eps cudnn_enabled | batch_norm
        input weight bias running_mean running_var training momentum eps | native_batch_norm
        input weight bias running_mean running_var momentum eps | _native_batch_norm_legit_no_training
        input weight bias running_mean running_var training exponential_average_factor epsilon | cudnn_batch_norm
        input weight bias running_mean running_var use_input_stats momentum eps cudnn_enabled | instance_norm
        input num_groups weight bias eps cudnn_enabled | group_norm
        input weight bias N C HxW group eps | native_group_norm
        input normalized_shape weight bias eps cudnn_enable | layer_norm
        input normalized_shape weight bias eps | native_layer_norm
        input normalized_shape weight eps | rms_norm
        self tensor1 tensor2 | addcmul addcdiv
        self end weight | lerp
        v g dim | _weight_norm _weight_norm_interface
        v pow dim | norm_except_dim
        self vec | mv
        self other | vdot
        self tensor | dot
        end | arange
        start end | arange
        start end step | arange
        start end steps | linspace
        n | eye
        n m | eye
        s | scalar_tensor
        size fill_value | full
        size | zeros ones
        self | zeros_like ones_like sin cos round sign logical_not bitwise_not
        self fill_value | full_like
        self size fill_value | new_full
        self size | new_zeros new_ones
        tensors | meshgrid
        self other | reshape_as view_as
        self | relu relu6 selu silu gelu hardswish hardsigmoid tanh sigmoid mish log_sigmoid abs neg exp log sqrt rsqrt square reciprocal t
        self | floor ceil trunc erf contiguous clone detach alias _to_copy lift_fresh lift_fresh_copy positive float
        self alpha scale input_scale | elu
        self alpha | celu
        self min_val max_val | hardtanh
        self negative_slope | leaky_relu
        self weight | prelu _prelu_kernel
        self lower upper training generator | rrelu
        self beta threshold | softplus
        self lambd | softshrink hardshrink
        self threshold value | threshold
        self min max | clamp clip
        self min | clamp_min
        self max | clamp_max
        self dim dtype | softmax log_softmax _safe_softmax
        self dim half_to_float | _softmax _log_softmax
        self dim | glu unsqueeze squeeze unbind size sym_size
        self other alpha | add sub subtract rsub
        self other | mul multiply div divide true_divide floor_divide remainder eq ne lt le gt ge maximum minimum matmul linalg_matmul expand_as type_as
        self exponent | pow
        self ord dim keepdim | linalg_vector_norm
        self dim:list keepdim | mean sum amax amin
        self dim:integer keepdim | mean sum amax amin
        self dim:list unbiased keepdim | var std var_mean std_mean
        self unbiased:bool | var std var_mean std_mean
        self | sum mean max min
        self other:tensor | max min
        self dim keepdim | max min
        self size | view view_copy _unsafe_view expand
        self shape | reshape
        self size stride | _reshape_alias
        self start_dim end_dim | flatten
        self dim sizes | unflatten
        self dims | permute flip
        self indices | index
        self dim index | index_select
        self dimension size step | unfold
        self dim | cumsum
        self dim0 dim1 | transpose
        self source destination | movedim moveaxis
        self axis0 axis1 | swapaxes
        self dim start end step | slice
        self dim index | select
        self dim start length | narrow
        self chunks dim | chunk
        self indices:list dim | tensor_split
        self sections dim | tensor_split
        self split_size dim | split
        self split_sizes dim | split_with_sizes
        tensors dim | cat concat concatenate stack
        self shifts dims | roll
        self repeats | repeat
        self upscale_factor | pixel_shuffle
        self downscale_factor | pixel_unshuffle
        self kernel_size dilation padding stride | im2col
        self output_size kernel_size dilation padding stride | col2im
        self groups | channel_shuffle native_channel_shuffle
        self pad mode value | pad
        self pad value | constant_pad_nd
        self padding | reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d replication_pad2d replication_pad3d
        input output_size scale_factors:list | upsample_nearest1d upsample_nearest2d upsample_nearest3d
        input output_size scale_factors:list | _upsample_nearest_exact1d _upsample_nearest_exact2d _upsample_nearest_exact3d
        self output_size scales_d scales_h scales_w | upsample_nearest3d _upsample_nearest_exact3d
        self output_size scales_h scales_w | upsample_nearest2d _upsample_nearest_exact2d
        self output_size scales | upsample_nearest1d _upsample_nearest_exact1d
        input output_size align_corners scale_factors:list | upsample_linear1d upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d
        self output_size align_corners scales_d scales_h scales_w | upsample_trilinear3d
        self output_size align_corners scales_h scales_w | upsample_bilinear2d upsample_bicubic2d
        self output_size align_corners scales | upsample_linear1d
        input p train | dropout feature_dropout alpha_dropout feature_alpha_dropout native_dropout
        self dtype:integer non_blocking copy memory_format | to
        self other:tensor non_blocking copy memory_format | to
        self non_blocking:bool copy | to
        self device dtype non_blocking copy memory_format | to
        a size stride dtype | _assert_tensor_metadata
        self assert_msg | _assert_scalar
        size | sym_constrain_range_for_size
        """
}
