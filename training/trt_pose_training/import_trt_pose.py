"""Bring in weights of trt_pose: a ``.pth`` of its own, or of its training, becomes a model file.

python -m trt_pose_training.import_trt_pose resnet18_baseline_att_224x224_A_epoch_249.pth --output model.onnx
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from trt_pose_ros.cli.arguments import size
from trt_pose_ros.topology import Topology

from . import command
from .deploy.export import export
from .deploy.trt_pose_weights import NAMES, load, manifest, resize_in, size_in, topology_in


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trt_pose_training.import_trt_pose", description=__doc__.splitlines()[0]
    )
    parser.add_argument("weights", type=Path, help="state dict of trt_pose (.pth)")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="model file to write (.onnx)")
    parser.add_argument("--model", choices=NAMES, metavar="NAME", help="default: the one that the weights fit")
    parser.add_argument(
        "--topology", metavar="FILE", help="task JSON; default: human_pose or hand_pose, whichever the weights fit"
    )
    parser.add_argument("--input-size", type=size, metavar="HxW", help="default: what the file's name says")
    parser.add_argument(
        "--resize",
        choices=("stretch", "letterbox"),
        help="default: what the experiment of the file's name has, or stretch",
    )
    parser.add_argument("--licence", default="", help="of the weights, in words")
    arguments = parser.parse_args(argv)
    path = arguments.weights
    topology = Topology.load(arguments.topology) if arguments.topology else topology_in(path)
    network, name = load(path, topology, arguments.model)
    height, width = arguments.input_size or size_in(path, network.multiple)
    resize = arguments.resize or resize_in(path)
    about = manifest(network, topology, path.stem, (height, width), resize, arguments.licence)
    differences = export(network, about, arguments.output)
    shown = ", ".join(f"{runtime} {difference:.1e}" for runtime, difference in differences.items())
    print(f"{arguments.output}: {name}, input {height}x{width}, {resize}; largest difference from torch: {shown}")
    return 0


if __name__ == "__main__":
    command.run(main)
