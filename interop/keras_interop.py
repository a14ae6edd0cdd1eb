#!/usr/bin/env python3
"""Real Keras against cnnconvert: models are built, saved as .h5, .keras, .weights.h5 and weights by layer in turn, converted,
run by both engines, and compared with an exact evaluation at the bound of rounding.py. What differs between Keras 2 and 3, and
what is about files, is saved in each of these kinds. Networks of Keras 1, which runs no more, are compared with NumPy.
usage: keras_interop.py [BINARY] [--seed N] [--graphs N] [--only TEXT] [--format KIND] [--oracle]

BINARY is cnnconvert, or $CNNCONVERT. --oracle tries Keras' own float32 prediction at the same bound, without any binary:
it shows that the bound is right. The last line says how many passed and failed; the exit code is 0 when none failed.
"""
import argparse
import functools
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

from keras_models import dictionaries, families, keras2_families, operations, random_graph, refused, wrappers
from rounding import allowed, flat
from common import randomise
import keras1_random
import keras
import tensorflow as tf
import tf_keras
from keras.src.legacy.saving import legacy_h5_format

READER = pathlib.Path(__file__).resolve().parents[1] / "spec" / "reader.py"


class Mismatch(Exception):
    """What cnnconvert did wrong, in one line."""


def call(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace", timeout=300)
    if done.returncode:
        raise Mismatch(f"{command[1]}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}")


def looseness(limits):
    """The widest bound as a part of the largest value of its output: how small a mistake still shows."""
    return max(float(limit.max(initial=0.0) / max(np.abs(exact).max(initial=0.0), 1e-30)) for exact, limit in limits.values())


def compare(label, got, limits):
    """Each output within its bound: the worst ratio of error to bound, which 1 must not exceed."""
    worst = 0.0
    for name, (exact, limit) in limits.items():
        if name not in got:
            raise Mismatch(f"{label}: no output {name!r} among {sorted(got)[:9]}")
        if got[name].shape != exact.shape:
            raise Mismatch(f"{label}: output {name!r} has shape {got[name].shape}, Keras has {exact.shape}")
        error = np.abs(got[name].astype("float64") - exact)
        equal = got[name] == exact.astype("float32")
        ratio = np.where(equal, 0.0, error / np.maximum(limit, np.finfo("f4").smallest_subnormal))
        if not ratio.max(initial=0.0) <= 1:
            at = np.unravel_index(np.nanargmax(ratio), ratio.shape) if not np.isnan(ratio).all() else ()
            raise Mismatch(f"{label}: output {name!r} at {tuple(map(int, at))}: {got[name][at]!r}, exactly {exact[at]!r}, allowed {limit[at]:.3g}")
        worst = max(worst, float(ratio.max(initial=0.0)))
    return worst


KINDS = ("h5", "keras", "weights.h5", "by-layer.h5")


def save(framework, model, folder, kind):
    """Write MODEL as a file of KIND; returns what cnnconvert is given for it."""
    path = folder / f"in.{kind}"
    if kind in ("h5", "keras"):
        model.save(path)
        return [path]
    if kind == "by-layer.h5" and framework is keras:
        with h5py.File(path, "w") as f:
            legacy_h5_format.save_weights_to_hdf5_group(f, model)
    else:
        model.save_weights(path)
    (folder / "in.json").write_text(model.to_json())
    return [path, "--config", folder / "in.json"]


def labels(structure, name=None):
    """The names that cnnconvert gives what is in STRUCTURE: the keys that lead there, and where there are none the layer's name."""
    if isinstance(structure, dict):
        return [label for key in sorted(structure) for label in labels(structure[key], f"{name}/{key}" if name else key)]
    if isinstance(structure, (list, tuple)):
        return [label for number, item in enumerate(structure) for label in labels(item, f"{name}/{number}" if name else None)]
    return [name or structure._keras_history[0].name]


def numbered(all_names):
    """Names that come again get numbers."""
    return [f"{name}:{all_names[:place].count(name)}" if name in all_names[:place] else name for place, name in enumerate(all_names)]


def example_inputs(model, seed):
    """Seeded inputs by the names of their layers."""
    random = np.random.default_rng(seed + 1)
    return {tensor._keras_history[0].name: random.normal(0, 1, (2, *tensor.shape[1:])).astype("float32") for tensor in flat(model.input)}


def check(framework, model, kind, binary, seed, folder):
    """Convert and run MODEL as a file of KIND; returns the worst ratio of error to bound, and the looseness of the bound."""
    randomise(model, seed)
    inputs = example_inputs(model, seed)
    arrays = list(inputs.values())
    limits = dict(zip(numbered(labels(model.output)), allowed(framework, model, arrays, seed)))
    if binary is None:
        outputs = flat(model(tf.nest.pack_sequence_as(model.input, arrays), training=False))
        return compare("keras", dict(zip(limits, map(np.asarray, outputs))), limits), looseness(limits)
    converted = folder / "out.cnnm"
    source, *options = save(framework, model, folder, kind)
    call(binary, source, converted, *options)
    call(sys.executable, READER, converted)
    arguments = []
    for name, array in inputs.items():
        np.save(folder / f"{name}.npy", array)
        arguments += ["--input", f"{name}={folder / name}.npy"]
    worst = 0.0
    for engine in ("fast", "reference"):
        call(binary, "run", converted, *arguments, "--output", folder / "out.npz", "--engine", engine)
        with np.load(folder / "out.npz") as got:
            worst = max(worst, compare(engine, dict(got), limits))
    return worst, looseness(limits)


def check_refused(model, code, binary, seed, folder):
    """Convert MODEL, which must end with the error CODE."""
    model.save(folder / "in.h5")
    done = subprocess.run([binary, folder / "in.h5", folder / "out.cnnm"], capture_output=True, text=True, errors="replace", timeout=300)
    if done.returncode != 65 or code not in done.stderr:
        raise Mismatch(f"expected exit 65 and {code}, found exit {done.returncode}: {done.stderr.strip()[-300:]}")
    return 0.0, 0.0


def check_keras1(number, binary, seed, folder):
    """A random network in the format of Keras 1, in both orders of axes: NumPy's result within 2^-14 of the largest output."""
    network = keras1_random.Network(number).grow()
    exact = network.value[network.output]
    limits = {network.output: (exact, np.full(exact.shape, np.abs(exact).max() * 2 ** -14))}
    worst = 0.0
    for order in ("tf", "th"):
        keras1_random.write(network, folder / f"{order}.h5", order == "th")
        np.save(folder / "image.npy", keras1_random.input_of(network, order == "th"))
        call(binary, folder / f"{order}.h5", folder / "out.cnnm")
        call(binary, "run", folder / "out.cnnm", "--input", f"image={folder / 'image.npy'}", "--output", folder / "out.npz")
        with np.load(folder / "out.npz") as got:
            worst = max(worst, compare(order, dict(got), limits))
    return worst, 2 ** -14


def cases(seed, graphs):
    """Label, framework and model."""
    for framework, title in ((keras, "keras"), (tf_keras, "tf-keras")):
        for name, model in families(framework, seed):
            yield f"{title} {name}", framework, model
        for number in range(seed, seed + (graphs if framework is keras else graphs // 3)):
            yield f"{title} random graph {number}", framework, random_graph(framework, number)


def checks(options, binary):
    """Label and a function of a seed and a folder that checks the case. Kinds of files take turns, but for the cases that are about them."""
    turn = itertools.cycle(KINDS)
    for label, framework, model in cases(options.seed, options.graphs):
        kind = options.format or next(turn)
        yield f"{label} [{kind}]", functools.partial(check, framework, model, kind, binary)
    for framework, title, make in ((keras, "keras", wrappers), (keras, "keras", dictionaries), (keras, "keras", operations), (tf_keras, "tf-keras", wrappers), (tf_keras, "tf-keras", keras2_families)):
        for name, model in make(framework, options.seed):
            for kind in [options.format] if options.format else KINDS:
                yield f"{title} {name} [{kind}]", functools.partial(check, framework, model, kind, binary)
    if binary is None:
        return
    for framework, title in ((keras, "keras"), (tf_keras, "tf-keras")):
        for name, model, code in refused(framework):
            yield f"{title} {name} is refused", functools.partial(check_refused, model, code, binary)
    for number in range(options.seed, options.seed + options.graphs // 3):
        yield f"keras 1 random network {number}", functools.partial(check_keras1, number, binary)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", nargs="?", default=os.environ.get("CNNCONVERT"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--graphs", type=int, default=60, help="random graphs of Keras 3; a third as many of tf-keras and of Keras 1")
    parser.add_argument("--only", default="", help="cases whose label has this text")
    parser.add_argument("--format", choices=KINDS, help="one kind of file for every case; without it they take turns")
    parser.add_argument("--oracle", action="store_true")
    options = parser.parse_args()
    if not options.oracle and not options.binary:
        parser.error("give the binary, set CNNCONVERT, or use --oracle")
    binary = None if options.oracle else pathlib.Path(options.binary).resolve()
    passed, failed, worst, loosest, started = 0, 0, 0.0, 0.0, time.time()
    for seed, (label, run) in enumerate(checks(options, binary), options.seed + 1000):
        if options.only not in label:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                ratio, loose = run(seed, pathlib.Path(folder))
                passed, worst, loosest = passed + 1, max(worst, ratio), max(loosest, loose)
            except Exception as error:
                failed += 1
                print(f"FAIL {label}: {type(error).__name__}: {str(error)[:600]}", flush=True)
    print(f"largest error: {worst:.2g} of its bound; widest bound: {loosest:.2g} of the largest output; {time.time() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
