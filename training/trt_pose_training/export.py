"""Export: a trained network becomes the model file that is deployed.

python -m trt_pose_training.export checkpoint.pth --output model.onnx
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from trt_pose_ros.cli.arguments import size

from . import command
from .deploy.export import PRECISIONS, export, from_checkpoint


def parse_option(text: str) -> tuple[str, float]:
    """(name, number) of a decoder option like ``peak_threshold=0.1``; ValueError if it is not of that form."""
    name, _, value = text.partition("=")
    return name, float(value) if "." in value or "e" in value else int(value)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m trt_pose_training.export", description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path, help="what training has written")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="model file to write (.onnx)")
    parser.add_argument(
        "--ema",
        action=argparse.BooleanOptionalAction,
        help="the moving average of the weights, or the weights; default: the average where there is one",
    )
    parser.add_argument("--name", help="of the model; default: the experiment's")
    parser.add_argument(
        "--input-size", type=size, metavar="HxW", help="in pixels, at run time; default: that of the training"
    )
    parser.add_argument("--licence", default="", help="of the weights, in words")
    parser.add_argument("--precision", choices=PRECISIONS, default="float32", help="default: float32")
    parser.add_argument(
        "--decoder",
        type=parse_option,
        nargs="+",
        default=(),
        metavar="OPTION=VALUE",
        help="decoder options that suit the network; default: the decoder's own",
    )
    arguments = parser.parse_args(argv)
    network, manifest = from_checkpoint(arguments.checkpoint, arguments.ema)
    height, width = arguments.input_size or (manifest.input.height, manifest.input.width)
    manifest = replace(
        manifest,
        input=replace(manifest.input, height=height, width=width),
        name=arguments.name or manifest.name,
        licence=arguments.licence,
        decoder=dict(arguments.decoder),
    )
    differences = export(network, manifest, arguments.output, arguments.precision)
    shown = ", ".join(f"{runtime} {difference:.1e}" for runtime, difference in differences.items())
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB; largest difference from torch: {shown}")
    return 0


if __name__ == "__main__":
    command.run(main)
