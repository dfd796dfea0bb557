"""Bring in weights of HRNet, SimDR or SimCC: a ``.pth`` of their authors becomes a per-person network's model file.

python -m trt_pose_training.import_hrnet pose_hrnet_w32_256x192.pth --output hrnet_w32.onnx
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from trt_pose_ros.cli.arguments import size
from trt_pose_ros.topology import Topology

from . import command
from .deploy.export import export
from .deploy.hrnet_weights import input_size, load, manifest


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trt_pose_training.import_hrnet", description=__doc__.splitlines()[0]
    )
    parser.add_argument("weights", type=Path, help="state dict of HRNet, SimDR or SimCC (.pth)")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="model file to write (.onnx)")
    parser.add_argument("--topology", default="coco_17", metavar="FILE", help="keypoints; default: coco_17")
    parser.add_argument("--input-size", type=size, metavar="HxW", help="default: what the file's name says")
    parser.add_argument("--licence", default="", help="of the weights, in words")
    arguments = parser.parse_args(argv)
    topology = Topology.load(arguments.topology)
    network, name = load(arguments.weights, topology)
    height, width = arguments.input_size or input_size(arguments.weights, network)
    about = manifest(network, topology, arguments.weights.stem, (height, width), arguments.licence)
    differences = export(network, about, arguments.output)
    shown = ", ".join(f"{runtime} {difference:.1e}" for runtime, difference in differences.items())
    print(f"{arguments.output}: {name}, input {height}x{width}, {about.family}; largest difference from torch: {shown}")
    return 0


if __name__ == "__main__":
    command.run(main)
