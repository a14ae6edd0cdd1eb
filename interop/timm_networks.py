"""Convolutional networks of timm, one of each family, and of segmentation_models_pytorch, as programs of torch.export and traced: converted, run, and held
against what PyTorch computes. Weights are seeded; the statistics of normalisations are those of noise, so that no output is ill-conditioned. Run by hand:
it takes an hour or two, and needs timm and segmentation_models_pytorch (with --no-deps) besides interop/requirements-torch.txt.
usage: timm_networks.py CNNCONVERT [--only TEXT] [--formats pt2 traced] [--convert-only] [--failures FILE]"""
import argparse
import collections
import copy
import importlib.util
import logging
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import torch
from torch import nn

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)

# By size: the first ones say soon what is wrong.
TIMM = """resnet10t resnet18 mobilenetv3_small_100 mobilenetv2_050 lcnet_050 mnasnet_small tinynet_e ghostnet_100 repghostnet_050 efficientnet_b0
tf_efficientnet_b0 efficientnet_lite0 tf_efficientnet_lite0 tf_mobilenetv3_small_minimal_100 mobilenetv4_conv_small semnasnet_100 spnasnet_100 fbnetc_100
fbnetv3_b hardcorenas_a mixnet_s tf_mixnet_s rexnet_100 mobilenet_edgetpu_v2_xs efficientnet_es mobilenetv1_100 regnetx_002 regnety_002 regnetz_005
resnet50 resnetaa50 resnetblur50 resnet26d resnext50_32x4d seresnet18 legacy_seresnet18 legacy_seresnext26_32x4d skresnet18 ecaresnet26t resnest14d
res2net50_14w_8s res2next50 dla34 dla60_res2net ese_vovnet19b_dw densenet121 densenetblur121d dpn48b hrnet_w18_small inception_v3 inception_v4
inception_resnet_v2 xception41p legacy_xception efficientnetv2_rw_t tf_efficientnetv2_b0 repvgg_a0 mobileone_s0 repvit_m0_9 fastvit_t8 mobilevit_xxs
mobilevitv2_050 convnext_atto convnextv2_atto convmixer_768_32 poolformer_s12 poolformerv2_s12 convformer_s18 caformer_s18 focalnet_tiny_srf
edgenext_xx_small efficientvit_b0 efficientvit_m0 efficientformer_l1 efficientformerv2_s0 nfnet_l0 dm_nfnet_f0 nf_regnet_b0 gernet_s botnet26t_256
halonet26t lambda_resnet26t gcresnext26ts cspresnet50 cspdarknet53 darknet17 cs3darknet_s selecsls42b tresnet_m visformer_tiny starnet_s1 rdnet_tiny
hgnet_tiny hgnetv2_b0 inception_next_atto vgg11_bn resnetv2_50 coatnet_nano_rw_224 maxvit_nano_rw_256 levit_conv_128s""".split()
# More than the hundred, for --all: the large ones, and neighbours.
MORE = """nasnetalarge pnasnet5large legacy_senet154 xception71 resnetrs50 resnetv2_50x1_bit skresnext50_32x4d resnest50d_4s2x40d regnetz_b16 regnetv_040
dla46x_c vovnet39a cspresnext50 darknetaa53 cs3sedarknet_l cs3edgenet_x eca_nfnet_l0 nf_resnet50 seresnet33ts bat_resnext26ts sebotnet33ts_256
lamhalobotnet50ts_256 ghostnetv2_100 ghostnetv3_100 mobilenetv4_hybrid_medium fasternet_t0 swiftformer_xs shvit_s1 nextvit_small mambaout_femto
efficientvim_m1 lowformer_b0 vitamin_small_224 wide_resnet50_2 resnet50_gn efficientnet_b0_gn levit_128s maxxvit_rmlp_nano_rw_256 cspnext_tiny
efficientnet_cc_b0_4e lcnetv2_small iformer_t cpubone_nano resnetv2_50d_frn resnetv2_50d_evos maxvit_tiny_tf_224 swin_tiny_patch4_window7_224""".split()
# Not csatv2: its attention multiplies [samples, places] by [places, samples], so that what it says of an image depends on the others of the batch.
SEGMENTATION = [
    ("Unet", "resnet18"), ("UnetPlusPlus", "resnet18"), ("FPN", "resnet18"), ("Linknet", "mobilenet_v2"), ("PSPNet", "resnet18"),
    ("DeepLabV3Plus", "resnet18"), ("PAN", "resnet18"), ("MAnet", "resnet18"),
]


def declare_torchvision():
    """Beside a torch for CPUs alone torchvision lacks its compiled operators: declaring their names is enough to build models."""
    found = importlib.util.find_spec("torchvision")
    if found is None:
        return None
    root = pathlib.Path(found.submodule_search_locations[0])
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in set(re.findall(r"torchvision::(\w+)", (root / "_meta_registrations.py").read_text())) | {"nms"}:
        try:
            library.define(f"{name}(Tensor x) -> Tensor")
        except RuntimeError:
            pass
    return library


def settle(model, shape, seed):
    """Weights that show, none of which is zero or one, and the statistics that noise has."""
    random = torch.Generator().manual_seed(seed)
    norms = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)
    with torch.no_grad():
        for module in model.modules():
            for name, weight in module.named_parameters(recurse=False):
                if isinstance(module, norms) and name == "weight":
                    weight.copy_(torch.rand(weight.shape, generator=random) + 0.5)
                elif weight.ndim == 1 and "bias" in name:
                    weight.copy_(torch.randn(weight.shape, generator=random) * 0.1)
                elif weight.numel() > 1 and float(weight.max() - weight.min()) == 0:
                    # Scales of layers and gains, which begin as 0, 1 or nearly 0.
                    weight.copy_(torch.rand(weight.shape, generator=random) * 0.4 + 0.3)
                elif weight.numel() == 1 and float(weight) == 0:
                    weight.fill_(0.2)
    model.eval()
    counted = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.track_running_stats]
    for module in counted:
        module.momentum = 1.0
        module.train()
    with torch.no_grad():
        model(torch.randn((4, *shape[1:]), generator=random))
    return model.eval()


def outputs(model, image):
    with torch.no_grad():
        found = model(image)
    found = list(found.values()) if isinstance(found, dict) else found if isinstance(found, (list, tuple)) else [found]
    return [tensor.numpy() for tensor in found if isinstance(tensor, torch.Tensor)]


def distance(found, expected):
    """Relative to the largest element."""
    if [array.shape for array in found] != [array.shape for array in expected]:
        raise Different(f"shapes {[array.shape for array in found]}, not {[array.shape for array in expected]}")
    return max(float(np.abs(a.astype("f8") - b.astype("f8")).max()) / max(float(np.abs(b).max()), 1e-30) for a, b in zip(found, expected))


class Different(Exception):
    pass


class Refused(Exception):
    pass


class Unwritten(Exception):
    """PyTorch itself does not make this file."""


def call(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=1800)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("error[")]
        raise Refused(f"exit {done.returncode}: " + " | ".join(lines[:3]) + (f" | {len(lines) - 3} more" if len(lines) > 3 else ""))
    return done.stdout


def save(model, image, kind, folder):
    path = folder / ("in.pt2" if kind == "pt2" else "in.pt")
    try:
        if kind == "pt2":
            torch.export.save(torch.export.export(model, (image,)), path)
        else:
            torch.jit.trace(model, (image,), check_trace=False).save(str(path))
    except Exception as error:
        raise Unwritten(f"PyTorch does not write it as {kind}: {str(error).splitlines()[0][:100] if str(error) else type(error).__name__}") from error
    return path


def check(binary, model, shape, kinds, convert_only, folder):
    """The largest distance from PyTorch, of what is allowed."""
    image = torch.from_numpy(np.random.default_rng(2).normal(0, 1, shape).astype("float32"))
    if not convert_only:
        expected = outputs(model, image)
        exact = outputs(copy.deepcopy(model).double(), image.double())
        # Nobody can be asked for less than what PyTorch's own Float32 loses.
        allowed = max(1e-4, 8 * distance(expected, exact))
    worst = 0.0
    for kind in kinds:
        path = save(model, image, kind, folder)
        try:
            call(binary, path, folder / "out.cnnm", *(["--no-verify"] if convert_only else []))
            if convert_only:
                continue
            np.save(folder / "in.npy", image.numpy())
            call(binary, "run", folder / "out.cnnm", "--input", folder / "in.npy", "--output", folder / "out.npz", "--layout", "nchw")
            with np.load(folder / "out.npz") as arrays:
                found = list(arrays.values())
            difference = distance(found, expected)
            if not difference <= allowed:
                raise Different(f"differs by {difference:.1e} of the largest value, {allowed:.1e} is allowed")
            worst = max(worst, difference / allowed)
        except (Refused, Different) as error:
            raise type(error)(f"[{kind}] {error}") from None
    return worst


def networks(options):
    import timm

    for name in TIMM + (MORE if options.all else []):
        def make(name=name):
            torch.manual_seed(1)
            model = timm.create_model(name, pretrained=False, exportable=True)
            size = model.default_cfg.get("test_input_size") if model.default_cfg.get("fixed_input_size") else None
            return model, (1, *(size or model.default_cfg["input_size"]))
        yield "timm", name, make
    for architecture, encoder in SEGMENTATION:
        def make(architecture=architecture, encoder=encoder):
            import segmentation_models_pytorch

            torch.manual_seed(1)
            return getattr(segmentation_models_pytorch, architecture)(encoder, encoder_weights=None, classes=3), (1, 3, 256, 288)
        yield "segmentation_models_pytorch", f"{architecture} {encoder}", make


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("cnnconvert", type=pathlib.Path)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--formats", nargs="*", default=["pt2", "traced"])
    arguments.add_argument("--convert-only", action="store_true", help="convert without verification, and run nothing")
    arguments.add_argument("--all", action="store_true", help="more than a hundred, large ones too")
    arguments.add_argument("--failures", type=pathlib.Path, help="also write those that fail here, as soon as they do")
    options = arguments.parse_args()
    declared = declare_torchvision()
    passed, counts = collections.Counter(), collections.Counter()
    reasons = []
    for library, name, make in networks(options):
        if options.only and options.only not in name:
            continue
        counts[library] += 1
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                model, shape = make()
                model = model.eval() if options.convert_only else settle(model, shape, 1)
                worst = check(options.cnnconvert.resolve(), model, shape, options.formats, options.convert_only, pathlib.Path(folder))
                passed[library] += 1
                print(f"ok   {name} {list(shape)}: {worst:.3f} of what is allowed, {time.monotonic() - began:.0f} s", flush=True)
            except Exception as error:
                line = f"{name}: {str(error)[:600] or type(error).__name__}"
                reasons.append(line)
                print("FAIL " + line, flush=True)
                if options.failures:
                    with options.failures.open("a") as file:
                        file.write(line + "\n")
    print("\n".join(["", *reasons]) if reasons else "")
    print(", ".join(f"{passed[library]} of {count} of {library}" for library, count in counts.items()) + " convert and give PyTorch's numbers")
    del declared


if __name__ == "__main__":
    main()
