"""Train a pose network.

python -m trt_pose_training.train experiment.yaml
torchrun --nproc-per-node 4 -m trt_pose_training.train experiment.yaml
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from . import command
from .loop import memory


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m trt_pose_training.train", description=__doc__.splitlines()[0])
    parser.add_argument("experiment", type=Path, help="YAML file, or one of trt_pose's JSON files")
    parser.add_argument(
        "--output",
        type=Path,
        help="folder for what training writes, and goes on from; default: runs/<experiment's name>",
    )
    parser.add_argument("--device", choices=("cuda", "cpu"), help="default: cuda where there is one")
    arguments = parser.parse_args(argv)
    # Read when torch is loaded. By default its idle threads spin, which takes the CPU from a teacher and from loaders.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    memory.keep_freed()
    import torch

    from .experiment import Experiment
    from .loop.session import train

    first = os.environ.get("RANK", "0") == "0"
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO if first else logging.ERROR)
    experiment = Experiment.load(arguments.experiment)
    device = arguments.device or ("cuda" if torch.cuda.is_available() else "cpu")
    train(experiment, arguments.output or Path("runs") / experiment.name, device)
    return 0


if __name__ == "__main__":
    command.run(main)
