"""What is wrong with a keypoint data set, or looks so: counted, named and drawn.

    python -m trt_pose_training.data.check annotations.json --images images --draw sheets

Errors are what training refuses, or cannot be right; warnings are what to look at; notes are facts. The exit code is 1
if there are errors, else 0. ``--draw`` writes sheets of images: the first offenders of each kind, random samples, and
random samples as the network gets them, augmented, with the ignored regions in red. Drawing needs torch, checking does
not: ``trt-pose check`` is the same without ``--draw``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from trt_pose_ros.cli.arguments import size
from trt_pose_ros.cli.check import add_arguments, print_report

from ..command import run


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trt_pose_training.data.check",
        description=__doc__.replace("``", ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)
    parser.add_argument("--draw", type=Path, metavar="DIR", help="folder for the sheets")
    parser.add_argument("--size", type=size, default=(256, 256), metavar="HxW", help="of the augmented sheet (256x256)")
    arguments = parser.parse_args(argv)
    file, report = print_report(arguments)
    if arguments.draw:
        from .sheets import draw_sheets  # needs torch, which checking does not

        for line in draw_sheets(
            arguments.draw, file, arguments.images, report.errors | report.warnings, arguments.size
        ):
            print(f"{'drawn':8}{line}")
    return 1 if report.errors else 0


if __name__ == "__main__":
    run(main)
