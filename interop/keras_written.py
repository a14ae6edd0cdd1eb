#!/usr/bin/env python3
"""Real Keras loads every Keras file that the tests wrote and computes what cnnconvert reads in it. usage: keras_written.py FOLDER [BINARY] [--only TEXT]

The tests leave the files in the folder that CNNCONVERT_WRITTEN names, and hold each against its source; here the same files are held against Keras.
An .h5 file in the notation that both versions read goes through tf-keras too. Outputs agree exactly or within the bound of rounding.py.
"""
import argparse
import collections
import os
import pathlib
import sys
import tempfile
import time

import numpy as np

from keras_interop import Mismatch, call, compare
from keras_roundtrip import NEWER, flat, frameworks, structure
from rounding import allowed
from common import example_inputs, names
import keras
import tensorflow
import tf_keras

NO_KERNEL = ("Current CPU implementations do not yet support", "only supports NHWC", "No OpKernel was registered")


def predict(model, arrays):
    ends = structure(model)
    given = {key: arrays[key] for key in ends} if isinstance(ends, dict) else [arrays[name] for name in names(ends)]
    return flat(model(given[0] if isinstance(given, list) and not isinstance(ends, (list, tuple)) else given, training=False))


def called_with(layer):
    """The tensors with which a layer is called, of either version of Keras."""
    return [tensor for node in layer._inbound_nodes for tensor in tensorflow.nest.flatten(node.input_tensors)]


def trial(model):
    """Seeded inputs that the model is defined on: as many samples as it says, and numbers of rows where a layer looks rows up."""
    tensors = dict(zip(names(structure(model)), tensorflow.nest.flatten(structure(model))))
    rows = {id(tensor): layer.input_dim for layer in model.layers if type(layer).__name__ == "Embedding" for tensor in called_with(layer)}
    drawn, arrays = example_inputs(model, 1, batch=max(tensor.shape[0] or 2 for tensor in tensors.values())), {}
    for name, tensor in tensors.items():
        array = drawn[name][:tensor.shape[0]]
        arrays[name] = np.abs(array * 10).astype(array.dtype) // 1 % rows[id(tensor)] if id(tensor) in rows else array
    return arrays


def limits(framework, model, arrays, outputs):
    """Exact outputs and how far from them a run may be; a hundred thousandth of the largest value where rounding.py cannot tell."""
    try:
        return dict(enumerate(allowed(framework, model, list(arrays.values()), 1)))
    except Exception:
        return {n: (y.astype("float64"), np.full(y.shape, 1e-5 * np.abs(y).max(initial=0.0))) for n, y in enumerate(outputs)}


def check(path, binary, folder, counts):
    call(binary, path, folder / "model.cnnm", "--no-verify")
    for framework in frameworks(path):
        try:
            model = framework.models.load_model(path, compile=False)
        except Exception as error:
            if framework is tf_keras and any(text in str(error) for text in NEWER):
                counts["newer than Keras 2"] += 1
                continue
            raise Mismatch(f"{framework.__name__} does not load it: {type(error).__name__}: {str(error)[:300]}") from error
        arrays = trial(model)
        try:
            outputs = predict(model, arrays)
        except (tensorflow.errors.UnimplementedError, tensorflow.errors.InvalidArgumentError) as error:
            if not any(text in str(error) for text in NO_KERNEL):
                raise
            counts[f"{framework.__name__}: loaded, TensorFlow does not run it on this processor"] += 1
            continue
        if not all(np.isfinite(output).all() for output in outputs):
            # A logarithm, or a power that is no whole number, is defined on one side of 0 alone.
            arrays = {name: np.abs(array) for name, array in arrays.items()}
            outputs = predict(model, arrays)
        np.savez(folder / "inputs.npz", **arrays)
        call(binary, "run", folder / "model.cnnm", "--input", folder / "inputs.npz", "--output", folder / "outputs.npz")
        with np.load(folder / "outputs.npz") as file:
            got = dict(enumerate(file[name] for name in file.files))
        if len(got) != len(outputs):
            raise Mismatch(f"{len(got)} outputs, {framework.__name__} has {len(outputs)}")
        if all(a.shape == got[n].shape and np.array_equal(a, got[n], equal_nan=True) for n, a in enumerate(outputs)):
            counts[f"{framework.__name__}: exactly"] += 1
            continue
        if any(str(getattr(layer, "compute_dtype", "")).endswith("float16") for layer in model.layers):
            # Keras rounds every result to 16 bits, and cnnconvert computes in Float32.
            counts[f"{framework.__name__}: loaded, computes in 16 bits"] += 1
            continue
        compare(framework.__name__, got, limits(framework, model, arrays, outputs))
        counts[f"{framework.__name__}: within rounding"] += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("binary", nargs="?", default=os.environ.get("CNNCONVERT"))
    parser.add_argument("--only", default="", help="files whose name has this text")
    options = parser.parse_args()
    if not options.binary:
        parser.error("give the binary or set CNNCONVERT")
    binary = pathlib.Path(options.binary).resolve()
    counts, failed, started = collections.Counter(), 0, time.time()
    for path in sorted([*options.folder.glob("*.h5"), *options.folder.glob("*.keras")]):
        if options.only not in path.name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(path, binary, pathlib.Path(folder), counts)
            except Exception as error:
                failed += 1
                print(f"FAIL {path.name}: {type(error).__name__}: {str(error)[:600]}", flush=True)
    for what in sorted(counts):
        print(f"{counts[what]:4} {what}")
    print(f"{sum(counts.values())} loaded, {failed} files failed; {time.time() - started:.0f} s")
    return 1 if failed or not counts else 0


if __name__ == "__main__":
    sys.exit(main())
