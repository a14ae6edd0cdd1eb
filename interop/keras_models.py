"""Models for keras_interop.py: fans of layers over their parameters, and random graphs, for Keras 3 and tf-keras alike."""
import itertools
import os
import pathlib
import sys

import numpy as np

# tf-keras' SpectralNormalization takes classes from tf.keras.
os.environ["TF_USE_LEGACY_KERAS"] = "1"
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "generate"))
from common import fan

IMAGE, SEQUENCE, VOLUME = (9, 12, 4), (17, 4), (5, 6, 7, 2)
ACTIVATIONS = "relu sigmoid tanh softmax elu selu softplus softsign swish gelu hard_sigmoid exponential linear mish relu6 leaky_relu log_softmax".split()
NEWER = "hard_swish hard_tanh hard_shrink soft_shrink celu squareplus sparse_plus sparse_sigmoid log_sigmoid tanh_shrink".split()


def label(*parts):
    return "_".join(str(p).replace("(", "").replace(")", "").replace(", ", "x").lower() for p in parts)


def families(keras, seed):
    """Name and model of every family: each a fan of branches whose numbers of channels vary with the seed."""
    L, random, three = keras.layers, np.random.default_rng(seed), not keras.__version__.startswith("2")
    filters = lambda: int(random.integers(1, 8))
    both = ("valid", "same")

    for padding in both:
        yield f"Conv2D {padding}", fan(keras, ("image", IMAGE, {
            label("k", k, "s", s, "d", d, "g", g): L.Conv2D(2 * filters(), k, strides=s, padding=padding, dilation_rate=d, groups=g, use_bias=bool(random.integers(4)))
            for k, (s, d), g in itertools.product((1, 2, 3, (1, 5), (4, 2)), ((1, 1), (2, 1), ((2, 3), 1), (1, 2)), (1, 2)) if g == 1 or k in (1, 3)}))
        yield f"DepthwiseConv2D and SeparableConv2D {padding}", fan(keras, ("image", IMAGE, {
            label(kind, k, s, m): make(k, s, m)
            for k, s, m in itertools.product((2, 3, (1, 4)), (1, 2), (1, 2)) for kind, make in (
                ("depthwise", lambda k, s, m: L.DepthwiseConv2D(k, strides=s, padding=padding, depth_multiplier=m)), ("separable", lambda k, s, m: L.SeparableConv2D(filters(), k, strides=s, padding=padding, depth_multiplier=m)))}))
        yield f"Conv2DTranspose {padding}", fan(keras, ("image", (5, 7, 4), {
            label("k", k, "s", s): L.Conv2DTranspose(filters(), k, strides=s, padding=padding) for k, s in itertools.product((1, 2, 3, 4, (5, 2)), (1, 2, 3, (3, 2)))}))
        yield f"pooling {padding}", fan(keras, ("image", IMAGE, {
            label(kind, p, s): getattr(L, f"{kind}Pooling2D")(p, strides=s, padding=padding) for kind in ("Max", "Average") for p, s in itertools.product((1, 2, 3, (2, 3)), (None, 1, 2, 3))}),
            ("sequence", SEQUENCE, {label(kind, "1d"): getattr(L, f"{kind}Pooling1D")(2, strides=3, padding=padding) for kind in ("Max", "Average")}),
            *([("volume", VOLUME, {label(kind, "3d"): getattr(L, f"{kind}Pooling3D")(2, strides=3, padding=padding) for kind in ("Max", "Average")})] if three else []))
    yield "Conv2DTranspose output_padding", fan(keras, ("image", (5, 7, 4), {
        label(padding, "k", k, "op", op): L.Conv2DTranspose(filters(), k, strides=3, padding=padding, output_padding=op) for padding in both for k, op in itertools.product((2, 3, 4), (0, 1, 2))
        if (padding, op) != ("same", 0) or k == 3}))  # TensorFlow refuses the others
    yield "Conv1D", fan(keras, ("sequence", SEQUENCE, {
        label(padding, "s", s, "d", d): L.Conv1D(filters(), 4, strides=s, padding=padding, dilation_rate=d) for padding in (*both, "causal") for s, d in ((1, 1), (2, 1), (3, 1), (1, 2))}))
    yield "Conv3D", fan(keras, ("volume", VOLUME, {label(padding, "s", s): L.Conv3D(filters(), (2, 3, 3), strides=s, padding=padding) for padding in both for s in (1, 2)}))
    yield "Conv1DTranspose and Conv3DTranspose", fan(keras, ("sequence", (9, 4), {"steps": L.Conv1DTranspose(3, 4, strides=3, padding="same")}), ("volume", (3, 4, 5, 2), {"space": L.Conv3DTranspose(2, 3, strides=2, padding="same")}))
    yield "Dense", fan(keras, ("vector", (7,), {"units": L.Dense(6), "no_bias": L.Dense(5, use_bias=False)}), ("sequence", (5, 8), {"steps": L.Dense(3, activation="softmax")}), ("image", IMAGE, {"pixels": L.Dense(2), "flat": [L.Flatten(), L.Dense(7)]}))
    yield "activations", fan(keras, ("image", IMAGE, {f"as_{name}": L.Activation(name) for name in ACTIVATIONS + (NEWER if three else [])}))
    yield "activations of convolutions", fan(keras, ("image", IMAGE, {f"conv_{name}": L.Conv2D(3, 2, activation=name) for name in ACTIVATIONS + (NEWER if three else [])}))
    slope = "negative_slope" if three else "alpha"
    yield "activation layers", fan(keras, ("image", IMAGE, {
        "relu": L.ReLU(), "relu_max": L.ReLU(max_value=1.5), "relu_all": L.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.5), "leaky": L.LeakyReLU(), "leaky_slope": L.LeakyReLU(**{slope: 0.05}), "elu": L.ELU(alpha=0.7),
        "prelu": L.PReLU(), "prelu_shared": L.PReLU(shared_axes=[1, 2]), "softmax": L.Softmax(), "softmax_rows": L.Softmax(axis=1)}))
    yield "BatchNormalization", fan(keras, ("image", IMAGE, {
        label("axis", axis if axis > 0 else "last", "epsilon", number, center, scale): L.BatchNormalization(axis=axis, epsilon=epsilon, center=center, scale=scale)
        for axis, (number, epsilon), center, scale in itertools.product((-1, 1), enumerate((1e-3, 1.001e-5)), (True, False), (True, False))}), ("vector", (7,), {"units": L.BatchNormalization()}))
    yield "global pooling", fan(keras, *((rank, shape, {label(kind, rank, keep): getattr(L, f"Global{kind}Pooling{rank}")(keepdims=keep) for kind in ("Max", "Average") for keep in (False, True)})
                                         for rank, shape in (("1D", SEQUENCE), ("2D", IMAGE), ("3D", VOLUME))))
    yield "shapes", fan(keras, ("image", IMAGE, {
        "flatten": L.Flatten(), "reshape": L.Reshape((6, -1, 2)), "permute": L.Permute((3, 1, 2)), "pad": L.ZeroPadding2D(((0, 1), (2, 3))), "crop": L.Cropping2D(((0, 1), (2, 3))), "rescale": L.Rescaling(1 / 127.5, offset=-1.0),
        "rescale_vector": L.Rescaling([0.5, 0.6, 0.7, 0.8]), "permute_dense": [L.Permute((3, 1, 2)), L.Flatten(), L.Dense(5)], "dropout": [L.Dropout(0.5), L.Conv2D(2, 3)],
        **{label("up", kind, size): L.UpSampling2D(size, interpolation=kind) for kind in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5") for size in (2, (3, 2))}}),
        ("sequence", SEQUENCE, {"pad1": L.ZeroPadding1D((2, 1)), "crop1": L.Cropping1D((2, 1)), "up1": L.UpSampling1D(3), "repeat": [L.Flatten(), L.RepeatVector(2)]}),
        ("volume", VOLUME, {"pad3": L.ZeroPadding3D(((0, 1), (1, 0), (2, 1))), "crop3": L.Cropping3D(((0, 1), (1, 0), (2, 1))), "up3": L.UpSampling3D((1, 2, 3))}))


def wrappers(keras, seed):
    """TimeDistributed and SpectralNormalization around layers with and without variables, beside others of the same classes."""
    L, time = keras.layers, (3, 6, 7, 2)
    yield "TimeDistributed", fan(keras, ("frames", time, {
        "frame_conv": L.TimeDistributed(L.Conv2D(3, 2, name="one")), "frame_dense": [L.TimeDistributed(L.Flatten(name="two")), L.TimeDistributed(L.Dense(4, activation="tanh", name="three"))],
        "frame_norm": L.TimeDistributed(L.BatchNormalization(name="four")), "frame_depthwise": L.TimeDistributed(L.DepthwiseConv2D(2, depth_multiplier=2, name="five")), "frame_pool": L.TimeDistributed(L.MaxPooling2D(2, name="six")),
        "frame_twice": [L.TimeDistributed(L.Conv2D(2, 3, name="seven")), L.TimeDistributed(L.GlobalAveragePooling2D(name="eight")), L.Dense(3)]}), ("image", (6, 7, 2), {"plain_conv": L.Conv2D(3, 2), "plain_norm": L.BatchNormalization()}))
    yield "SpectralNormalization", fan(keras, ("image", IMAGE, {
        "spectral_conv": L.SpectralNormalization(L.Conv2D(3, 2, name="one")), "spectral_same": L.SpectralNormalization(L.Conv2D(2, 3, padding="same", strides=2, use_bias=False, name="two")),
        "plain": L.Conv2D(2, 2), "spectral_dense": [L.Flatten(), L.SpectralNormalization(L.Dense(4, name="three"))]}))
    image = keras.Input((6, 7, 2), name="image")
    inner, each = (keras.Sequential([keras.Input((6, 7, 2)), L.SpectralNormalization(L.Conv2D(3, 2, name=f"{name}_conv"), name=f"{name}_spectral"), L.BatchNormalization(name=f"{name}_norm")], name=name) for name in ("inner", "each"))
    frames = keras.Input(time, name="frames")
    yield "wrapped models", keras.Model([image, frames], [inner(image), L.TimeDistributed(each, name="frame")(frames)])


def operations(keras, seed):
    """Functions on tensors, and layers, that Keras 3 alone has."""
    L, o = keras.layers, keras.ops
    x = keras.Input((9, 12, 4), name="image")
    positive = o.absolute(x) + 0.5
    yield "arithmetic on tensors", keras.Model(x, [
        x * 2 + x, 1 - x, -x, x / 2, 2 / positive, x * o.mean(x, axis=[1, 2], keepdims=True), o.sqrt(positive), o.rsqrt(positive), o.log(positive), o.exp(x), x**2, o.power(positive, 0.5), o.square(x), o.reciprocal(positive),
        o.maximum(x, 0.25), o.minimum(x, -x), o.clip(x, -0.5, 0.75), o.relu(x), o.relu6(x), o.sigmoid(x), o.tanh(x), o.silu(x), o.gelu(x), o.softmax(x), o.log_softmax(x), o.leaky_relu(x), o.elu(x), o.softplus(x)])
    yield "reductions of tensors", keras.Model(x, [
        o.mean(x, axis=-1), o.mean(x, axis=(1, 2)), o.sum(x, axis=1), o.sum(x, axis=(2, 3), keepdims=True), o.max(x, axis=(1, 3)), o.min(x, axis=2), o.var(x, axis=(1, 2)), o.std(x, axis=-1), o.var(x, axis=-1, keepdims=True)])
    left, right = o.split(x, 2, axis=-1)
    yield "movement of tensors", keras.Model(x, [
        o.reshape(x, (-1, 12, 36)), o.transpose(x, (0, 3, 1, 2)), o.swapaxes(x, 1, 2), o.moveaxis(x, -1, 1), o.pad(x, ((0, 0), (1, 1), (2, 0), (0, 0))), o.pad(x, ((0, 0), (1, 1), (2, 0), (0, 0)), mode="reflect"), o.concatenate([right, left], axis=-1),
        o.stack([x, x], axis=1), o.flip(x, axis=(1, 3)), o.expand_dims(x, 1), o.squeeze(x[:, :1], 1), x[:, 2:5, -3:], x[..., :2], x[:, -1, ..., 1], o.split(x, [1, 3], axis=2)[1], o.unstack(x, axis=3)[2],
        x[:, ::2, 1::3], x[..., ::-1], x[:, -2:1:-3], x[:, None, :, 2], o.take(x, [2, 0, 1], axis=-1), o.tile(x, (1, 2, 1, 2)), o.repeat(x, 2, axis=2), o.roll(x, (1, -2), (1, 2))])
    yield "adaptive pooling", fan(keras, ("sequence", SEQUENCE, {label(kind, "1d", size): getattr(L, f"Adaptive{kind}Pooling1D")(size) for kind in ("Average", "Max") for size in (2, 5, 17)}), ("image", IMAGE, {
        label(kind, size): getattr(L, f"Adaptive{kind}Pooling2D")(size) for kind in ("Average", "Max") for size in (2, (4, 5), (9, 3))}))  # TensorFlow has no float64 for three axes


def dictionaries(keras, seed):
    """Inputs and outputs by name, in lists and dictionaries of each other, and models of that kind as layers."""
    L = keras.layers
    left, right, more = keras.Input((5, 6, 3), name="zebra"), keras.Input((4,), name="ape"), keras.Input((4,), name="cow")
    conv, one, two = L.Conv2D(2, 2, name="conv")(left), L.Dense(3, name="one")(right), L.Dense(2, name="two")(more)
    yield "dictionary of outputs", keras.Model([left, right], {"second": conv, "first": one})
    yield "dictionary of inputs", keras.Model({"right": right, "left": left}, [conv, one])
    yield "dictionaries", keras.Model({"right": right, "left": left}, {"second": conv, "first": one})
    yield "nested structures", keras.Model({"picture": left, "rest": [right, {"deep": more}]}, {"boxes": [conv, one], "more": {"z": two, "a": one}})
    yield "lists of lists", keras.Model([left, [right, more]], [[conv, one], [two]])
    a, b = keras.Input((4,), name="first_inside"), keras.Input((3,), name="second_inside")
    inner = keras.Model({"wide": a, "narrow": b}, {"up": L.Dense(2, name="up")(a), "down": L.Dense(5, name="down")(b)}, name="inner")
    made = inner({"wide": right, "narrow": one})
    yield "dictionaries inside", keras.Model([left, right], {"conv": conv, "up": L.Dense(2, name="after_up")(made["up"]), "down": made["down"]})


def keras2_families(keras, seed):
    """What Keras 2 calls otherwise, means otherwise, or alone has."""
    L, random = keras.layers, np.random.default_rng(seed)
    yield "hard_sigmoid", fan(keras, ("image", IMAGE, {
        "layer": L.Activation("hard_sigmoid"), "conv": L.Conv2D(3, 2, activation="hard_sigmoid"), "dense": L.Dense(3, activation="hard_sigmoid"), "depthwise": L.DepthwiseConv2D(2, activation="hard_sigmoid"),
        "separable": L.SeparableConv2D(3, 2, activation="hard_sigmoid"), "transpose": L.Conv2DTranspose(2, 2, activation="hard_sigmoid"), "local": L.LocallyConnected2D(2, 3, activation="hard_sigmoid"),
        "object": L.Conv2D(2, 1, activation=L.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2))}))
    for order in ("channels_last", "channels_first"):
        yield f"LocallyConnected {order}", fan(keras, *((name, shape, {
            label(name, implementation, padding, "s", s, "k", k, bias): getattr(L, f"LocallyConnected{rank}D")(3, k, strides=s, padding=padding, implementation=implementation, use_bias=bias, data_format=order, activation="tanh" if bias else None)
            for implementation, padding, s, k, bias in itertools.product((1, 2, 3), ("valid", "same"), (1, 2), (2, 3), (True, False)) if (implementation, padding) != (1, "same") and (bias or k == 2)})
            for name, shape, rank in (("steps", (9, 3), 1), ("image", (7, 6, 3), 2))))
    yield "names of kernels", fan(keras, ("image", IMAGE, {
        "depthwise": L.DepthwiseConv2D((3, 2), depth_multiplier=2), "depthwise_same": L.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False), "depthwise_dilated": L.DepthwiseConv2D(2, dilation_rate=2),
        "separable": L.SeparableConv2D(5, 3, depth_multiplier=2), "separable_plain": L.SeparableConv2D(3, (1, 4), use_bias=False), "transpose": L.Conv2DTranspose(3, 4, strides=2), "transpose_more": L.Conv2DTranspose(3, 3, strides=3, padding="valid", output_padding=1)}),
        ("steps", SEQUENCE, {"depthwise_steps": L.DepthwiseConv1D(3, depth_multiplier=2), "separable_steps": L.SeparableConv1D(5, 3, padding="same"), "transpose_steps": L.Conv1DTranspose(3, 4, strides=2)}),
        ("volume", VOLUME, {"transpose_space": L.Conv3DTranspose(2, 3, strides=2)}))
    yield "layers of activation", fan(keras, ("image", IMAGE, {
        "leaky": L.LeakyReLU(), "leaky_alpha": L.LeakyReLU(alpha=0.05), "thresholded": L.ThresholdedReLU(theta=0.7), "relu_all": L.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.5), "elu": L.ELU(alpha=0.7),
        "prelu": L.PReLU(shared_axes=[1, 2]), "prelu_rows": L.PReLU(shared_axes=[2]), "softmax_rows": L.Softmax(axis=1), "softmax_both": L.Softmax(axis=[1, 2])}))
    yield "layers of normalisation", fan(keras, ("image", IMAGE, {
        "batch_fused": L.BatchNormalization(fused=True), "batch_plain": L.BatchNormalization(fused=False, axis=[3]), "batch_rows": L.BatchNormalization(axis=1), "batch_renorm": L.BatchNormalization(renorm=True, epsilon=1e-2),
        "sync": L.BatchNormalization(synchronized=True), "layer": L.LayerNormalization(), "layer_axes": L.LayerNormalization(axis=[1, 2, 3], epsilon=1e-5), "layer_rows": L.LayerNormalization(axis=1, center=False),
        "group": L.GroupNormalization(groups=2), "instance": L.GroupNormalization(groups=-1, scale=False), "one_group": L.GroupNormalization(groups=1, epsilon=1e-5), "unit": L.UnitNormalization(), "unit_axes": L.UnitNormalization(axis=[1, 3])}))
    yield "preprocessing", fan(keras, ("image", IMAGE, {
        "rescale": L.Rescaling(1 / 127.5, offset=-1.0), "rescale_each": L.Rescaling([0.5, 0.6, 0.7, 0.8], offset=[0.1, 0.2, 0.3, 0.4]), **{f"resize_{kind}": L.Resizing(7, 17, interpolation=kind) for kind in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")},
        "crop": L.CenterCrop(6, 7), "fixed": L.Normalization(mean=[0.1, 0.2, 0.3, 0.4], variance=[0.5, 1.5, 2.5, 3.5]), "fixed_one": L.Normalization(axis=None, mean=0.3, variance=2.0), "kept": L.Normalization(), "kept_rows": L.Normalization(axis=1),
        "kept_two": L.Normalization(axis=[1, 3]), "kept_all": L.Normalization(axis=None), "inverted": L.Normalization(invert=True), **{f"up_{kind}": L.UpSampling2D((2, 3), interpolation=kind) for kind in ("nearest", "bilinear", "bicubic", "lanczos3")}}))
    yield "nothing at inference", fan(keras, ("image", IMAGE, {
        name: [layer, L.Conv2D(2, 2)] for name, layer in {"alpha": L.AlphaDropout(0.3), "gaussian": L.GaussianDropout(0.3), "noise": L.GaussianNoise(0.3), "spatial": L.SpatialDropout2D(0.3), "activity": L.ActivityRegularization(l1=0.1), "flip": L.RandomFlip(),
                                                          "rotation": L.RandomRotation(0.1), "zoom": L.RandomZoom(0.1), "translation": L.RandomTranslation(0.1, 0.1), "contrast": L.RandomContrast(0.1), "dropout": L.Dropout(0.3)}.items()}))
    x, y = keras.Input((6, 4), name="x"), keras.Input((6, 4), name="y")
    yield "Dot", keras.Model([x, y], [L.Dot(axes=1, name="rows")([x, y]), L.Dot(axes=2, name="columns")([x, y]), L.Dot(axes=(2, 2), normalize=True, name="cosines")([x, y]), L.Dot(axes=1, name="flat")([L.Flatten(name="fx")(x), L.Flatten(name="fy")(y)])])
    image = keras.Input((5, 6, 4), name="image")
    conv = L.Conv2D(4, 3, padding="same", name="conv")(image)
    yield "operators", keras.Model(image, [L.Conv2D(2, 1, name="head")((conv + image) * 0.5 - 1.0), -conv, image / 4.0, conv * image, conv - image])
    yield "cropping and padding", fan(keras, ("image", IMAGE, {"pad": L.ZeroPadding2D(((0, 1), (2, 3))), "crop": L.Cropping2D(((0, 1), (2, 3))), "global": L.GlobalAveragePooling2D(keepdims=True), "peak": L.GlobalMaxPooling2D(keepdims=True)}))
    policy = keras.mixed_precision.Policy("mixed_float16")
    yield "mixed_float16", fan(keras, ("image", IMAGE, {"conv": L.Conv2D(3, 2, dtype=policy), "norm": L.BatchNormalization(dtype=policy), "dense": [L.Flatten(dtype=policy), L.Dense(3, dtype=policy)]}))
    model = keras.Sequential([L.Conv2D(4, 3, input_shape=(9, 8, 3), name="c"), L.BatchNormalization(name="n"), L.LeakyReLU(name="l"), L.Flatten(name="f"), L.Dense(3, activation="hard_sigmoid", name="d")])
    yield "Sequential", model


def refused(keras):
    """Models that are not to be converted, with the code of the error."""
    L = keras.layers
    yield "Masking", keras.Sequential([keras.Input((5, 3)), L.Masking(), L.Conv1D(2, 2)]), "keras.unsupported-layer"
    yield "mask_zero", keras.Sequential([keras.Input((5,), dtype="int32"), L.Embedding(7, 3, mask_zero=True), L.Conv1D(2, 2)]), "keras.unsupported"
    yield "Lambda", keras.Sequential([keras.Input((5, 3)), L.Lambda(lambda x: x * 2)]), "keras.unsupported-layer"


class Grower:
    """A random graph that grows by one layer at a time from its inputs."""

    def __init__(self, keras, seed):
        self.keras, self.L, self.random = keras, keras.layers, np.random.default_rng(seed)
        self.number, self.shared = 0, {}

    def pick(self, *options):
        return options[int(self.random.integers(len(options)))]

    def name(self, kind):
        self.number += 1
        return f"{kind}_{self.number}"

    def unary(self, x):
        """A layer that suits the image X."""
        L, pick, (h, w, c) = self.L, self.pick, x.shape[1:]
        small = min(h, w) < 5
        kernel = (pick(1, 2, 3), pick(1, 2, 3))
        common = {"padding": "same" if small else pick("same", "valid"), "activation": pick(None, "relu", "tanh", "elu", "swish", "hard_sigmoid"), "use_bias": bool(pick(0, 1, 1))}
        stride = 1 if small else pick(1, 1, 2)
        filters = pick(2, 3, 5, 6)
        kind = pick("conv", "conv", "conv", "depthwise", "separable", "transpose", "max", "average", "norm", "pad", "crop", "up", "activation", "prelu", "permute", "dilated")
        return {
            "conv": lambda n: L.Conv2D(filters, kernel, strides=stride, name=n, **common), "dilated": lambda n: L.Conv2D(filters, 2, dilation_rate=2, name=n, **{**common, "padding": "same"}),
            "depthwise": lambda n: L.DepthwiseConv2D(kernel, strides=stride, depth_multiplier=pick(1, 2), name=n, **common), "separable": lambda n: L.SeparableConv2D(filters, kernel, strides=stride, name=n, **common),
            "transpose": lambda n: L.Conv2DTranspose(filters, kernel, strides=pick(1, 2) if h * w < 200 else 1, name=n, **common),
            "max": lambda n: L.MaxPooling2D(pick(2, 3), strides=pick(None, 1, 2), padding="same", name=n), "average": lambda n: L.AveragePooling2D(pick(2, 3), strides=pick(None, 1, 2), padding="same", name=n),
            "norm": lambda n: L.BatchNormalization(epsilon=pick(1e-3, 1e-5), scale=bool(pick(0, 1)), name=n), "pad": lambda n: L.ZeroPadding2D(((1, 0), (0, 2)), name=n),
            "crop": lambda n: L.Activation("linear", name=n) if small else L.Cropping2D(((0, 1), (1, 0)), name=n), "up": lambda n: L.UpSampling2D((2, 1), name=n) if h * w < 200 else L.ReLU(max_value=2.0, name=n),
            "activation": lambda n: L.Activation(pick("sigmoid", "softplus", "gelu", "softmax"), name=n), "prelu": lambda n: L.PReLU(shared_axes=pick([1, 2], None), name=n), "permute": lambda n: L.Permute((2, 1, 3), name=n),
        }[kind](self.name(kind))(x)

    def merge(self, x, y):
        """X and Y together; where their channels differ, a 1x1 convolution or a concatenation makes them fit."""
        kind = self.pick("Add", "Multiply", "Average", "Maximum", "Subtract", "Concatenate")
        if kind != "Concatenate" and x.shape[3] != y.shape[3]:
            y = self.L.Conv2D(x.shape[3], 1, name=self.name("fit"))(y)
        return getattr(self.L, kind)(name=self.name(kind.lower()))([x, y])

    def reused(self, x):
        """A layer or a nested model that is called again wherever its input's shape returns."""
        shape = tuple(x.shape[1:])
        if shape not in self.shared:
            L, n = self.L, self.name("shared")
            self.shared[shape] = L.Conv2D(shape[2], 3, padding="same", activation="tanh", name=n) if self.pick(0, 1) else self.keras.Sequential(
                [self.keras.Input(shape), L.Conv2D(shape[2], 2, padding="same", name=f"{n}_conv"), L.BatchNormalization(name=f"{n}_norm")], name=n)
        return self.shared[shape](x)

    def head(self, x):
        L = self.L
        return self.pick(
            lambda: L.Dense(5, activation="softmax", name="scores")(L.Flatten(name="flat")(x)), lambda: L.Dense(3, name="scores")(L.GlobalAveragePooling2D(name="mean")(x)),
            lambda: L.GlobalMaxPooling2D(name="peak")(x), lambda: L.Conv1D(2, 2, padding="same", name="steps")(L.Reshape((-1, x.shape[3]), name="rows")(x)))()

    def graph(self):
        shape = tuple(int(self.random.integers(low, high)) for low, high in ((7, 16), (7, 16), (1, 5)))
        inputs = [self.keras.Input(shape, name=f"image{number}") for number in range(self.pick(1, 1, 1, 2))]
        alive = list(inputs)
        for _ in range(int(self.random.integers(4, 13))):
            x = self.pick(alive[-1], alive[-1], self.pick(*alive))
            fitting = [y for y in alive if y is not x and y.shape[1:3] == x.shape[1:3]]
            draw = self.random.random()
            grown = self.merge(x, self.pick(*fitting)) if fitting and draw < 0.35 else self.reused(x) if draw < 0.5 else self.unary(x)
            if grown.shape[3] <= 48:
                alive.append(grown)
        outputs = [self.head(alive[-1])]
        if self.pick(0, 0, 1):
            outputs.append(self.L.Conv2D(2, 1, name="map")(self.pick(*alive)))
        return self.keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0])


def random_graph(keras, seed):
    return Grower(keras, seed).graph()
