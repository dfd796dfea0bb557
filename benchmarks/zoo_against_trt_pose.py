"""Our trt_pose zoo against the original: the same random weights, loaded strictly, must give the same maps.

    python benchmarks/zoo_against_trt_pose.py --trt-pose CHECKOUT [--dla CHECKOUT_OF_UCBDRIVE_DLA]

Runs trt_pose's own model code, which needs torchvision. ``--facts FOLDER`` writes what the tests know of the original:
its state-dict entries, of which only digests are kept for all but the two networks with published weights.
"""

import argparse
import hashlib
import importlib
import json
import sys
from pathlib import Path

import torch

from trt_pose_training.networks import NAMES, build

KEYPOINTS, LINKS = 18, 21
PUBLISHED = ("resnet18_baseline_att", "densenet121_baseline_att")


VARIANTS = {  # keywords of the heads, and torchvision's first MnasNet
    "resnet18_baseline": {"num_upsample": 0},
    "resnet18_baseline_att": {"upsample_channels": 32, "num_upsample": 2, "num_flat": 1},
}
OLD_STEM = "old stem"


def cases(names):
    """(label, name, keywords) of all that is compared."""
    for name in names:
        yield name, name, {}
        if name in VARIANTS:
            keywords = VARIANTS[name]
            yield " ".join([name, *(f"{k}={v}" for k, v in keywords.items())]), name, keywords
        if name.startswith("mnasnet") and "1_0" not in name:
            yield f"{name} {OLD_STEM}", name, {}


def upstream(label, name, keywords, trt_pose, dla):
    """The original network, with random weights."""
    if name.startswith("dla"):
        return upstream_dla(name, dla)
    sys.path.insert(0, str(trt_pose / "trt_pose"))  # not its parent: trt_pose's own __init__ wants compiled plugins
    network = getattr(importlib.import_module("models"), name)(KEYPOINTS, 2 * LINKS, pretrained=False, **keywords)
    if label.endswith(OLD_STEM):  # what torchvision does on meeting such weights
        network[0].backbone._load_from_state_dict({}, "", {"version": 1}, False, [], [], [])
    return network


def upstream_dla(name, dla):
    """What trt_pose's wrapper makes of a checkout of ucbdrive/dla; its table leaves these networks out."""
    if dla is None:
        raise LookupError("no --dla checkout")
    sys.path.insert(0, str(dla))
    segmentation = getattr(importlib.import_module("dla_up"), name.removesuffix("_pose"))

    class Wrapper(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.backbone = segmentation(KEYPOINTS + 2 * LINKS)

        def forward(self, x):
            return torch.split(self.backbone(x)[1], [KEYPOINTS, 2 * LINKS], 1)

    return Wrapper()


def settle(network):
    """Batch norms as of a trained network: without its own statistics a picture's signal dies on the way."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.3, 0.3)
            module.momentum = None  # the mean of all batches: of one
    with torch.no_grad():
        network.train()(torch.randn(4, 3, 96, 64))
    return network.eval()


def compare(network, ours):
    """Largest difference between the maps of both, as a share of the largest one between two pictures."""
    ours.load_state_dict(network.state_dict(), strict=True)
    pictures = torch.randn(2, 3, 96, 64)
    with torch.no_grad():
        pairs = zip(network(pictures), ours.eval()(pictures), strict=True)
    return max(float((w - g).abs().max() / (w[0] - w[1]).abs().max()) for w, g in pairs)


def facts(network, ours):
    """What a test can check our network against: everything is the original's."""
    entries = {k: tuple(v.shape) for k, v in network.state_dict().items()}
    skipped = {k: shape for k, shape in entries.items() if k not in ours.state_dict()}
    return {
        "entries": len(entries),
        "sha256": hashlib.sha256("\n".join(lines(entries)).encode()).hexdigest(),
        "skipped": lines(skipped),
    }


def lines(entries):
    return sorted(f"{key} {'x'.join(map(str, shape))}" for key, shape in entries.items())


def compact(network):
    """The entries as lines ``key shape``, those of a batch norm as one line ``module norm channels``."""
    norms = {n: m.num_features for n, m in network.named_modules() if isinstance(m, torch.nn.BatchNorm2d)}
    entries = {k: v.shape for k, v in network.state_dict().items() if k.rpartition(".")[0] not in norms}
    return "\n".join([*lines(entries), *(f"{name} norm {channels}" for name, channels in sorted(norms.items()))]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trt-pose", type=Path, required=True, help="checkout of NVIDIA-AI-IOT/trt_pose")
    parser.add_argument("--dla", type=Path, help="checkout of ucbdrive/dla; without it those networks are left out")
    parser.add_argument("--facts", type=Path, help="folder to write the tests' facts to")
    parser.add_argument("names", nargs="*", default=NAMES)
    arguments = parser.parse_args()
    try:
        importlib.import_module("torchvision")
    except ImportError as error:
        sys.exit(f"skipped: trt_pose's models need torchvision ({error})")
    torch.manual_seed(0)
    known, differences = {}, []
    print(f"{'network':72} {'entries':>8} {'ours':>6} {'parameters':>12} {'ours':>12} {'difference':>11}")
    for label, name, keywords in cases(arguments.names):
        try:
            network = upstream(label, name, keywords, arguments.trt_pose, arguments.dla)
        except LookupError as reason:
            print(f"{label:72} skipped: {reason}")
            continue
        ours = build(name, KEYPOINTS, LINKS, start=False, **keywords)
        differences.append(compare(settle(network), ours))
        known[label] = facts(network, ours)
        sizes = [(len(n.state_dict()), sum(p.numel() for p in n.parameters())) for n in (network, ours)]
        (entries, parameters), (our_entries, our_parameters) = sizes
        print(
            f"{label:72} {entries:8} {our_entries:6} {parameters:12,} {our_parameters:12,} {differences[-1]:11.1e}",
            flush=True,
        )
        if arguments.facts and label in PUBLISHED:
            (arguments.facts / f"{label}.txt").write_text(compact(network))
    if arguments.facts:
        rows = ",\n".join(f"{json.dumps(label)}: {json.dumps(fact)}" for label, fact in known.items())
        (arguments.facts / "digests.json").write_text(f"{{\n{rows}\n}}\n")
    if not all(difference < 1e-5 for difference in differences):
        sys.exit("the maps of some networks differ by more than 1e-5")


if __name__ == "__main__":
    main()
