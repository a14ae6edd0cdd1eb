/// Rows of numbers: reductions, mixtures, and loops with a constant for each column or none.

/// The lanes where `y` is greater, or not a number, from `y`; equal zeros give +0 where one is.
CK_INLINE lanes greater_lanes(lanes x, lanes y) {
    typedef int32_t words __attribute__((ext_vector_type(CK_LANES)));
    const words takes = (y > x) | (y != y);
    const words both = (words)x & (words)y;
    const words equal = x == y;
    const words other = (equal & both) | (~equal & (words)x);
    return (lanes)((takes & (words)y) | (~takes & other));
}

CK_INLINE float greater(float x, float y) {
    const float other = x == y ? number(bits(x) & bits(y)) : x;
    return y > x || y != y ? y : other;
}

CK_INLINE lanes load(const float *x) { return *(const loose_lanes *)x; }
CK_INLINE void store(float *x, lanes value) { *(loose_lanes *)x = value; }

/// The numbers past the last whole vector, and `filling` in the lanes that are left.
CK_INLINE lanes load_rest(const float *x, ptrdiff_t count, float filling) {
    float rest[CK_LANES];
    for (ptrdiff_t lane = 0; lane < CK_LANES; lane++) rest[lane] = filling;
    for (ptrdiff_t lane = 0; lane < count; lane++) rest[lane] = x[lane];
    return load(rest);
}

CK_TARGET static float greatest(ptrdiff_t count, const float *x) {
    lanes most = (lanes)(-__builtin_inff());
    ptrdiff_t i = 0;
    for (; i + CK_LANES <= count; i += CK_LANES) most = greater_lanes(most, load(x + i));
    if (i < count) most = greater_lanes(most, load_rest(x + i, count - i, -__builtin_inff()));
    float result[CK_LANES];
    store(result, most);
    CK_UNROLLED for (ptrdiff_t half = CK_LANES / 2; half > 0; half /= 2) {
        CK_UNROLLED for (ptrdiff_t lane = 0; lane < half; lane++) result[lane] = greater(result[lane], result[lane + half]);
    }
    return result[0];
}

CK_INLINE float total(lanes sums) {
    float sum[CK_LANES];
    store(sum, sums);
    CK_UNROLLED for (ptrdiff_t half = CK_LANES / 2; half > 0; half /= 2) {
        CK_UNROLLED for (ptrdiff_t lane = 0; lane < half; lane++) sum[lane] += sum[lane + half];
    }
    return sum[0];
}

CK_TARGET static float sum(ptrdiff_t count, const float *x) {
    lanes sums = (lanes)0.0f;
    ptrdiff_t i = 0;
    for (; i + CK_LANES <= count; i += CK_LANES) sums += load(x + i);
    if (i < count) sums += load_rest(x + i, count - i, 0);
    return total(sums);
}

CK_TARGET static float squares(ptrdiff_t count, const float *x, float centre) {
    lanes sums = (lanes)0.0f;
    ptrdiff_t i = 0;
    for (; i + CK_LANES <= count; i += CK_LANES) {
        const lanes difference = load(x + i) - centre;
        sums += difference * difference;
    }
    if (i < count) {
        const lanes difference = load_rest(x + i, count - i, centre) - centre;
        sums += difference * difference;
    }
    return total(sums);
}

CK_TARGET static float exponentials(ptrdiff_t count, const float *x, float origin, float *out) {
    const ptrdiff_t whole = count / CK_LANES * CK_LANES;
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < whole; i++) out[i] = exponential(x[i] - origin);
    lanes sums = (lanes)0.0f;
    for (ptrdiff_t i = 0; i < whole; i += CK_LANES) sums += load(out + i);
    if (whole < count) {
        // As a whole vector, for rows are often short; the lanes that are left add nothing.
        float rest[CK_LANES];
        store(rest, load_rest(x + whole, count - whole, -__builtin_inff()));
        CK_INDEPENDENT for (ptrdiff_t lane = 0; lane < CK_LANES; lane++) rest[lane] = exponential(rest[lane] - origin);
        for (ptrdiff_t lane = 0; lane < count - whole; lane++) out[whole + lane] = rest[lane];
        sums += load_rest(rest, count - whole, 0);
    }
    return total(sums);
}

/// Columns in groups of vectors, for each all rows at once, so that what is gathered stays in registers.
#define CK_COLUMN_LOOP(name, first, one, several) \
    CK_TARGET static void name(ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t stride, float *out) { \
        ptrdiff_t n = 0; \
        for (; n + 4 * CK_LANES <= columns; n += 4 * CK_LANES) { \
            lanes result[4] = {(lanes)(first), (lanes)(first), (lanes)(first), (lanes)(first)}; \
            for (ptrdiff_t row = 0; row < rows; row++) { \
                CK_UNROLLED for (int v = 0; v < 4; v++) result[v] = several(result[v], load(x + row * stride + n + v * CK_LANES)); \
            } \
            CK_UNROLLED for (int v = 0; v < 4; v++) store(out + n + v * CK_LANES, result[v]); \
        } \
        for (; n + CK_LANES <= columns; n += CK_LANES) { \
            lanes result = (lanes)(first); \
            for (ptrdiff_t row = 0; row < rows; row++) result = several(result, load(x + row * stride + n)); \
            store(out + n, result); \
        } \
        for (; n < columns; n++) { \
            float result = first; \
            for (ptrdiff_t row = 0; row < rows; row++) result = one(result, x[row * stride + n]); \
            out[n] = result; \
        } \
    }
#define CK_SUM(x, y) ((x) + (y))
CK_COLUMN_LOOP(column_sums, 0.0f, CK_SUM, CK_SUM)
CK_COLUMN_LOOP(column_maxima, -__builtin_inff(), greater, greater_lanes)
#undef CK_SUM
#undef CK_COLUMN_LOOP

CK_TARGET static void column_squares(
    ptrdiff_t rows, ptrdiff_t columns, const float *x, ptrdiff_t stride, const float *centres, float *out) {
    ptrdiff_t n = 0;
    for (; n + CK_LANES <= columns; n += CK_LANES) {
        const lanes centre = load(centres + n);
        lanes result = (lanes)0.0f;
        for (ptrdiff_t row = 0; row < rows; row++) {
            const lanes difference = load(x + row * stride + n) - centre;
            result += difference * difference;
        }
        store(out + n, result);
    }
    for (; n < columns; n++) {
        float result = 0;
        for (ptrdiff_t row = 0; row < rows; row++) {
            const float difference = x[row * stride + n] - centres[n];
            result += difference * difference;
        }
        out[n] = result;
    }
}

CK_TARGET static void normalize(
    ptrdiff_t rows, ptrdiff_t channels, const float *x, const float *mean, const float *scale, const float *shift, float *out) {
    for (ptrdiff_t row = 0; row < rows; row++, x += channels, out += channels) {
        CK_INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) out[c] = (x[c] - mean[c]) * scale[c] + shift[c];
    }
}

CK_TARGET static void normalize_run(ptrdiff_t count, const float *x, float mean, float scale, float shift, float *out) {
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) out[i] = (x[i] - mean) * scale + shift;
}

CK_TARGET static void prelu(ptrdiff_t count, const float *x, const float *slopes, float *out) {
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) {
        const float below = slopes[i] * x[i];
        out[i] = x[i] > 0 ? x[i] : below;
    }
}

CK_TARGET static void blend(ptrdiff_t count, const float *x, const float *y, float part, float *out) {
    CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) out[i] = x[i] + (y[i] - x[i]) * part;
}
