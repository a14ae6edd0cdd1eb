/// Sums over the taps of windows, channel by channel.

#define CK_OUTPUTS 4

/// One vector of channels of `outputs` neighbours, whose sums are registers: `outputs` is a constant where this is inlined.
CK_INLINE void window_lanes(
    const ptrdiff_t outputs, ptrdiff_t channels, ptrdiff_t taps, const ptrdiff_t *elements, const ptrdiff_t *weights_of, const float *x,
    ptrdiff_t step, const float *weights, const float *bias, float *out) {
    lanes sums[CK_OUTPUTS];
    CK_UNROLLED for (ptrdiff_t n = 0; n < outputs; n++) sums[n] = load(bias);
    for (ptrdiff_t t = 0; t < taps; t++) {
        const lanes weight = load(weights + weights_of[t]);
        const float *element = x + elements[t];
        CK_UNROLLED for (ptrdiff_t n = 0; n < outputs; n++) sums[n] += load(element + n * step) * weight;
    }
    CK_UNROLLED for (ptrdiff_t n = 0; n < outputs; n++) store(out + n * channels, sums[n]);
}

/// All channels of `outputs` neighbours.
CK_INLINE void windows_of(
    const ptrdiff_t outputs, ptrdiff_t channels, ptrdiff_t taps, const ptrdiff_t *elements, const ptrdiff_t *weights_of, const float *x,
    ptrdiff_t step, const float *weights, const float *bias, float *out) {
    if (channels >= CK_LANES) {
        for (ptrdiff_t c = 0; c < channels; c += CK_LANES) {
            // The last vector computes some channels again rather than all of a rest one by one.
            const ptrdiff_t first = c + CK_LANES <= channels ? c : channels - CK_LANES;
            window_lanes(outputs, channels, taps, elements, weights_of, x + first, step, weights + first, bias + first, out + first);
        }
        return;
    }
    for (ptrdiff_t n = 0; n < outputs; n++) {
        for (ptrdiff_t c = 0; c < channels; c++) out[n * channels + c] = bias[c];
        for (ptrdiff_t t = 0; t < taps; t++) {
            const float *element = x + elements[t] + n * step, *weight = weights + weights_of[t];
            CK_INDEPENDENT for (ptrdiff_t c = 0; c < channels; c++) out[n * channels + c] += element[c] * weight[c];
        }
    }
}

CK_TARGET static void depthwise(
    ptrdiff_t outputs, ptrdiff_t channels, ptrdiff_t taps, const ptrdiff_t *elements, const ptrdiff_t *weights_of, const float *x, ptrdiff_t step,
    const float *weights, const float *bias, float *out) {
    ptrdiff_t n = 0;
    for (; n + CK_OUTPUTS <= outputs; n += CK_OUTPUTS) {
        windows_of(CK_OUTPUTS, channels, taps, elements, weights_of, x + n * step, step, weights, bias, out + n * channels);
    }
    for (; n < outputs; n++) windows_of(1, channels, taps, elements, weights_of, x + n * step, step, weights, bias, out + n * channels);
}
#undef CK_OUTPUTS
