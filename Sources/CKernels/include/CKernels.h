#pragma once

/// Loops over 32-bit floats, compiled for several instruction sets and chosen at run time.
///
/// Nothing here allocates, keeps state or checks its arguments: sizes are at least 0, pointers reach as far as the sizes say, and arrays need
/// no alignment. `out` may be the very address of an input of the same length where a function says so; otherwise arrays do not overlap.
/// Arithmetic is IEEE 754 with multiplications and additions fused where the instruction set can; NaN and infinities behave as in scalar code.

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// Rows of a packed matrix that one call of `multiply` takes at most: a panel of them stays in the first-level cache.
#define CK_DEPTH_BLOCK 256

/// An instruction set. `CK_BASELINE` is what the compiler targets anyway: SSE2 on x86-64, NEON on arm64.
typedef enum ck_variant { CK_BASELINE = 0, CK_AVX2 = 1, CK_AVX512 = 2 } ck_variant;

/// Functions of one number, with the names and formulas of ModelGraph's `ActivationFunction`, and the constants that each takes.
typedef enum ck_function {
    /// Slope below the threshold, least and greatest value, threshold.
    CK_RELU,
    /// Alpha, and the factor of SELU or 1.
    CK_ELU,
    /// Alpha, positive.
    CK_CELU,
    CK_SIGMOID,
    CK_TANH,
    CK_EXPONENTIAL,
    CK_SOFTPLUS,
    CK_SOFTSIGN,
    CK_SILU,
    CK_MISH,
    CK_LOG_SIGMOID,
    CK_GELU,
    CK_GELU_TANH,
    /// Slope, offset.
    CK_HARD_SIGMOID,
    CK_HARD_SILU,
    /// Least and greatest value.
    CK_HARD_TANH,
    /// Lambda.
    CK_HARD_SHRINK,
    CK_SOFT_SHRINK,
    CK_TANH_SHRINK,
    /// Threshold, value.
    CK_THRESHOLD,
    /// The constant under the root.
    CK_SQUAREPLUS,
    CK_SPARSE_PLUS,
    CK_SPARSE_SIGMOID,
} ck_function;

/// The functions of one instruction set.
typedef struct ck_kernels {
    ck_variant variant;
    /// Rows of a tile of C that are computed together; a number of rows near a multiple of it is fastest.
    ptrdiff_t tile_rows;
    /// Columns of a panel of packed B.
    ptrdiff_t tile_columns;

    /// `C[rows, columns] = start + A[rows, depth] * B[depth, columns]`.
    ///
    /// Each sum runs over `depth` in ascending order, from `bias[column]` where `bias` is given, else from what C holds where `accumulate` is
    /// not 0, else from 0. Row r of A is at `a + r * a_stride`, of C at `c + r * c_stride`. `depth` is 0 to CK_DEPTH_BLOCK.
    /// `b` is one block made by `ck_pack`, from a panel on: `columns` may end inside a panel. `bias` has `columns` rounded up to whole panels.
    void (*_Nonnull multiply)(
        ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t depth, const float *a, ptrdiff_t a_stride, const float *b, float *c, ptrdiff_t c_stride,
        const float *_Nullable bias, int accumulate);

    /// `out = x + y` and so on, element by element; `out` may be `x` or `y`.
    void (*_Nonnull add)(ptrdiff_t count, const float *x, const float *y, float *out);
    void (*_Nonnull subtract)(ptrdiff_t count, const float *x, const float *y, float *out);
    void (*_Nonnull multiply_elements)(ptrdiff_t count, const float *x, const float *y, float *out);
    void (*_Nonnull divide)(ptrdiff_t count, const float *x, const float *y, float *out);
    /// IEEE 754-2019 `maximum` and `minimum`: NaN where either is, and -0 below +0.
    void (*_Nonnull maximum)(ptrdiff_t count, const float *x, const float *y, float *out);
    void (*_Nonnull minimum)(ptrdiff_t count, const float *x, const float *y, float *out);

    /// `out = x / divisor`; `out` may be `x`.
    void (*_Nonnull divide_by)(ptrdiff_t count, const float *x, float divisor, float *out);

    /// `out = min(max(x, 0), maximum)`, NaN for NaN, +0 for -0; `out` may be `x`.
    void (*_Nonnull relu)(ptrdiff_t count, const float *x, float maximum, float *out);

    /// `out = x` where `x > 0`, else `0 - slope * (0 - x)`, in two roundings, which is never -0 for a positive slope; `out` may be `x`.
    void (*_Nonnull leaky_relu)(ptrdiff_t count, const float *x, float slope, float *out);

    /// `out[row, channel] = (x[row, channel] - mean[channel]) * scale[channel] + shift[channel]`; `out` may be `x`.
    void (*_Nonnull normalize)(
        ptrdiff_t rows, ptrdiff_t channels, const float *x, const float *mean, const float *scale, const float *shift, float *out);

    /// `out = (x - mean) * scale + shift` with the same constants throughout; `out` may be `x`.
    void (*_Nonnull normalize_run)(ptrdiff_t count, const float *x, float mean, float scale, float shift, float *out);

    /// `out = function(x)`; `constants` are four, those that the function does not take being anything. `out` may be `x`.
    void (*_Nonnull activate)(ck_function function, const float *constants, ptrdiff_t count, const float *x, float *out);

    /// `out = x` where `x > 0`, else `slope * x`; `out` may be `x`.
    void (*_Nonnull prelu)(ptrdiff_t count, const float *x, const float *slopes, float *out);

    /// `out = x + (y - x) * part`.
    void (*_Nonnull blend)(ptrdiff_t count, const float *x, const float *y, float part, float *out);

    /// The greatest number, NaN where one is, -infinity where there is none.
    float (*_Nonnull greatest)(ptrdiff_t count, const float *x);

    /// `out = exp(x - origin)`; `out` may be `x`.
    /// Returns the sum of `out`, in any order.
    float (*_Nonnull exponentials)(ptrdiff_t count, const float *x, float origin, float *out);

    /// The sum, and the sum of `(x - centre)^2`, in any order.
    float (*_Nonnull sum)(ptrdiff_t count, const float *x);
    float (*_Nonnull squares)(ptrdiff_t count, const float *x, float centre);

    /// The sum, or IEEE 754-2019 `maximum`, of each column of a matrix, row by row from 0 or -infinity. Row r is at `x + r * stride`.
    void (*_Nonnull column_sums)(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t stride, float *out);
    void (*_Nonnull column_maxima)(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t stride, float *out);

    /// The sum of `(x - centres[column])^2` over each column of such a matrix.
    void (*_Nonnull column_squares)(
        ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t stride, const float *centres, float *out);

    /// `out[n, c] = bias[c] + sum over t of x[n * step + elements[t] + c] * weights[weights_of[t] + c]`, t ascending, `channels` to a row of `out`.
    void (*_Nonnull depthwise)(
        ptrdiff_t outputs, ptrdiff_t channels, ptrdiff_t taps, const ptrdiff_t *elements, const ptrdiff_t *weights_of, const float *x,
        ptrdiff_t step, const float *weights, const float *bias, float *out);
} ck_kernels;

/// The functions of an instruction set, or null where this processor has it not. They live for ever.
const ck_kernels *_Nullable ck_kernels_for(ck_variant variant);

/// The functions of the best instruction set that this processor has.
const ck_kernels *ck_kernels_best(void);

/// How many floats `ck_pack` writes for one block: `depth` times `columns` rounded up to whole panels.
static inline ptrdiff_t ck_packed_count(ptrdiff_t tile_columns, ptrdiff_t depth, ptrdiff_t columns) {
    return depth * ((columns + tile_columns - 1) / tile_columns * tile_columns);
}

/// Arranges B for `multiply`: panels of `tile_columns` columns, each row by row, the last one filled up with zeros.
/// Element (k, n) of B is at `b + k * row_stride + n * column_stride`.
void ck_pack(
    ptrdiff_t tile_columns, ptrdiff_t depth, ptrdiff_t columns, const float *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
    float *restrict out);

/// The transpose of a matrix: `out[j * out_stride + i] = x[i * stride + j]`.
void ck_transpose(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t stride, float *restrict out, ptrdiff_t out_stride);

/// Each of `depth` channels of each group `times` times: `out[e, d, g, k] = x[e, g, d]`.
void ck_spread(ptrdiff_t elements, ptrdiff_t groups, ptrdiff_t depth, ptrdiff_t times, const float *x, float *restrict out);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
