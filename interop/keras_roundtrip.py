#!/usr/bin/env python3
"""From Keras to cnnconvert and back: real Keras loads what cnnconvert writes, with every weight equal to the last bit, and predicts what the
original predicts: exactly, or within the bound of rounding.py. usage: keras_roundtrip.py [BINARY] [--seed N] [--graphs N] [--only TEXT]

Each model goes through .cnnm to .h5 (which Keras 3 and tf-keras load), .keras and .weights.h5 (into a clone of the original). The fixtures go
to these formats directly. A file that cnnconvert refuses to read or to write is no failure of the way back, and is counted apart.
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

from keras_interop import Mismatch, cases, compare
from rounding import allowed
from common import example_inputs, names, randomise
import keras
import tensorflow
import tf_keras

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "keras"
NEWER = ("Unknown activation function", "Unknown layer: 'RMSNormalization'", "of the `dilation_rate` argument to be equal")
# Keras no longer turns the kernels of files that Theano wrote, cnnconvert does.
NOT_KERAS = {"keras2-theano"}
# Batch renormalisation, statistics in a configuration, and a wrapper that does nothing at inference, which is not written.
APART = {"layers-batch-normalization", "layers-preprocessing", "graph-wrappers"}
REFUSALS = ("keras.unsupported", "export.unsupported")


class Refused(Exception):
    """A model that cnnconvert says it cannot convert."""


def call(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace", timeout=300)
    if done.returncode == 65 and done.stderr.startswith(tuple(f"error[{code}" for code in REFUSALS)):
        raise Refused(done.stderr.splitlines()[0])
    if done.returncode:
        raise Mismatch(f"{command[-1]}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}")


def flat(outputs, convert=np.asarray):
    """Outputs in the order in which Keras flattens them."""
    if isinstance(outputs, dict):
        outputs = [outputs[key] for key in sorted(outputs)]
    return [convert(output) for output in (outputs if isinstance(outputs, (list, tuple)) else [outputs])]


def structure(model):
    """A Sequential model of Keras 3 has no attribute `input` before it is called."""
    return model.inputs[0] if isinstance(model, keras.Sequential) else model.input


def predict(model, arrays, convert=np.asarray):
    """Outputs for ARRAYS by the name of the input."""
    ends = structure(model)
    if isinstance(ends, dict):
        inputs = {key: arrays[key] for key in ends}
    else:
        # What was given as a dictionary comes back as a list, in the order in which Keras flattens the dictionary.
        order = [tensor.name.split(":")[0] for tensor in model.inputs]
        ordered = [arrays[name] for name in (order if set(order) == set(arrays) else arrays)]
        inputs = ordered if isinstance(ends, (list, tuple)) else ordered[0]
    return flat(model(inputs, training=False), convert)


def frameworks(path):
    """Who claims to read a file: Keras 3, and Keras 2 where no layer is written in the notation of Keras 3 alone."""
    if path.suffix == ".keras":
        return [keras]
    with h5py.File(path) as file:
        layers = json.loads(file.attrs["model_config"])["config"]["layers"]
    return [keras] if any("module" in layer for layer in layers) else [keras, tf_keras]


def contents(weights, widened=False):
    """Every weight that inference reads, whatever it is called and whichever layer has it."""
    # Batch and spectral normalisation have variables for training alone; those of a Normalization may stand in its configuration, and show in what it predicts.
    apart = ("renorm_", "moving_stddev", "mean", "variance", "count", "vector_u")
    kept = [weight for weight in weights if not weight.name.split("/")[-1].startswith(apart)]
    arrays = [np.asarray(weight) for weight in kept]
    # tf-keras keeps the weights of a batch normalisation of float16 in float32: the values must be equal.
    arrays = [array.astype("float64") if widened else array for array in arrays]
    return collections.Counter((array.dtype.name, array.shape, array.tobytes()) for array in arrays)


def is_addition(added, again, model, arrays, widened):
    """Whether weights that the original has not got are what it computes with all the same: matrices that no training changes, and constants of calls."""
    @tensorflow.function
    def run(inputs):
        return predict(model, inputs, convert=lambda output: output)

    operations = run.get_concrete_function({name: tensorflow.constant(array) for name, array in arrays.items()}).graph.get_operations()
    values = [tensorflow.make_ndarray(operation.get_attr("value")) for operation in operations if operation.type == "Const"]
    constants = {(value.dtype.name, value.size, value.tobytes()) for value in values}
    apart = contents(again.non_trainable_weights, widened)
    return all(count <= apart[key] or (key[0], int(np.prod(key[1])), key[2]) in constants for key, count in added.items())


class Original:
    """A model, and what it predicts for ARRAYS by the name of the input."""

    def __init__(self, framework, model, arrays, seed):
        self.framework, self.model, self.arrays, self.seed = framework, model, arrays, seed
        self.outputs, self.limits = predict(model, arrays), None
        # Where weights are kept in one type and computed with in another, a model of one type cannot predict the same.
        self.is_mixed = any(getattr(getattr(layer, "dtype_policy", None), "name", "").startswith("mixed") for layer in model.layers)

    def bounds(self):
        """Exact outputs and how far from them a run may be; a millionth of the largest value where rounding.py cannot tell."""
        try:
            return dict(enumerate(allowed(self.framework, self.model, list(self.arrays.values()), self.seed)))
        except Exception:
            return {n: (y.astype("float64"), np.full(y.shape, 1e-6 * np.abs(y).max(initial=0.0))) for n, y in enumerate(self.outputs)}

    def judge(self, label, framework, again):
        """Whether a model that was loaded is the same one."""
        widened = framework is tf_keras
        found, wanted = contents(again.weights, widened), contents(self.model.weights, widened)
        added = found - wanted
        if wanted - found or added and not is_addition(added, again, self.model, self.arrays, widened):
            raise Mismatch(f"{label}: its weights are not those of the original")
        if self.is_mixed:
            return "weights exactly, from a mixed type"
        try:
            outputs = predict(again, self.arrays)
        except Exception as error:
            if framework is tf_keras and "ResourceGather" in str(error):
                return "weights exactly, numbers from the end are newer than Keras 2"
            raise
        if len(outputs) != len(self.outputs):
            raise Mismatch(f"{label}: {len(outputs)} outputs, the original has {len(self.outputs)}")
        if all(a.shape == b.shape and np.array_equal(a, b, equal_nan=True) for a, b in zip(outputs, self.outputs)):
            return "exactly"
        if self.limits is None:
            self.limits = self.bounds()
        compare(label, dict(enumerate(outputs)), self.limits)
        return "within rounding"


def load(framework, path):
    """A model, or nothing where tf-keras does not have what Keras 3 added."""
    try:
        return framework.models.load_model(path, compile=False)
    except Exception as error:
        if framework is tf_keras and any(text in str(error) for text in NEWER):
            return None
        raise Mismatch(f"{path.name} in {framework.__name__}: {type(error).__name__}: {str(error)[:300]}") from error


def check(original, source, binary, folder, counts, passes_cnnm):
    if passes_cnnm:
        call(binary, source, folder / "model.cnnm")
        source = folder / "model.cnnm"
    for kind, framework in (("h5", keras), ("h5", tf_keras), ("keras", keras), ("weights.h5", keras)):
        # Variables that only training reads are not kept, and Keras misses them in such a file; so with statistics that it has elsewhere.
        if kind == "weights.h5" and (original.framework is not keras or source.parent.name in APART):
            continue
        label, path = f"{kind} in {framework.__name__}", folder / f"back.{kind}"
        try:
            if not path.exists():
                call(binary, source, path)
            if kind != "weights.h5" and framework not in frameworks(path):
                counts[f"{label}: for Keras 3 alone"] += 1
                continue
            if kind == "weights.h5":
                again = keras.models.clone_model(original.model)
                again.load_weights(path)
            else:
                again = load(framework, path)
            counts[f"{label}: newer than Keras 2" if again is None else f"{label}: {original.judge(label, framework, again)}"] += 1
        except Refused as refusal:
            counts[f"{label}: refused"] += 1
            if not passes_cnnm:
                print(f"     {source.parent.name}: {refusal}", flush=True)


def fixtures():
    """Every fixture that a framework loads, with the inputs of its golden run."""
    for folder in sorted(FIXTURES.iterdir()):
        if folder.name in NOT_KERAS:
            continue
        for framework in (keras, tf_keras):
            try:
                model = framework.models.load_model(folder / "model.h5", compile=False)
            except Exception:
                continue
            with np.load(folder / "golden.npz") as golden:
                recorded = {name.split("/", 1)[1]: golden[name] for name in golden.files if name.startswith("inputs/")}
            ends = structure(model)
            wanted = list(ends) if isinstance(ends, dict) else [tensor.name.split(":")[0] for tensor in model.inputs]
            if set(wanted) <= set(recorded):
                arrays = {name: recorded[name] for name in wanted}
                yield folder.name, framework, model, arrays, folder / "model.h5"
                break


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", nargs="?", default=os.environ.get("CNNCONVERT"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--graphs", type=int, default=40, help="random graphs of Keras 3; a third as many of tf-keras")
    parser.add_argument("--only", default="", help="cases whose label has this text")
    options = parser.parse_args()
    if not options.binary:
        parser.error("give the binary or set CNNCONVERT")
    binary = pathlib.Path(options.binary).resolve()
    counts, failed, started = collections.Counter(), 0, time.time()

    def attempt(label, make, passes_cnnm):
        nonlocal failed
        if options.only not in label:
            return
        with tempfile.TemporaryDirectory() as folder:
            try:
                try:
                    original, source = make(pathlib.Path(folder))
                except (tensorflow.errors.UnimplementedError, tensorflow.errors.InvalidArgumentError):
                    counts["originals that TensorFlow does not run on this processor"] += 1
                    return
                check(original, source, binary, pathlib.Path(folder), counts, passes_cnnm)
            except Refused:
                counts["refused on the way in"] += 1
            except Exception as error:
                failed += 1
                print(f"FAIL {label}: {type(error).__name__}: {str(error)[:600]}", flush=True)

    def built(framework, model, seed):
        def make(folder):
            randomise(model, seed)
            inputs = example_inputs(model, seed)
            model.save(folder / "in.h5")
            return Original(framework, model, {name: inputs[name] for name in names(model.input)}, seed), folder / "in.h5"
        return make

    for seed, (label, framework, model) in enumerate(cases(options.seed, options.graphs), options.seed + 2000):
        attempt(label, built(framework, model, seed), True)
    for label, framework, model, arrays, source in fixtures():
        attempt(f"fixture {label}", lambda folder: (Original(framework, model, arrays, 1), source), False)
    for what in sorted(counts):
        print(f"{counts[what]:4} {what}")
    print(f"{sum(counts.values())} files loaded or refused, {failed} models failed; {time.time() - started:.0f} s")
    return 1 if failed or not counts else 0


if __name__ == "__main__":
    sys.exit(main())
