/// Functions of one number for the loops of kernels.h, without branches, so that loops over them become loops over vectors.
///
/// Errors are stated in u = 2^-24, relative to the exact value for the float given. That of `exponential` has been measured for every float,
/// with fused multiply-adds and without, the others for every thirteenth; ActivationTests measures them again for fewer. NaN gives NaN.
/// Coefficients are minimax for the relative error of the function, fitted in 40 digits and rounded to float.

#define CK_INLINE CK_TARGET __attribute__((always_inline)) static inline

CK_INLINE uint32_t bits(float x) {
    uint32_t word;
    __builtin_memcpy(&word, &x, sizeof word);
    return word;
}

CK_INLINE float number(uint32_t word) {
    float x;
    __builtin_memcpy(&x, &word, sizeof x);
    return x;
}

/// `2^n` for n from -126 to 127.
CK_INLINE float power_of_two(int32_t n) { return number(((uint32_t)n + 127) << 23); }

/// Adding it rounds to a whole number, which then stands in the low bits.
#define CK_ROUNDER 0x1.8p23f

/// An argument as `n ln 2 + r` with n whole and `|r| <= 0.35`.
typedef struct reduced {
    int32_t n;
    /// `exp(r) - 1`.
    float rest;
} reduced;

CK_INLINE reduced reduce(float x) {
    const float shifted = x * 0x1.715476p0f + CK_ROUNDER;
    const float n = shifted - CK_ROUNDER;
    // ln 2 in two parts: the first has nine bits, so that n times it is exact with and without fused multiply-adds.
    const float high = x - n * 0x1.63p-1f;
    const float r = high - n * -0x1.bd0106p-13f;
    float p = 0x1.a19e82p-13f;
    p = p * r + 0x1.6d74e6p-10f;
    p = p * r + 0x1.111092p-7f;
    p = p * r + 0x1.5554aep-5f;
    p = p * r + 0x1.555556p-3f;
    p = p * r + 0x1p-1f;
    const float square = r * r;
    return (reduced){(int32_t)(bits(shifted) - bits(CK_ROUNDER)), square * p + r};
}

/// `exp(x)` within 1.4 u, infinite from overflow on, and gradually down to 0 below 2^-126.
CK_INLINE float exponential(float x) {
    const float above = x < -104 ? -104 : x;
    const reduced e = reduce(above > 89 ? 89 : above);
    // In two steps, for n goes from -150 to 128.
    const int32_t half = e.n >> 1;
    const float first = power_of_two(half);
    const float scaled = e.rest * first + first;
    return scaled * power_of_two(e.n - half);
}

/// `exp(x) - 1` within 1.5 u for x up to 0 and 2.1 u up to 20.
CK_INLINE float exponential_less_one(float x) {
    const reduced e = reduce(x < -18 ? -18 : x);
    const float scale = power_of_two(e.n);
    const float less_one = scale - 1;
    return e.rest * scale + less_one;
}

/// `log(1 + t)` within 3 u for t from 0 to 1, as twice the inverse hyperbolic tangent of `t / (2 + t)`.
CK_INLINE float logarithm_of_one_more(float t) {
    const float s = t / (2 + t);
    const float z = s * s;
    float q = 0x1.f1aee8p-3f;
    q = q * z + 0x1.b6d6a2p-3f;
    q = q * z + 0x1.250972p-2f;
    q = q * z + 0x1.9996a8p-2f;
    q = q * z + 0x1.555558p-1f;
    const float cubic = z * q;
    return s * cubic + 2 * s;
}

/// `1 / (1 + exp(-x))` within 3 u.
CK_INLINE float logistic(float x) {
    const float e = exponential(-__builtin_fabsf(x));
    const float numerator = x >= 0 ? 1 : e;
    return numerator / (1 + e);
}

/// `tanh(x)` within 3 u.
CK_INLINE float hyperbolic_tangent(float x) {
    const float magnitude = __builtin_fabsf(x);
    const float e = exponential_less_one(magnitude > 10 ? 20 : 2 * magnitude);
    return __builtin_copysignf(e / (e + 2), x);
}

/// `log(1 + exp(x))` within 4 u.
CK_INLINE float soft_plus(float x) {
    const float rest = logarithm_of_one_more(exponential(-__builtin_fabsf(x)));
    return (x > 0 ? x : 0) + rest;
}

/// `tanh(log(1 + exp(x)))`, which is `e (e + 2) / (e (e + 2) + 2)` with `e = exp(x)`, within 4.5 u.
CK_INLINE float tangent_of_soft_plus(float x) {
    const float e = exponential(-__builtin_fabsf(x));
    const float numerator = x >= 0 ? 1 + 2 * e : e * (e + 2);
    const float rest = x >= 0 ? 2 * e * e : 2;
    return numerator / (numerator + rest);
}

/// The distribution function of the normal distribution, `(1 + erf(x / sqrt 2)) / 2`, within 5 u absolutely: for `t = 1 / (1 + |x| / 4)`,
/// a polynomial gives `(1 - it) exp(x^2 / 2) / t`.
CK_INLINE float normal_distribution(float x) {
    const float t = 1 / (1 + 0.25f * __builtin_fabsf(x));
    float p = 0x1.4df25ap-6f;
    p = p * t + -0x1.562d0ep-4f;
    p = p * t + 0x1.9bd040p-4f;
    p = p * t + -0x1.2cc1d0p-5f;
    p = p * t + 0x1.1125dap-4f;
    p = p * t + 0x1.da4e80p-5f;
    p = p * t + 0x1.4f2e10p-4f;
    p = p * t + 0x1.7ebaeap-4f;
    p = p * t + 0x1.9886bcp-4f;
    p = p * t + 0x1.98844cp-4f;
    const float outer = t * p * exponential(-0.5f * x * x);
    return x > 0 ? 1 - outer : outer;
}
