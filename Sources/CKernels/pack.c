#include "CKernels.h"

void ck_pack(
    ptrdiff_t tile_columns, ptrdiff_t depth, ptrdiff_t columns, const float *b, ptrdiff_t row_stride, ptrdiff_t column_stride,
    float *restrict out) {
    for (ptrdiff_t n = 0; n < columns; n += tile_columns) {
        const ptrdiff_t width = columns - n < tile_columns ? columns - n : tile_columns;
        for (ptrdiff_t k = 0; k < depth; k++, out += tile_columns) {
            const float *row = b + k * row_stride + n * column_stride;
            for (ptrdiff_t j = 0; j < width; j++) out[j] = row[j * column_stride];
            for (ptrdiff_t j = width; j < tile_columns; j++) out[j] = 0;
        }
    }
}
