"""Quantise: a model file's convolutions in 8 bits, calibrated on images.

python -m trt_pose_training.quantise model.onnx --images DIR --output model_int8.onnx

A per-person network gets the people whose boxes ``--crops`` tells, a COCO keypoint JSON of these images.
With ``--annotations`` and ``--eval-images`` both models are measured; they take turns at every image.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from trt_pose_ros import PosePipeline
from trt_pose_ros.cli.arguments import count
from trt_pose_ros.cli.evaluate import add_measuring_arguments
from trt_pose_ros.evaluation.accuracy import compare, describe
from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.evaluation.table import table
from trt_pose_ros.finders.regions import crops
from trt_pose_ros.finders.top_down import TopDownOptions
from trt_pose_ros.media.sources import open_source
from trt_pose_ros.model_file import ModelFile
from trt_pose_ros.preprocess import Region

from . import command
from .data.coco import KeypointData
from .data.crops import one_by_one
from .data.images import read
from .deploy.quantise import quantise


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m trt_pose_training.quantise", description=__doc__.splitlines()[0])
    parser.add_argument("model", help="model file in float32")
    parser.add_argument("--images", required=True, help="images or a video of the kind that the model will see")
    parser.add_argument(
        "--crops", type=Path, metavar="FILE", help="COCO keypoint JSON: calibrate on crops of its people, not on images"
    )
    parser.add_argument("--count", type=count, default=128, help="calibrate on so many of them; default: 128")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="model file to write (.onnx)")
    parser.add_argument("--name", help="of the model; default: the old one's with _int8")
    parser.add_argument(
        "--keep", nargs="+", default=[], metavar="MODULE", help="parts of the network to leave in float"
    )
    measuring = parser.add_argument_group("measure both models (on other images than --images)")
    measuring.add_argument("--annotations", type=Path, metavar="FILE", help="COCO keypoint JSON")
    measuring.add_argument("--eval-images", type=Path, metavar="DIR", help="folder of its images")
    add_measuring_arguments(measuring)
    arguments = parser.parse_args(argv)
    if (arguments.annotations is None) != (arguments.eval_images is None):
        raise ValueError("--annotations and --eval-images go together")
    images = _people(arguments) if arguments.crops else _images(arguments)
    quantised = quantise(arguments.model, images, arguments.output, arguments.name, arguments.keep)
    before, after = (Path(path).stat().st_size / 1e6 for path in (arguments.model, quantised.path))
    print(f"{quantised.path}: {after:.1f} MB instead of {before:.1f}; {quantised.manifest.accuracy['quantised']}")
    if arguments.annotations:
        truth = GroundTruth(arguments.annotations, arguments.eval_images, arguments.category, arguments.limit)
        pipelines = [
            PosePipeline.open(path, arguments.backend, threads=arguments.threads)
            for path in (arguments.model, quantised.path)
        ]
        reports = compare(pipelines, truth)
        print(describe(pipelines, truth, arguments.threads), table(reports), _difference(*reports), sep="\n\n")
    return 0


def _images(arguments):
    source = open_source(arguments.images)
    # from all over the set: neighbours resemble each other, and those missing cost four times the drop in AP
    frames = islice(source, 0, None, max(1, len(source) // arguments.count))
    images = [frame.image for frame in tqdm(islice(frames, arguments.count), "reading", disable=None)]
    for name, why in source.skipped.items():
        print(f"left out: {name} ({why})", file=sys.stderr)
    return images


def _people(arguments):
    spec = ModelFile.load(arguments.model).manifest.input
    people = one_by_one(KeypointData.load(arguments.crops, arguments.images).samples)
    chosen = people[:: max(1, len(people) // arguments.count)][: arguments.count]
    regions = crops(np.concatenate([p.boxes for p in chosen]), spec.width / spec.height, TopDownOptions().crop_scale)
    return [
        Region(read(p.file, (p.width, p.height)), tuple(region))
        for p, region in zip(tqdm(chosen, "reading", disable=None), regions, strict=True)
    ]


def _difference(float32, int8):
    before, after = (report["latency"]["network"]["p50"] for report in (float32, int8))
    aps = [report["accuracy"]["ap"] for report in (float32, int8)]
    drop = f"{aps[0] - aps[1]:.3f}" if None not in aps else "unknown, there is nobody to find"
    return f"AP drop: {drop}; network {before / after:.2f} times as fast"


if __name__ == "__main__":
    command.run(main)
