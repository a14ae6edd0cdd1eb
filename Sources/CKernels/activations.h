/// The functions of `ck_function`, each in the form that ReferenceEngine documents.

CK_INLINE float elu(float x, float alpha) {
    const float below = alpha * exponential_less_one(x);
    return x > 0 ? x : below;
}

CK_INLINE float celu(float x, float alpha) {
    const float below = alpha * exponential_less_one(x / alpha);
    return x > 0 ? x : below;
}

CK_INLINE float gelu_tanh(float x) {
    const float cubic = 0.044715f * (x * x * x);
    return x * logistic(2 * (0.7978845608028654f * (x + cubic)));
}

/// `slope * x + offset` clipped to 0...1.
CK_INLINE float ramp(float x, float slope, float offset) {
    const float y = slope * x + offset;
    const float positive = y <= 0 ? 0 : y;
    return positive > 1 ? 1 : positive;
}

CK_INLINE float clip(float x, float least, float most) {
    const float above = x <= least ? least : x;
    return above >= most ? most : above;
}

CK_INLINE float soft_shrink(float x, float lambda) {
    const float inside = x != x ? x : 0;
    const float below = x < -lambda ? x + lambda : inside;
    return x > lambda ? x - lambda : below;
}

CK_INLINE float squareplus(float x, float b) {
    const float root = __builtin_elementwise_sqrt(x * x + b);
    const float below = b / (root - x) / 2;
    return x < 0 ? below : (x + root) / 2;
}

CK_INLINE float sparse_plus(float x) {
    const float middle = (x + 1) * (x + 1) / 4;
    const float above = x < 1 ? middle : x;
    return x <= -1 ? 0 : above;
}

CK_INLINE float sparse_sigmoid(float x) {
    const float below = x <= -1 ? 0 : (x + 1) / 2;
    return x >= 1 ? 1 : below;
}

/// Keras' ReLU with all its constants; without a slope the second term is left out, for 0 times infinity is no number.
CK_INLINE float general_relu(float x, float slope, float least, float most, float threshold) {
    const float above = x > threshold ? x : 0;
    const float clipped = clip(above, least, most);
    const float distance = threshold - x <= 0 ? 0 : threshold - x;
    const float product = slope * distance;
    const float result = slope == 0 ? clipped : clipped - product;
    return x != x ? x : result;
}

CK_TARGET static void activate(ck_function function, const float *constants, ptrdiff_t count, const float *in, float *out) {
    const float a = constants[0], b = constants[1], c = constants[2], d = constants[3];
#define CK_EACH(name, formula) \
    case name: \
        CK_INDEPENDENT for (ptrdiff_t i = 0; i < count; i++) { \
            const float x = in[i]; \
            out[i] = formula; \
        } \
        break;
    switch (function) {
        CK_EACH(CK_RELU, general_relu(x, a, b, c, d))
        CK_EACH(CK_ELU, b * elu(x, a))
        CK_EACH(CK_CELU, celu(x, a))
        CK_EACH(CK_SIGMOID, logistic(x))
        CK_EACH(CK_TANH, hyperbolic_tangent(x))
        CK_EACH(CK_EXPONENTIAL, exponential(x))
        CK_EACH(CK_SOFTPLUS, soft_plus(x))
        CK_EACH(CK_SOFTSIGN, x / (1 + __builtin_fabsf(x)))
        CK_EACH(CK_SILU, x * logistic(x))
        CK_EACH(CK_MISH, x * tangent_of_soft_plus(x))
        CK_EACH(CK_LOG_SIGMOID, -soft_plus(-x))
        CK_EACH(CK_GELU, x * normal_distribution(x))
        CK_EACH(CK_GELU_TANH, gelu_tanh(x))
        CK_EACH(CK_HARD_SIGMOID, ramp(x, a, b))
        CK_EACH(CK_HARD_SILU, x * ramp(x, a, b))
        CK_EACH(CK_HARD_TANH, clip(x, a, b))
        CK_EACH(CK_HARD_SHRINK, __builtin_fabsf(x) <= a ? 0 : x)
        CK_EACH(CK_SOFT_SHRINK, soft_shrink(x, a))
        CK_EACH(CK_TANH_SHRINK, x - hyperbolic_tangent(x))
        CK_EACH(CK_THRESHOLD, x <= a ? b : x)
        CK_EACH(CK_SQUAREPLUS, squareplus(x, a))
        CK_EACH(CK_SPARSE_PLUS, sparse_plus(x))
        CK_EACH(CK_SPARSE_SIGMOID, sparse_sigmoid(x))
    }
#undef CK_EACH
}
