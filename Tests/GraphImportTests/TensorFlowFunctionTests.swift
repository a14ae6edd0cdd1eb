import ByteIO
import ModelCore
import TestSupport
import Testing

@testable import GraphImport

/// What TensorFlow says of its functions, `fixtures/keras-functions`, against what is known of them here.
@Suite struct TensorFlowFunctionTests {
    private static func signatures() throws -> [String: [String]] {
        let table = try JSON.parse(Fixture.bytes("keras-functions/tensorflow.json"))
        let entries = try #require(table["signatures"]?.object)
        return Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value.array?.compactMap(\.string) ?? []) })
    }

    /// Each function is converted, or is one of these.
    @Test func everyFunctionIsConvertedOrRefused() throws {
        let names = Set(try Self.signatures().keys)
        #expect(names.subtracting(TensorFlowFunction.functions.keys) == Self.refused)
        // `x[key]` is written by a layer of its own, the others by earlier versions.
        #expect(
            Set(TensorFlowFunction.functions.keys).subtracting(names) == [
                "__operators__.getitem", "math.divide", "nn.softplus", "pad", "squeeze", "transpose",
            ])
    }

    /// The parameters are those of TensorFlow, in its order: none can be missed, and none is read in the place of another.
    @Test func parametersAreTensorFlows() throws {
        for (name, parameters) in try Self.signatures() {
            guard let function = TensorFlowFunction.functions[name] else { continue }
            #expect(function.inputs == parameters, "\(name)")
        }
    }

    /// The parameters of calls of Keras 3 are Keras'. Classes that another version has, or that are in no file, have none here.
    @Test func parametersAreKeras() throws {
        let table = try #require(JSON.parse(Fixture.bytes("keras-functions/keras.json")).object)
        let names = Set(KerasOperation.all.keys).subtracting(KerasOperation.ofTensorFlow)
        #expect(names.filter { table[$0] == nil }.isEmpty)
        for name in names {
            guard name != "Einsum", let call = table[name]?["call"]?.array?.compactMap(\.string) else { continue }
            #expect(KerasOperation.parameters(of: name) == call, "\(name)")
        }
    }

    /// Every function and operation leads to an operator that exists.
    @Test func everyOperatorExists() {
        for (name, function) in TensorFlowFunction.functions.merging(TensorFlowFunction.operations, uniquingKeysWith: { first, _ in first }) {
            #expect(KerasOperation.all[function.name] != nil, "\(name)")
        }
    }

    private static let refused = Set(
        """
        approx_top_k argsort check_pinned clip_by_global_norm clip_by_norm 
        compat.v1.gather_nd compat.v1.image.resize_images compat.v1.nn.conv2d compat.v1.nn.convolution compat.v1.nn.depthwise_conv2d
        compat.v1.nn.fused_batch_norm compat.v1.nn.separable_conv2d compat.v1.nn.softmax_cross_entropy_with_logits_v2
        compat.v1.nn.weighted_moments compat.v1.size compat.v1.strings.substr conv conv2d_backprop_filter_v2
        conv2d_backprop_input_v2 dtypes.complex fingerprint histogram_fixed_width_bins identity_n image.adjust_brightness image.adjust_contrast
        image.adjust_gamma image.adjust_hue image.adjust_saturation image.central_crop image.convert_image_dtype image.crop_and_resize
        image.draw_bounding_boxes image.extract_patches image.per_image_standardization image.psnr image.resize_with_crop_or_pad
        image.resize_with_pad image.rgb_to_yiq image.rgb_to_yuv image.rot90 image.yiq_to_rgb image.yuv_to_rgb keras.backend.binary_crossentropy
        keras.backend.categorical_crossentropy keras.backend.categorical_focal_crossentropy linalg.adjoint linalg.band_part linalg.diag
        linalg.diag_part linalg.global_norm linalg.lstsq linalg.matrix_rank linalg.matrix_transpose linalg.normalize linalg.pinv
        linalg.qr linalg.svd linalg.tensor_diag linalg.trace linspace math.acos math.acosh math.angle math.argmax math.argmin math.asin
        math.asinh math.atan math.atan2 math.atanh math.bessel_i0 math.bessel_i0e math.bessel_i1 math.bessel_i1e math.betainc math.bincount
        math.conj math.cos math.cosh math.count_nonzero math.cumprod math.cumsum math.cumulative_logsumexp math.digamma
        math.divide_no_nan math.erfc math.erfcinv math.erfinv math.expm1 math.floormod math.igamma math.igammac
        math.imag math.is_finite math.is_inf math.is_nan math.is_non_decreasing math.is_strictly_increasing math.lbeta math.lgamma math.log1p
        math.multiply_no_nan math.ndtri math.nextafter math.polygamma
        math.polyval math.real math.reciprocal_no_nan math.reduce_all math.reduce_any math.reduce_prod math.sin
        math.sinh math.tan math.top_k math.xdivy math.xlog1py math.xlogy math.zero_fraction math.zeta nn.compute_average_loss nn.convolution
        nn.fractional_avg_pool nn.isotonic_regression nn.l2_loss nn.log_poisson_loss nn.max_pool_with_argmax
        nn.weighted_cross_entropy_with_logits one_hot ones_like rank searchsorted sequence_mask shape_n sort strings.as_string
        tensor_scatter_nd_add tensor_scatter_nd_max tensor_scatter_nd_min tensor_scatter_nd_sub tensor_scatter_nd_update tensordot truncatediv
        truncatemod unique_with_counts where zeros zeros_like
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
