"""Put pre-processing into a model: it takes a camera's whole images, and the GPU resizes and pads them.

    python -m trt_pose_training.full_frame model.onnx --camera-size 1080x1920 --output model_1080p.onnx

For TensorRT, where the CPU is the bottleneck. More bytes go to the GPU, and every camera must have this size.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from trt_pose_ros.cli.arguments import size

from . import command
from .deploy.full_frame import take_whole_frames


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m trt_pose_training.full_frame", description=__doc__.splitlines()[0])
    parser.add_argument("model", help="model file (.onnx)")
    parser.add_argument("--camera-size", type=size, required=True, metavar="HxW", help="of the camera's images, pixels")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="model file to write (.onnx)")
    arguments = parser.parse_args(argv)
    made = take_whole_frames(arguments.model, *arguments.camera_size, arguments.output)
    spec = made.manifest.input
    height, width = arguments.camera_size
    print(f"{made.path}: takes BGR images of {width}x{height} pixels, seen at {spec.width}x{spec.height}")
    return 0


if __name__ == "__main__":
    command.run(main)
