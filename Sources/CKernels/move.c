#include "CKernels.h"

void ck_transpose(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t stride, float *restrict out, ptrdiff_t out_stride) {
    // In squares whose lines all stay in the first-level cache.
    enum { side = 16 };
    for (ptrdiff_t i = 0; i < rows; i += side) {
        const ptrdiff_t bottom = rows - i < side ? rows : i + side;
        for (ptrdiff_t j = 0; j < columns; j += side) {
            const ptrdiff_t right = columns - j < side ? columns : j + side;
            for (ptrdiff_t column = j; column < right; column++) {
                for (ptrdiff_t row = i; row < bottom; row++) out[column * out_stride + row] = x[row * stride + column];
            }
        }
    }
}

void ck_spread(ptrdiff_t elements, ptrdiff_t groups, ptrdiff_t depth, ptrdiff_t times, const float *x, float *restrict out) {
// A constant number of times becomes one store of a vector.
#define CK_SPREAD(count) \
    for (ptrdiff_t e = 0; e < elements; e++, x += groups * depth) { \
        for (ptrdiff_t d = 0; d < depth; d++) { \
            for (ptrdiff_t g = 0; g < groups; g++, out += (count)) { \
                const float value = x[g * depth + d]; \
                for (ptrdiff_t k = 0; k < (count); k++) out[k] = value; \
            } \
        } \
    }
    switch (times) {
    case 2: CK_SPREAD(2) break;
    case 4: CK_SPREAD(4) break;
    case 8: CK_SPREAD(8) break;
    default: CK_SPREAD(times) break;
    }
#undef CK_SPREAD
}
