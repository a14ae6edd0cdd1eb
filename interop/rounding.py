"""How far a float32 run of a Keras model may be from the exact result.

Every elementary operation of such a run errs by d with |d| <= u |its result|; rounding errors are independent with mean zero
(Higham and Mary 2019). To first order the output's error is the sum of J d over all of them, so by Hoeffding's inequality an
output element is off by more than L sqrt(sum (J u r)^2) with probability at most 2 exp(-L^2 / 2): below 3e-14 for L = 8.

Within a layer that sums n products, each partial sum is at most S = sum |w x|, so the layer's own part of the root is at most
B = sqrt(n) u S in each element. How the B reach the output is not computed from Jacobians but measured: the model runs in
float64 with +B or -B at random in every element of every layer, SAMPLES times at once along the batch. Thirty-two samples
underestimate a root below 0.45 of it with probability under 1e-6, hence the division by 0.45. Layers that only move values have
B = 0: a model of such layers must agree in every bit.
"""
import numpy as np
import tensorflow as tf

U = 2.0 ** -24
SAMPLES, L, LOW = 32, 8.0, 0.45

# No arithmetic, or arithmetic that is exact.
EXACT = {"Flatten", "Reshape", "Permute", "RepeatVector", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "Cropping1D", "Cropping2D", "Cropping3D", "UpSampling1D", "UpSampling3D", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D",
         "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "Concatenate", "Maximum", "Minimum", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "Identity", "InputLayer", "ActivityRegularization", "SpatialDropout3D", "CenterCrop",
         "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D"}
# Functions of keras.ops by their classes: exact, rounded once or a few times, and reductions.
EXACT_FUNCTIONS = {"Absolute", "Negative", "Maximum", "Minimum", "Clip", "Relu", "Relu6", "Max", "Min", "Reshape", "Transpose", "SwapAxes", "Swapaxes", "Moveaxis", "Pad", "Concatenate", "Stack", "Flip", "ExpandDims", "Squeeze", "GetItem", "Split", "Unstack", "Take", "Tile", "Repeat", "Roll"}
FUNCTIONS = {"Sqrt", "Rsqrt", "Log", "Exp", "Power", "Square", "Reciprocal", "Divide", "TrueDivide", "Sigmoid", "Tanh", "Silu", "Gelu", "Softmax", "LogSoftmax", "LeakyRelu", "Elu", "Softplus"}
REDUCTIONS = {"Mean", "Sum", "Var", "Std"}
EXACT_ACTIVATIONS = {"linear", "relu", "relu6", "hard_tanh", "hard_shrink"}
# Ulps that an elementwise function may be off, relative to 1 + |x| + |y|; TensorFlow's own need 5.
ULPS = 8
# The largest slope of an activation, where it is not about 1; an exponential's is its value.
SLOPES = {"softmax": 0.5, "sigmoid": 0.25, "selu": 1.76, "log_softmax": 2.0}


def terms(layer):
    """How many products an output element of a layer with a kernel sums up, bias included."""
    shapes = [tuple(w.shape) for w in layer.weights]
    kind = type(layer).__name__
    if kind.startswith("Depthwise"):
        return int(np.prod(shapes[0][:-2])) + 1
    if kind.startswith("LocallyConnected"):
        return int(np.prod(layer.kernel_size)) * layer.input_spec.axes[1 if layer.data_format == "channels_first" else -1] + 1
    if kind.startswith("Separable"):
        return int(np.prod(shapes[0][:-2])) + int(np.prod(shapes[1][:-1])) + 2
    out = -2 if "Transpose" in kind else -1
    return int(np.prod(shapes[0])) // shapes[0][out] + 1


def sums(layer, x):
    """What a layer with a kernel sums up before its activation, and sum |w x|: the same with absolute weights and values."""
    twin = type(layer).from_config({**layer.get_config(), "activation": "linear"})
    twin.build(x.shape)
    twin.set_weights([np.asarray(w) for w in layer.weights])
    value = np.asarray(twin(x))
    twin.set_weights([np.abs(np.asarray(w)) for w in layer.weights])
    return value, np.asarray(twin(np.abs(x)))


def activation_bound(name, x, y):
    """Of an elementwise function (and softmax, whose n additions of values below 1 hide in the constant)."""
    return 0.0 if name in EXACT_ACTIVATIONS else ULPS * U * (1 + np.abs(x) + np.abs(y))


def bound(layer, inputs, y):
    """The B of LAYER alone, elementwise, for INPUTS and its exact result Y."""
    kind = type(layer).__name__
    x = inputs[0]
    if kind in EXACT or (kind in ("UpSampling2D", "Resizing") and layer.interpolation == "nearest"):
        return 0.0
    if kind in FUNCTIONS and not hasattr(layer, "trainable"):
        return ULPS * U * (1 + sum(np.abs(i) for i in inputs) + np.abs(y))
    if kind in REDUCTIONS:
        # Each of n terms is at most the square of the largest, or that value itself, times n where nothing divides by n.
        n, largest = x.size / y.size, np.abs(x).max()
        return (n + ULPS) ** 0.5 * U * {"Mean": largest, "Sum": n * largest, "Var": 4 * largest**2, "Std": 4 * largest**2 / np.maximum(y, 1e-3)}[kind]
    if kind.startswith("AdaptiveAverage"):
        n = np.prod([-(-size // wanted) + 1 for size, wanted in zip(x.shape[1:-1], y.shape[1:-1])])
        return (n + 1) ** 0.5 * U * np.asarray(type(layer).from_config(layer.get_config())(np.abs(x)))
    if kind in ("TimeDistributed", "SpectralNormalization"):
        inner = [x.reshape(-1, *x.shape[2:]), y.reshape(-1, *y.shape[2:])] if kind == "TimeDistributed" else [x, y]
        return np.broadcast_to(bound(layer.layer, inner[:1], inner[1]), inner[1].shape).reshape(y.shape)
    if kind in ("LayerNormalization", "GroupNormalization"):
        rows = x if kind == "LayerNormalization" else x.reshape(*x.shape[:-1], layer.groups, -1)
        axes = tuple(np.atleast_1d(layer.axis)) if kind == "LayerNormalization" else (*range(1, x.ndim - 1), x.ndim)
        size = np.prod([rows.shape[axis] for axis in axes])
        weight = {w.name.split("/")[-1].split(":")[0]: np.abs(np.asarray(w)).max() for w in layer.weights}
        scaled = np.abs(rows).max(axes, keepdims=True) / np.sqrt(rows.var(axes, keepdims=True) + layer.epsilon) * np.ones_like(rows)
        return (size ** 0.5 + ULPS) * U * (2 * scaled.reshape(x.shape) * weight.get("gamma", 1.0) + weight.get("beta", 0.0))
    if hasattr(layer, "layers"):
        # A model that is wrapped: ten roundings for each layer, and no product of norms, for its numbers are about 1.
        return 10 * len(layer.layers) * U * (1 + np.abs(y))
    if kind == "UnitNormalization":
        return (x[0].size ** 0.5 + ULPS) * U * np.abs(y)
    if kind == "Dot":
        return (x.size ** 0.5 + ULPS) * U * np.asarray(type(layer).from_config(layer.get_config())([np.abs(i) for i in inputs]))
    if kind in ("TFOpLambda", "SlicingOpLambda"):
        return ULPS * U * (1 + sum(np.abs(i).max() for i in inputs) + np.abs(y))
    if kind.startswith(("Conv", "Depthwise", "Separable", "Dense", "LocallyConnected")):
        name = getattr(layer.activation, "__name__", "layer")
        before, magnitude = sums(layer, x)
        slope = np.maximum(np.abs(y), 1) if name == "exponential" else SLOPES.get(name, 1.2)
        return slope * terms(layer) ** 0.5 * U * magnitude + activation_bound(name, before, y)
    if kind.startswith(("AveragePooling", "GlobalAverage")):
        n = np.prod(layer.pool_size) if hasattr(layer, "pool_size") else np.prod(x.shape[1:-1])
        average = (lambda a: pooling_3d(layer, a)) if kind == "AveragePooling3D" else type(layer).from_config(layer.get_config())
        return (n + 1) ** 0.5 * U * np.asarray(average(np.abs(x)))
    if kind in ("Add", "Subtract", "Average", "Multiply"):
        return (len(inputs) + 1) * U * (np.abs(y) if kind == "Multiply" else sum(np.abs(i) for i in inputs))
    if kind == "BatchNormalization":
        weight = {w.name.split("/")[-1].split(":")[0]: np.asarray(w) for w in layer.weights}
        axis = layer.axis if isinstance(layer.axis, int) else layer.axis[0]
        shape = [1] * x.ndim
        shape[axis] = -1
        spread = {key: value.reshape(shape) for key, value in weight.items()}
        inverse = spread.get("gamma", 1.0) / np.sqrt(spread["moving_variance"] + layer.epsilon)
        return 6 * U * ((np.abs(x) + np.abs(spread["moving_mean"])) * np.abs(inverse) + np.abs(spread.get("beta", 0.0)))
    if kind in ("ReLU", "LeakyReLU", "PReLU", "ThresholdedReLU"):
        return 3 * U * np.abs(y)
    if kind in ("Activation", "ELU", "Softmax"):
        return activation_bound(getattr(getattr(layer, "activation", None), "__name__", "layer"), x, y)
    if kind in ("Rescaling", "Normalization"):
        return ULPS * U * (1 + np.abs(x) + np.abs(y))
    if kind in ("UpSampling2D", "Resizing"):
        # Up to 11 by 11 terms whose absolute weights sum to less than 3, and weights that are float32 themselves.
        return 64 * U * np.abs(x).max(axis=tuple(range(1, x.ndim)), keepdims=True)
    raise NotImplementedError(kind)


def pooling_3d(layer, x):
    """TensorFlow has no float64 kernels for these on the CPU."""
    sizes = list(zip(x.shape[1:4], layer.pool_size, layer.strides))
    same = layer.padding == "same"
    out = [-(-size // stride) if same else (size - window) // stride + 1 for size, window, stride in sizes]
    extra = [max((o - 1) * stride + window - size, 0) if same else 0 for o, (size, window, stride) in zip(out, sizes)]
    pads = [(0, 0), *((e // 2, e - e // 2) for e in extra), (0, 0)]
    largest = type(layer).__name__.startswith("Max")
    values, cells = np.pad(x, pads, constant_values=-np.inf if largest else 0), np.pad(np.ones_like(x), pads)
    windows = [tuple([slice(None), *(slice(start, start + (o - 1) * stride + 1, stride) for start, o, (_, _, stride) in zip(starts, out, sizes))]) for starts in np.ndindex(*layer.pool_size)]
    if largest:
        return np.max([values[w] for w in windows], axis=0)
    return sum(values[w] for w in windows) / sum(cells[w] for w in windows)


def flat(structure):
    """The members of lists and dictionaries in each other, these by their keys in order."""
    return tf.nest.flatten(structure)


def allowed(keras, model, arrays, seed):
    """The exact outputs of MODEL for ARRAYS, and how far from them a float32 run may be."""
    text = model.to_json().replace('"float32"', '"float64"').replace('"mixed_float16"', '"float64"')
    exact = keras.models.model_from_json(text, custom_objects={"SpectralNormalization": keras.layers.SpectralNormalization})
    exact.set_weights([np.asarray(w, "float64") for w in model.get_weights()])
    for layer in exact.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()  # A Normalization computes with what it made of its weights when they were loaded.
    random = np.random.default_rng(seed)
    batch = len(arrays[0])

    def disturbed(layer, call, *inputs, **options):
        if type(layer).__name__ in EXACT_FUNCTIONS and not hasattr(layer, "trainable"):
            return call(*inputs, **options)
        y = pooling_3d(layer, np.asarray(inputs[0])) if type(layer).__name__ in ("MaxPooling3D", "AveragePooling3D") else np.asarray(call(*inputs, **options))
        b = bound(layer, [np.asarray(i) for value in inputs for i in flat(value)], y)
        sign = random.choice((-1.0, 1.0), y.shape)
        sign[:batch] = 0
        return tf.constant(y + sign * b)

    def watch(parent):
        for layer in getattr(parent, "operations", None) or parent.layers:
            if hasattr(layer, "layers"):
                watch(layer)
            elif type(layer).__name__ != "InputLayer" and not hasattr(layer.call, "watched"):
                def call(*inputs, _layer=layer, _call=layer.call, **options):
                    return disturbed(_layer, _call, *inputs, **options)
                call.watched = True
                layer.call = call

    watch(exact)
    repeated = [np.concatenate([a.astype("float64")] * (SAMPLES + 1)) for a in arrays]
    outputs = flat(exact(tf.nest.pack_sequence_as(model.input, repeated), training=False))
    result = []
    for output in outputs:
        runs = np.asarray(output, "float64").reshape(SAMPLES + 1, batch, *output.shape[1:])
        root = np.sqrt(np.mean((runs[1:] - runs[0]) ** 2, axis=0))
        result.append((runs[0], L / LOW * root + np.where(root > 0, U, 0) * np.abs(runs[0])))
    return result
