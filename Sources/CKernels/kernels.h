/// The functions of CKernels.h for one instruction set. A file that includes this one defines
/// - CK_TARGET: an attribute for every function, or nothing
/// - CK_LANES: floats in a vector; CK_VECTORS: vectors in a row of a tile; CK_ROWS: rows of a tile, 1 to 12
/// - CK_VARIANT and CK_TABLE: the constant that is filled in, and the name of its entry
///
/// The tile's sums (CK_ROWS * CK_VECTORS), CK_VECTORS vectors of B and one of A must fit the registers.

#include "CKernels.h"

#include <stdint.h>

/// In place, an element is read before it is written and by no other step: the compiler need not prove it.
#define CK_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#define CK_UNROLLED _Pragma("clang loop unroll(full)")
#define CK_COLUMNS (CK_LANES * CK_VECTORS)

typedef float lanes __attribute__((ext_vector_type(CK_LANES)));
typedef float loose_lanes __attribute__((ext_vector_type(CK_LANES), aligned(4)));

#include "functions.h"

/// One tile of C. `rows` is a constant where this is inlined, so that the sums are registers.
CK_TARGET __attribute__((always_inline)) static inline void tile(
    const ptrdiff_t rows, ptrdiff_t depth, const float *restrict a, ptrdiff_t a_stride, const float *restrict b, float *restrict c,
    ptrdiff_t c_stride, const float *bias, int accumulate) {
    lanes sums[CK_ROWS][CK_VECTORS];
    CK_UNROLLED for (ptrdiff_t r = 0; r < rows; r++) {
        CK_UNROLLED for (int v = 0; v < CK_VECTORS; v++) {
            if (bias) {
                sums[r][v] = *(const loose_lanes *)(bias + v * CK_LANES);
            } else if (accumulate) {
                sums[r][v] = *(const loose_lanes *)(c + r * c_stride + v * CK_LANES);
            } else {
                sums[r][v] = (lanes)0.0f;
            }
        }
    }
    for (ptrdiff_t k = 0; k < depth; k++) {
        lanes right[CK_VECTORS];
        CK_UNROLLED for (int v = 0; v < CK_VECTORS; v++) right[v] = *(const loose_lanes *)(b + k * CK_COLUMNS + v * CK_LANES);
        CK_UNROLLED for (ptrdiff_t r = 0; r < rows; r++) {
            const lanes left = (lanes)a[r * a_stride + k];
            CK_UNROLLED for (int v = 0; v < CK_VECTORS; v++) sums[r][v] += left * right[v];
        }
    }
    CK_UNROLLED for (ptrdiff_t r = 0; r < rows; r++) {
        CK_UNROLLED for (int v = 0; v < CK_VECTORS; v++) *(loose_lanes *)(c + r * c_stride + v * CK_LANES) = sums[r][v];
    }
}

/// A tile of 1 to CK_ROWS rows.
CK_TARGET static void tile_of(
    ptrdiff_t rows, ptrdiff_t depth, const float *a, ptrdiff_t a_stride, const float *b, float *c, ptrdiff_t c_stride, const float *bias,
    int accumulate) {
#define CK_CASE(count) \
    case count: tile(count, depth, a, a_stride, b, c, c_stride, bias, accumulate); break;
    switch (rows) {
        CK_CASE(1)
#if CK_ROWS >= 4
        CK_CASE(2)
        CK_CASE(3)
        CK_CASE(4)
#endif
#if CK_ROWS >= 6
        CK_CASE(5)
        CK_CASE(6)
#endif
#if CK_ROWS >= 12
        CK_CASE(7)
        CK_CASE(8)
        CK_CASE(9)
        CK_CASE(10)
        CK_CASE(11)
        CK_CASE(12)
#endif
    default: break;
    }
#undef CK_CASE
}

/// A tile of fewer than CK_COLUMNS columns, by way of a whole one.
CK_TARGET static void edge_tile(
    ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t depth, const float *a, ptrdiff_t a_stride, const float *b, float *c, ptrdiff_t c_stride,
    const float *bias, int accumulate) {
    float whole[CK_ROWS * CK_COLUMNS] = {0};
    if (accumulate && !bias) {
        for (ptrdiff_t r = 0; r < rows; r++) {
            for (ptrdiff_t n = 0; n < columns; n++) whole[r * CK_COLUMNS + n] = c[r * c_stride + n];
        }
    }
    tile_of(rows, depth, a, a_stride, b, whole, CK_COLUMNS, bias, accumulate);
    for (ptrdiff_t r = 0; r < rows; r++) {
        for (ptrdiff_t n = 0; n < columns; n++) c[r * c_stride + n] = whole[r * CK_COLUMNS + n];
    }
}

CK_TARGET static void multiply(
    ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t depth, const float *a, ptrdiff_t a_stride, const float *b, float *c, ptrdiff_t c_stride,
    const float *bias, int accumulate) {
    const ptrdiff_t strips = (rows + CK_ROWS - 1) / CK_ROWS;
    for (ptrdiff_t n = 0; n < columns; n += CK_COLUMNS) {
        const ptrdiff_t width = columns - n < CK_COLUMNS ? columns - n : CK_COLUMNS;
        const float *start = bias ? bias + n : bias;
        // Strips of nearly equal height: a last one of a single row would wait for each sum before the next.
        for (ptrdiff_t strip = 0, r = 0; strip < strips; strip++) {
            const ptrdiff_t height = (rows - r + strips - strip - 1) / (strips - strip);
            if (width == CK_COLUMNS) {
                tile_of(height, depth, a + r * a_stride, a_stride, b + n * depth, c + r * c_stride + n, c_stride, start, accumulate);
            } else {
                edge_tile(height, width, depth, a + r * a_stride, a_stride, b + n * depth, c + r * c_stride + n, c_stride, start, accumulate);
            }
            r += height;
        }
    }
}

CK_TARGET static void add(ptrdiff_t count, const float *x, const float *y, float *out) {
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) out[i] = x[i] + y[i];
}

CK_TARGET static void subtract(ptrdiff_t count, const float *x, const float *y, float *out) {
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) out[i] = x[i] - y[i];
}

CK_TARGET static void multiply_elements(ptrdiff_t count, const float *x, const float *y, float *out) {
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) out[i] = x[i] * y[i];
}

CK_TARGET static void divide(ptrdiff_t count, const float *x, const float *y, float *out) {
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) out[i] = x[i] / y[i];
}

CK_TARGET static void maximum(ptrdiff_t count, const float *x, const float *y, float *out) {
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float greater = y[i] > x[i] ? y[i] : x[i] == y[i] ? number(bits(x[i]) & bits(y[i])) : x[i];
        out[i] = y[i] != y[i] ? y[i] : greater;
    }
}

CK_TARGET static void minimum(ptrdiff_t count, const float *x, const float *y, float *out) {
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float lesser = y[i] < x[i] ? y[i] : x[i] == y[i] ? number(bits(x[i]) | bits(y[i])) : x[i];
        out[i] = y[i] != y[i] ? y[i] : lesser;
    }
}

CK_TARGET static void divide_by(ptrdiff_t count, const float *x, float divisor, float *out) {
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) out[i] = x[i] / divisor;
}

CK_TARGET static void relu(ptrdiff_t count, const float *x, float maximum, float *out) {
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float positive = x[i] <= 0 ? 0 : x[i];
        out[i] = positive > maximum ? maximum : positive;
    }
}

CK_TARGET static void leaky_relu(ptrdiff_t count, const float *x, float slope, float *out) {
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        // A statement of its own, for a fused one would give -0 where the product underflows.
        const float product = slope * (0 - x[i]);
        out[i] = x[i] > 0 ? x[i] : 0 - product;
    }
}

#include "activations.h"
#include "rows.h"
#include "depthwise.h"

const ck_kernels CK_TABLE = {
    .variant = CK_VARIANT,
    .tile_rows = CK_ROWS,
    .tile_columns = CK_COLUMNS,
    .multiply = multiply,
    .add = add,
    .subtract = subtract,
    .multiply_elements = multiply_elements,
    .divide = divide,
    .maximum = maximum,
    .minimum = minimum,
    .divide_by = divide_by,
    .relu = relu,
    .leaky_relu = leaky_relu,
    .activate = activate,
    .prelu = prelu,
    .normalize = normalize,
    .normalize_run = normalize_run,
    .blend = blend,
    .greatest = greatest,
    .exponentials = exponentials,
    .sum = sum,
    .squares = squares,
    .column_sums = column_sums,
    .column_maxima = column_maxima,
    .column_squares = column_squares,
    .depthwise = depthwise,
};
