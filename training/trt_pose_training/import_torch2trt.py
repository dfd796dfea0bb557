"""Bring in an engine of torch2trt: its ``*_trt.pth`` becomes an engine file and a description beside it.

    python -m trt_pose_training.import_torch2trt resnet18_baseline_att_224x224_A_epoch_249_trt.pth --output pose.engine

That is the legacy way, for boards that have such a file and nothing else. An engine runs only on the kind of GPU, and
with the version of TensorRT, that it was built with, and ours want TensorRT 8.5 or later: one that a Jetson Nano has
made with JetPack 4 (TensorRT 8.2) runs nowhere but with that. Better is to import the weights that it was made of: that
gives an .onnx, of which every board builds its own engine.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from trt_pose_ros.cli.arguments import size as parse_size
from trt_pose_ros.topology import Topology

from . import command
from .deploy.torch2trt_engine import manifest, read
from .deploy.trt_pose_weights import resize_in, size_in

SUFFIX = ".engine"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trt_pose_training.import_torch2trt", description=__doc__.splitlines()[0]
    )
    parser.add_argument("file", type=Path, help="what torch2trt has saved (*_trt.pth)")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help=f"engine to write ({SUFFIX})")
    parser.add_argument("--topology", default="human_pose", metavar="FILE", help="task JSON; default: human_pose")
    parser.add_argument("--input-size", type=parse_size, metavar="HxW", help="default: what the file's name says")
    parser.add_argument(
        "--resize", choices=("stretch", "letterbox"), help="default: as the file's name says, or stretch"
    )
    parser.add_argument("--stride", type=int, default=4, help="input pixels a map cell; default: 4")
    parser.add_argument("--licence", default="", help="of the weights, in words")
    arguments = parser.parse_args(argv)
    path, output = arguments.file, arguments.output
    if output.suffix != SUFFIX:
        raise ValueError(f"--output is {output}, must end in {SUFFIX}")
    engine, inputs, outputs = read(path)
    size = arguments.input_size or size_in(path, 32)
    resize = arguments.resize or resize_in(path)
    topology = Topology.load(arguments.topology)
    about = manifest(path.stem, topology, inputs, outputs, size, resize, arguments.stride, arguments.licence)
    output.write_bytes(engine)
    output.with_suffix(".json").write_text(about.to_json())
    print(
        f"{output} and {output.with_suffix('.json').name}: {len(engine) / 2**20:.1f} MiB, input {size[0]}x{size[1]}, "
        f"{resize}. It runs on this kind of board with this version of TensorRT only: trt-pose run --model {output}"
    )
    return 0


if __name__ == "__main__":
    command.run(main)
