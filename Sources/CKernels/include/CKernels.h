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

    /// `sum += x * y`.
    void (*_Nonnull multiply_add)(ptrdiff_t count, const float *x, const float *y, float *sum);
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

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
