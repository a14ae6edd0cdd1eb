"""Real PyTorch against cnnconvert: networks that torch.export records are converted and held against what PyTorch computes, within the bounds that
follow from the arithmetic of their layers (cnnconvert verify --golden), module by module; a network with one changed weight is not; their state dicts
come back bit for bit, and real PyTorch loads them.
usage: torch_networks.py CNNCONVERT [--seeds N]"""
import argparse
import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import safetensors.torch
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "generate"))
import torch_export
import torch_golden
import torch_state
from record_torch import record

warnings.simplefilter("ignore")


# Networks that compute with tensors of their own before an input meets them: layers read what came of it.
CONSUMING = {"selection"}


def call(*command, status=0):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
    if done.returncode != status:
        sys.exit(f"{' '.join(map(str, command[1:]))}: exit {done.returncode}: {(done.stderr or done.stdout)[-1500:]}")
    return done.stdout


def check(binary, make, seed, folder):
    network, shapes = make()
    torch_export.randomise(network.eval(), seed)
    names = getattr(network, "inputs", list(shapes))
    draw = np.random.default_rng(seed)
    arrays = {name: draw.normal(0, 1, (2, *shapes[name][1:])).astype("float32") for name in names}
    exported = torch.export.export(network, tuple(map(torch.from_numpy, arrays.values())))
    torch.export.save(exported, folder / "in.pt2")
    call(binary, folder / "in.pt2", folder / "out.cnnm", *(["--keep-unused"] if make.__name__ in CONSUMING else []))
    model = json.loads(call(binary, "inspect", folder / "out.cnnm", "--json"))
    assert [value["name"] for value in model["inputs"]] == [user.name for user in torch_export.user_inputs(exported)], model["inputs"]
    record(network, arrays, folder / "golden.npz")
    outputs = [name for name in np.load(folder / "golden.npz") if name.startswith("outputs/")]
    assert len(model["outputs"]) == len(outputs), (len(model["outputs"]), len(outputs))
    found = json.loads(call(binary, "verify", folder / "out.cnnm", "--golden", folder / "golden.npz", "--json"))
    # A function that is several layers is judged by what PyTorch gave the first: no bound holds behind a quotient of such values.
    unsure = [layer["name"] for layer in found["recorded"] if layer["verdict"] == "inconclusive" and "/" not in layer["name"]]
    assert not unsure and len(found["recorded"]) >= len(set(outputs)) / 2, unsure
    fault(binary, network, arrays, folder)
    tensors = comes_back(binary, network, folder / "out.cnnm", folder) if network.state_dict() else 0
    return len(outputs), tensors, len(found["recorded"])


def comes_back(binary, network, model, folder):
    """PyTorch loads the state dict that comes out of MODEL, with every name and no other, every tensor of the same bits."""
    state = network.state_dict()
    for path in (folder / "back.pth", folder / "back.safetensors"):
        call(binary, model, path)
        back = torch.load(path, weights_only=True) if path.suffix == ".pth" else safetensors.torch.load_file(path)
        copy.deepcopy(network).load_state_dict(back, strict=True)
        for name, tensor in state.items():
            assert torch.equal(back[name], tensor) and back[name].dtype == tensor.dtype, f"{name} comes back otherwise"
    return len(state)


def state_dicts(binary, folder):
    """Networks whose state dict is not what their graph reads: tied, turned and unused tensors, in every form that PyTorch writes."""
    tensors = 0
    shapes = {"image": (2, 3, 13, 17), "state": (2, 3, 9, 10)}
    for name, network in [("image", torch_golden.Net()), ("state", torch_state.Net(nn.PReLU(4))), ("state", torch_state.Net(nn.ReLU()))]:
        torch_export.randomise(network.eval(), 3)
        image = torch.randn(shapes[name])
        exported = torch.export.export(network, (image,))
        torch.export.save(exported, folder / "plain.pt2")
        torch.jit.trace(network, image, strict=False, check_trace=False).save(str(folder / "traced.pt"))
        paths = [folder / "plain.pt2", folder / "traced.pt"]
        if not any(isinstance(module, nn.PReLU) for module in network.modules()):
            torch.export.save(exported.run_decompositions(), folder / "core.pt2")
            paths.append(folder / "core.pt2")
        torch.save({"epoch": 3, "state_dict": {f"module.{key}": value for key, value in network.state_dict().items()}}, folder / "other.pth")
        for path in paths:
            call(binary, path, folder / "kept.cnnm", "--keep-unused")
            tensors += comes_back(binary, network, folder / "kept.cnnm", folder)
            # The converted network takes weights that come in another file, and gives them back.
            call(binary, folder / "other.pth", folder / "filled.cnnm", "--architecture", folder / "kept.cnnm")
            call(binary, "diff", folder / "filled.cnnm", folder / "kept.cnnm")
            tensors += comes_back(binary, network, folder / "filled.cnnm", folder)
    return tensors


def fault(binary, network, arrays, folder):
    """One weight is off: what was recorded of the true network is not what this one computes."""
    parameter = next((parameter for parameter in network.parameters() if parameter.ndim > 1), None)
    if parameter is None:
        return
    true = parameter.detach().clone()
    with torch.no_grad():
        parameter.flatten()[0] += 0.25
    torch.export.save(torch.export.export(network, tuple(map(torch.from_numpy, arrays.values()))), folder / "bad.pt2")
    with torch.no_grad():
        parameter.copy_(true)
    call(binary, folder / "bad.pt2", folder / "bad.cnnm")
    call(binary, "verify", folder / "bad.cnnm", "--golden", folder / "golden.npz", status=1)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("cnnconvert", type=pathlib.Path)
    arguments.add_argument("--seeds", type=int, default=2)
    options = arguments.parse_args()
    outputs = tensors = layers = 0
    for seed in range(100, 100 + options.seeds):
        for make in torch_export.FANS:
            torch.manual_seed(seed)
            with tempfile.TemporaryDirectory() as folder:
                try:
                    found = check(options.cnnconvert.resolve(), make, seed, pathlib.Path(folder))
                except AssertionError as error:
                    sys.exit(f"{make.__name__}, seed {seed}: {error}")
            outputs, tensors, layers = outputs + found[0], tensors + found[1], layers + found[2]
    with tempfile.TemporaryDirectory() as folder:
        tensors += state_dicts(options.cnnconvert.resolve(), pathlib.Path(folder))
    print(f"{outputs} outputs and {layers} layers are what PyTorch computes, {tensors} tensors come back bit for bit")


if __name__ == "__main__":
    main()
