"""Record what a Keras model computes: its inputs, its outputs and the output of every layer.

Copy this file beside your own model (Keras 2 or 3):

    from record_golden import record
    record(model, {"image": batch}, "golden.npz")
    # cnnconvert model.h5 model.cnnm
    # cnnconvert verify model.cnnm --golden golden.npz

Keys: inputs/NAME, outputs/LAYER, activations/LAYER. A layer inside a nested model is activations/MODEL/LAYER; the second
call of a shared layer is LAYER:1, the third LAYER:2. Arrays are float32 in the model's own layout.
"""
from collections import Counter

import numpy as np


def flat(structure):
    """The tensors of lists and dictionaries in each other, those of a dictionary in the order of its keys."""
    if isinstance(structure, dict):
        return [tensor for key in sorted(structure) for tensor in flat(structure[key])]
    return [tensor for item in structure for tensor in flat(item)] if isinstance(structure, (list, tuple)) else [structure]


def filled(structure, arrays):
    """The same structure with the next of ARRAYS for every tensor."""
    if isinstance(structure, dict):
        return {key: filled(structure[key], arrays) for key in sorted(structure)}
    return [filled(item, arrays) for item in structure] if isinstance(structure, (list, tuple)) else next(arrays)


def names(structure):
    """The name of the layer behind each tensor, numbered from the second on."""
    seen = Counter()
    result = []
    for tensor in flat(structure):
        name = tensor._keras_history[0].name
        result.append(f"{name}:{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return result


def ends(model):
    """The structures of a model's inputs and outputs; a Sequential of Keras 3 keeps them in a Functional of its own."""
    model = getattr(model, "_functional", None) or model
    return model.input, model.output


def trace(model, inputs):
    """The outputs of MODEL and of every layer in it, by name, for INPUTS by name."""
    activations, calls, path, originals = {}, Counter(), [], {}

    def watch(layer):
        for inner in getattr(layer, "operations", None) or getattr(layer, "layers", []):
            if type(inner).__name__ != "InputLayer" and inner not in originals:
                originals[inner] = vars(inner).get("call")
                inner.call = lambda *a, _layer=inner, _call=inner.call, **k: recorded(_layer, _call, a, k)
                watch(inner)

    def recorded(layer, call, arguments, options):
        key = "/".join([*path, layer.name])
        number, calls[key] = calls[key], calls[key] + 1
        path.append(f"{layer.name}:{number}" if number else layer.name)
        try:
            result = call(*arguments, **options)
            # A model with several outputs has them from the layers that make them.
            if not isinstance(result, (dict, list, tuple)):
                activations["/".join(path)] = np.asarray(result, "float32")
        finally:
            path.pop()
        return result

    watch(model)
    source, target = ends(model)
    try:
        outputs = model(filled(source, iter([inputs[name] for name in names(source)])), training=False)
    finally:
        for layer, own in originals.items():
            if own:
                layer.call = own
            else:
                del layer.call
    return dict(zip(names(target), (np.asarray(o, "float32") for o in flat(outputs)))), activations


def record(model, inputs, path, **extra):
    """Write the trace of MODEL for INPUTS to PATH, with EXTRA arrays (labels) as they are."""
    outputs, activations = trace(model, inputs)
    arrays = {f"inputs/{name}": np.asarray(value) for name, value in inputs.items()}
    arrays |= {f"outputs/{name}": value for name, value in outputs.items()}
    arrays |= {f"activations/{name}": value for name, value in activations.items()}
    np.savez_compressed(path, **arrays, **extra)
