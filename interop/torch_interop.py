"""Real PyTorch against cnnconvert: what it saves is listed tensor by tensor by `inspect`, and what cnnconvert writes (fixtures/torch-written, which the
tests hold cnnconvert against) loads bit for bit. usage: torch_interop.py CNNCONVERT [--seeds N]"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

import safetensors.torch
import torch
from torch import nn

warnings.simplefilter("ignore")
arguments = argparse.ArgumentParser()
arguments.add_argument("cnnconvert", type=pathlib.Path)
arguments.add_argument("--seeds", type=int, default=20)
options = arguments.parse_args()
FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
TYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool]


def random_tensor(choose):
    """A tensor of any type, often a view of another."""
    shape = [choose.randint(0 if choose.random() < 0.1 else 1, 5) for _ in range(choose.randint(0, 4))]
    tensor = (torch.randn([size + 2 for size in shape]) * 10).to(choose.choice(TYPES))
    for axis, size in enumerate(shape):
        tensor = tensor.narrow(axis, choose.randint(0, 2), size)
    if shape and choose.random() < 0.3:
        tensor = tensor.permute(choose.sample(range(len(shape)), len(shape)))
    if choose.random() < 0.1:
        tensor = tensor.unsqueeze(0).expand(3, *tensor.shape)
    return tensor


def random_network(choose):
    layers = []
    for _ in range(choose.randint(1, 4)):
        channels = choose.randint(1, 4)
        layers.append(choose.choice([lambda: nn.Conv2d(channels, 3, 3, bias=choose.random() < 0.5), lambda: nn.BatchNorm2d(channels), lambda: nn.PReLU(channels),
                                     lambda: nn.Sequential(nn.ConvTranspose2d(channels, 2, 2), nn.GroupNorm(1, 2)), lambda: nn.Linear(channels, 2)])())
    network = nn.Sequential(*layers, nn.Conv2d(2, 2, 1))
    network.register_buffer("scratch", torch.zeros(3), persistent=False)
    return network.to(choose.choice([torch.float32, torch.float16, torch.float64])).eval()


def cases(choose, folder):
    """Yield a file and the tensors in it."""
    tensors = {f"{choose.choice('abc')}.{position}": random_tensor(choose) for position in range(choose.randint(1, 6))}
    shared = next(iter(tensors.values()))
    nested = {"epoch": 3, "state_dict": tensors, "again": [shared, {"x": (shared,)}], "args": argparse.Namespace(lr=0.1)}
    walked = {**{f"state_dict.{name}": tensor for name, tensor in tensors.items()}, "again.0": shared, "again.1.x.0": shared}
    network = random_network(choose)
    for name, value, expected in (("tensors", tensors, tensors), ("nested", nested, walked), ("module", network, network.state_dict()),
                                  ("parallel", nn.DataParallel(network), nn.DataParallel(network).state_dict())):
        protocol = choose.randint(2, 5)
        torch.save(value, folder / f"{name}.pt", pickle_protocol=protocol)
        yield folder / f"{name}.pt", expected
        torch.save(value, folder / f"{name}-legacy.pt", pickle_protocol=protocol, _use_new_zipfile_serialization=False)
        yield folder / f"{name}-legacy.pt", expected
    torch.jit.save(torch.jit.script(network), folder / "script.pt")
    yield folder / "script.pt", {**network.state_dict(), "scratch": network.scratch}
    safetensors.torch.save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, folder / "x.safetensors")
    yield folder / "x.safetensors", tensors
    simple = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)).eval()
    torch.export.save(torch.export.export(simple, (torch.zeros(1, 1, 5, 5),)), folder / "x.pt2")
    yield folder / "x.pt2", simple.state_dict()


def check_reading(seed):
    choose = random.Random(seed)
    torch.manual_seed(seed)
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for path, expected in cases(choose, pathlib.Path(folder)):
            done = subprocess.run([options.cnnconvert, "inspect", path, "--json"], capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"seed {seed}, {path.name}: {done.stderr}")
            found = {tensor["name"]: (tensor["dtype"], tensor["shape"]) for tensor in json.loads(done.stdout)["tensors"]}
            wanted = {name: (str(tensor.dtype).removeprefix("torch."), list(tensor.shape)) for name, tensor in expected.items()}
            if found != wanted:
                sys.exit(f"seed {seed}, {path.name}: {found}\nexpected {wanted}")
            count += len(found)
    return count


def check_writing():
    count = 0
    for path in sorted((FIXTURES / "torch-written").glob("*.*")):
        if path.suffix == ".json":
            continue
        original = torch.load(FIXTURES / "torch" / f"{path.stem}.pt", weights_only=True)
        ways = [lambda: safetensors.torch.load_file(path)] if path.suffix == ".safetensors" else [lambda: torch.load(path, weights_only=True), lambda: torch.load(path, mmap=True)]
        for load in ways:
            loaded = load()
            assert loaded.keys() == original.keys(), path
            for name, tensor in original.items():
                # Weights are of no other types.
                tensor = tensor.to({torch.int16: torch.int32, torch.bool: torch.uint8}.get(tensor.dtype, tensor.dtype))
                assert loaded[name].dtype == tensor.dtype and torch.equal(loaded[name], tensor), (path, name)
                count += 1
    return count


print(f"{check_writing()} tensors that were written load bit for bit")
print(f"{sum(map(check_reading, range(options.seeds)))} tensors of {options.seeds} seeds are listed as PyTorch saved them")
