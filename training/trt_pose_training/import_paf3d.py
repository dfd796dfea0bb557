"""Bring in weights of the Lightweight 3D demo: its checkpoint becomes a model file that tells people's shape in space.

python -m trt_pose_training.import_paf3d human-pose-estimation-3d.pth --output human-pose-estimation-3d.onnx
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from trt_pose_ros.cli.arguments import size

from . import command
from .deploy.export import export
from .deploy.paf3d_weights import SIZE, load, manifest

_SHOWN = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trt_pose_training.import_paf3d", description=__doc__.splitlines()[0]
    )
    parser.add_argument("weights", type=Path, help="checkpoint of the demo (.pth)")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="model file to write (.onnx)")
    parser.add_argument("--input-size", type=size, default=SIZE, metavar="HxW", help="default: {}x{}".format(*SIZE))
    parser.add_argument("--licence", default="", help="of the weights, in words")
    arguments = parser.parse_args(argv)
    network, unused = load(arguments.weights)
    about = manifest(arguments.weights.stem, arguments.input_size, arguments.licence)
    differences = export(network, about, arguments.output)
    if unused:
        more = ", ..." if len(unused) > _SHOWN else ""
        print(f"note: {len(unused)} entries are of no use to the network: {', '.join(unused[:_SHOWN])}{more}")
    height, width = arguments.input_size
    shown = ", ".join(f"{runtime} {difference:.1e}" for runtime, difference in differences.items())
    print(f"{arguments.output}: paf3d, input {height}x{width}; largest difference from torch: {shown}")
    return 0


if __name__ == "__main__":
    command.run(main)
