"""Check a COCO-format keypoint data set: what is wrong with it, or looks so, counted and named.

Errors are what `trt-pose evaluate` and training refuse; warnings are what to look at; notes are facts. The exit code is
1 if there are errors, else 0. Sheets of the images in question are drawn by `python -m trt_pose_training.data.check`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..evaluation.annotations import AnnotationFile
from ..evaluation.check import Report, check


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments; shared with training's command."""
    parser.add_argument("annotations", type=Path, help="COCO keypoint JSON")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of its images")
    parser.add_argument("--category", metavar="NAME", help="which category, where several have keypoints")


def main(arguments: argparse.Namespace) -> int:
    """Print what was found; returns 1 if there are errors, else 0."""
    _, report = print_report(arguments)
    return 1 if report.errors else 0


def print_report(arguments: argparse.Namespace) -> tuple[AnnotationFile, Report]:
    """Check what the arguments name and print what was found."""
    file = AnnotationFile(arguments.annotations, arguments.category)
    print(f"{file.path}: {len(file.images)} images, {len(file.annotations)} annotations of {file.category['name']!r}")
    report = check(file, arguments.images)
    print(*report.lines(), sep="\n")
    return file, report
