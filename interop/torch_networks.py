"""Real PyTorch against cnnconvert: networks that torch.export records are converted and held against what PyTorch computes, within the bounds that
follow from the arithmetic of their layers (cnnconvert verify --golden), module by module; a network with one changed weight is not; their state dicts
come back bit for bit, and real PyTorch loads them.
usage: torch_networks.py CNNCONVERT [--seeds N]"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "generate"))
import torch_export
from record_torch import record

warnings.simplefilter("ignore")
# A matrix that a product reads, or that is turned before it is read, comes back as the kernel that it is used as.
AS_KERNELS = ("matmul", "addmm")


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
    call(binary, folder / "in.pt2", folder / "out.cnnm")
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
    state = {name: tensor for name, tensor in network.state_dict().items() if not any(word in name for word in AS_KERNELS)}
    if state:
        call(binary, folder / "out.cnnm", folder / "back.pth")
        back = torch.load(folder / "back.pth", weights_only=True)
        for name, tensor in state.items():
            assert torch.equal(back[name], tensor), f"{name} comes back otherwise"
        missing = network.load_state_dict({name: back[name] for name in state}, strict=False).missing_keys
        assert len(missing) == len(network.state_dict()) - len(state), missing
    return len(outputs), len(state), len(found["recorded"])


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
    print(f"{outputs} outputs and {layers} layers are what PyTorch computes, {tensors} tensors come back bit for bit")


if __name__ == "__main__":
    main()
