#!/usr/bin/env python3
"""Weights of keras.applications without their architecture: real Keras saves them, cnnconvert finds the network by names and
shapes, and both compute the same.
usage: keras_catalogue.py [BINARY] [--all] [--only TEXT]

BINARY is cnnconvert, or $CNNCONVERT. Eight networks, or --all of them, get seeded weights and are saved by their layers (.h5, as the
published files are) or by class (.weights.h5), with and without top, some by tf-keras. The outputs are compared with those of the
same network in float64, at eight times the difference of Keras' own float32 run. The last line says how many passed and failed.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np
import tensorflow as tf

import rounding
import keras
import tf_keras
from keras import applications
from keras.src.legacy.saving import legacy_h5_format

EIGHT = ("VGG16", "VGG19", "ResNet50", "MobileNetV2", "InceptionV3", "Xception", "DenseNet121", "EfficientNetB0")
NASNETS = {"NASNetLarge": 331, "NASNetMobile": 224}
MODES = {"VGG": "caffe", "ResNet": "caffe", "DenseNet": "torch", "Efficient": "inside", "ConvNeXt": "inside", "MobileNetV3": "inside"}
U = rounding.U


class Mismatch(Exception):
    """What cnnconvert did wrong, in one line."""


def call(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace", timeout=900)
    if done.returncode:
        raise Mismatch(f"{command[1]}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-400:]}")
    return done.stdout


def seeded(model, seed):
    """Weights under which values neither vanish nor grow from layer to layer, each different from the next."""
    random = np.random.default_rng(seed)
    values = []
    for weight in model.weights:
        name = getattr(weight, "path", weight.name).split("/")[-1].split(":")[0]
        shape = tuple(weight.shape)
        if "int" in str(weight.dtype):
            values.append(np.ones(shape, "int64"))
        elif name in ("gamma", "moving_variance", "variance") or (name == "variable" and len(shape) == 1):
            values.append(random.uniform(0.7, 1.3, shape))
        elif len(shape) < 2:
            values.append(random.normal(0, 0.1, shape))
        else:
            fan = np.prod(shape[:-2]) if "depthwise" in name else np.prod(shape[:-1])
            values.append(random.normal(0, (1 / fan) ** 0.5, shape))
    model.set_weights([np.asarray(value, "float32") if np.asarray(value).dtype != np.int64 else value for value in values])


def save(framework, model, path):
    """Write the weights as a file of the kind that PATH names."""
    if framework is keras and not path.name.endswith(".weights.h5"):
        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, model)
    else:
        model.save_weights(path)


def quick(model):
    """Have convolutions with a group for each channel computed as depthwise ones: TensorFlow has no fast loops for the former."""
    for layer in model.layers:
        if getattr(layer, "groups", 1) > 1:
            layer.call = lambda x, layer=layer: tf.nn.depthwise_conv2d(x, tf.transpose(layer.kernel.value, (0, 1, 3, 2)), (1, 1, 1, 1), "SAME") + layer.bias
    return model


def exact(model, array):
    """What a Keras 3 model computes in float64."""
    text = model.to_json().replace('"float32"', '"float64"')
    twin = keras.models.model_from_json(text, custom_objects=custom())
    twin.set_weights([np.asarray(weight, "float64") for weight in model.get_weights()])
    return np.asarray(quick(twin)(array.astype("float64"), training=False))


def custom():
    from keras.src.applications import convnext, inception_resnet_v2
    return {"LayerScale": convnext.LayerScale, "StochasticDepth": convnext.StochasticDepth, "CustomScaleLayer": inception_resnet_v2.CustomScaleLayer}


def check(name, framework, top, kind, seed, binary, folder):
    """Convert and run; returns the ratio of the error to its bound."""
    for each in (keras, tf_keras):
        each.backend.clear_session()
    options = {"weights": None, "include_top": top}
    if top:
        options["classes"] = 7 + seed % 5
    elif name in NASNETS:
        options["input_shape"] = (NASNETS[name], NASNETS[name], 3)
    model = getattr(framework.applications, name)(**options)
    seeded(model, seed)
    save(framework, model, folder / f"in{kind}")
    said = call(binary, folder / f"in{kind}", folder / "out.cnnm", "--no-verify")
    wanted = f"those of {name} " + (f"with {options['classes']} classes" if top else "without top")
    if wanted not in said:
        raise Mismatch(f"no {wanted!r} in {said!r}")
    about = json.loads(call(binary, "inspect", folder / "out.cnnm", "--json"))
    metadata = {"architecture": name, "architecture_evidence": "tensors", **({"classes": str(options["classes"])} if top else {})}
    if about["metadata"] != metadata:
        raise Mismatch(f"metadata {about['metadata']}")
    random = np.random.default_rng(seed + 1)
    side = about["inputs"][0]["shape"][1] or (NASNETS.get(name) or 96)
    pixels = random.uniform(0, 255, (1, side, side, 3)).astype("float32")
    array = prepared(name, pixels, about["preprocessing"][0])
    # tf-keras' model and the same weights in Keras 3, which knows float64.
    reference = model
    if framework is tf_keras:
        reference = getattr(applications, name)(**options)
        reference.load_weights(folder / f"in{kind}")
    wanted = exact(reference, array)
    own = np.asarray(quick(reference)(array, training=False))
    np.save(folder / "in.npy", array)
    call(binary, "run", folder / "out.cnnm", "--input", folder / "in.npy", "--output", folder / "out.npy")
    got = np.load(folder / "out.npy")
    if got.shape != wanted.shape:
        raise Mismatch(f"shape {got.shape}, Keras has {wanted.shape}")
    scale = np.abs(wanted).max()
    bound = 8 * max(np.abs(own - wanted).max(), 64 * U * scale)
    if bound > 0.01 * scale:
        raise Mismatch(f"the bound {bound:.2g} says nothing beside {scale:.2g}")
    error = np.abs(got - wanted).max()
    if not error <= bound:
        raise Mismatch(f"error {error:.3g}, allowed {bound:.3g}, largest value {scale:.3g}")
    return float(error / bound)


def prepared(name, pixels, entry):
    """The input that the file asks for is the one that Keras' preprocess_input makes."""
    x = pixels[..., ::-1] if entry["channel_order"] == "bgr" else pixels
    x = (x * np.array(entry["scale"]) + np.array(entry["offset"])).astype("float32")
    mode = next((mode for prefix, mode in MODES.items() if name.startswith(prefix) and not (prefix == "ResNet" and name.endswith("V2"))), "tf")
    keras_own = pixels if mode == "inside" else applications.imagenet_utils.preprocess_input(pixels.copy(), mode=mode)
    if np.abs(x - keras_own).max() > 1e-4 * np.abs(keras_own).max():
        raise Mismatch(f"preprocessing {entry} is not Keras' {mode}")
    return x


def cases(names):
    """Every network with and without top; the kinds of files take turns."""
    number = 0
    for name in names:
        for top in (True, False):
            yield name, keras, top, ".h5" if (number // 2 + number) % 2 else ".weights.h5"
            number += 1
        yield name, tf_keras, number % 4 < 2, ".h5"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", nargs="?", default=os.environ.get("CNNCONVERT"))
    parser.add_argument("--all", action="store_true", help="all networks of keras.applications")
    parser.add_argument("--only", default="", help="cases whose label has this text")
    options = parser.parse_args()
    if not options.binary:
        parser.error("give the binary or set CNNCONVERT")
    binary = pathlib.Path(options.binary).resolve()
    names = sorted(name for name in dir(applications) if name[0].isupper()) if options.all else EIGHT
    passed, failed, worst, started = 0, 0, 0.0, time.time()
    for seed, (name, framework, top, kind) in enumerate(cases(names), 5000):
        label = f"{framework.__name__} {name} {'top' if top else 'notop'} {kind}"
        if options.only not in label:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                ratio = check(name, framework, top, kind, seed, binary, pathlib.Path(folder))
                passed, worst = passed + 1, max(worst, ratio)
                if options.all:
                    print(f"ok {label}: {ratio:.2g}", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAIL {label}: {type(error).__name__}: {str(error)[:600]}", flush=True)
    print(f"largest error: {worst:.2g} of its bound; {time.time() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
