#!/usr/bin/env python3
"""Real Keras against cnnconvert: models are built, saved as .h5, .keras and .weights.h5 in turn, converted, run by both
engines, and compared with an exact evaluation at the bound of rounding.py.
usage: keras_interop.py [BINARY] [--seed N] [--graphs N] [--only TEXT] [--format KIND] [--oracle]

BINARY is cnnconvert, or $CNNCONVERT. --oracle tries Keras' own float32 prediction at the same bound, without any binary:
it shows that the bound is right. The last line says how many passed and failed; the exit code is 0 when none failed.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

from keras_models import families, random_graph
from rounding import allowed, flat
from common import example_inputs, names, randomise
import keras
import tf_keras

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


KINDS = ("h5", "keras", "weights.h5")


def save(model, folder, kind):
    """Write MODEL as a file of KIND; returns what cnnconvert is given for it."""
    path = folder / f"in.{kind}"
    if kind != "weights.h5":
        model.save(path)
        return [path]
    model.save_weights(path)
    (folder / "in.json").write_text(model.to_json())
    return [path, "--config", folder / "in.json"]


def check(framework, model, seed, kind, binary, folder):
    """Convert and run MODEL as a file of KIND; returns the worst ratio of error to bound, and the looseness of the bound."""
    randomise(model, seed)
    inputs = example_inputs(model, seed)
    arrays = [inputs[name] for name in names(model.input)]
    limits = dict(zip(names(model.output), allowed(framework, model, arrays, seed)))
    if binary is None:
        outputs = flat(model(arrays if isinstance(model.input, (list, tuple)) else arrays[0], training=False))
        return compare("keras", dict(zip(limits, map(np.asarray, outputs))), limits), looseness(limits)
    converted = folder / "out.cnnm"
    source, *options = save(model, folder, kind)
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


def cases(seed, graphs):
    """Label, framework and a function that builds the model."""
    for framework, title in ((keras, "keras"), (tf_keras, "tf-keras")):
        for name, model in families(framework, seed):
            yield f"{title} {name}", framework, model
        for number in range(seed, seed + (graphs if framework is keras else graphs // 3)):
            yield f"{title} random graph {number}", framework, random_graph(framework, number)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", nargs="?", default=os.environ.get("CNNCONVERT"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--graphs", type=int, default=60, help="random graphs of Keras 3; a third as many of tf-keras")
    parser.add_argument("--only", default="", help="cases whose label has this text")
    parser.add_argument("--format", choices=KINDS, help="one kind of file for every case; without it they take turns")
    parser.add_argument("--oracle", action="store_true")
    options = parser.parse_args()
    if not options.oracle and not options.binary:
        parser.error("give the binary, set CNNCONVERT, or use --oracle")
    binary = None if options.oracle else pathlib.Path(options.binary).resolve()
    passed, failed, worst, loosest, started = 0, 0, 0.0, 0.0, time.time()
    for seed, (label, framework, model) in enumerate(cases(options.seed, options.graphs), options.seed + 1000):
        if options.only not in label:
            continue
        kind = options.format or KINDS[seed % len(KINDS)]
        with tempfile.TemporaryDirectory() as folder:
            try:
                ratio, loose = check(framework, model, seed, kind, binary, pathlib.Path(folder))
                passed, worst, loosest = passed + 1, max(worst, ratio), max(loosest, loose)
            except Exception as error:
                failed += 1
                print(f"FAIL {label} [{kind}]: {type(error).__name__}: {str(error)[:600]}", flush=True)
    print(f"largest error: {worst:.2g} of its bound; widest bound: {loosest:.2g} of the largest output; {time.time() - started:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
