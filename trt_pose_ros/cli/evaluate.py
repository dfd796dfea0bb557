"""Measure accuracy and speed of model files on COCO-format keypoint data, through the whole deployed path.

Prints a table: AP and AR of pycocotools, also for the images whose annotations are all official where the file marks
them (a field `source`), and the median milliseconds an image of each stage. Several models, or one at several sizes,
take turns at every image, so that whatever else the machine does slows all of them alike.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from .. import backends
from ..pipeline import PosePipeline
from .arguments import count, size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("models", nargs="*", default=[None], metavar="model", help="model files; default: the bundled")
    parser.add_argument("--annotations", type=Path, required=True, metavar="FILE", help="COCO keypoint JSON")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of its images")
    parser.add_argument(
        "--input-size", type=size, nargs="+", default=[None], metavar="HxW", help="default: each model's own"
    )
    add_measuring_arguments(parser)


def add_measuring_arguments(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Declare how is measured; shared with training's commands."""
    parser.add_argument("--backend", default="auto", choices=["auto", *backends.NAMES], help="default: auto")
    parser.add_argument("--threads", type=int, default=0, help="of the network; default: the runtime's own choice")
    parser.add_argument("--category", metavar="NAME", help="which category, where several have keypoints")
    parser.add_argument("--limit", type=count, metavar="N", help="only the first N images")


def main(arguments: argparse.Namespace) -> int:
    """Print what was measured."""
    # here, not above: `trt-pose --help` must do without pycocotools
    from ..evaluation.accuracy import compare, describe
    from ..evaluation.ground_truth import GroundTruth
    from ..evaluation.table import table

    truth = GroundTruth(arguments.annotations, arguments.images, arguments.category, arguments.limit)
    pipelines = [
        PosePipeline.open(model, arguments.backend, input_size=input_size, threads=arguments.threads)
        for input_size in arguments.input_size
        for model in arguments.models
    ]
    evaluations = compare(pipelines, truth)
    print(describe(pipelines, truth, arguments.threads), table(evaluations), sep="\n\n")
    return 0
