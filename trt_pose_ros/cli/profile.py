"""Measure how long each stage takes on this machine: image, pre-processing, network, decoding, tracking, outputs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from ..evaluation.stages import plot, profile_stages, table_row
from ..media.drawing import draw_poses
from ..media.sources import open_source
from ..pipeline import PosePipeline
from ..poses import Poses
from .arguments import add_model_arguments, count, size
from .demo import photographs

_MOST_IMAGES = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_model_arguments(parser)
    parser.add_argument("--source", metavar="SOURCE", help="images or video; default: two photographs of people")
    parser.add_argument("--image-size", type=size, default=(480, 640), metavar="HxW", help="default: 480x640")
    parser.add_argument("--cameras", type=count, default=1, metavar="N", help="images at a time; default: 1")
    parser.add_argument("--steps", type=count, default=100, metavar="N", help="default: 100")
    parser.add_argument("--board", metavar="NAME", help="name in the table; default: the processor's or GPU's")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures for programs")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the stages (needs matplotlib)")


def main(arguments: argparse.Namespace) -> int:
    """Measure, and print a table of the stages and a row for the table of boards; returns 0."""
    images = [cv2.resize(image, arguments.image_size[::-1]) for image in _images(arguments.source)]
    pipeline = PosePipeline.open(
        arguments.model, arguments.backend, input_size=arguments.input_size, batch=arguments.cameras
    )
    with tqdm(total=arguments.steps + 10, unit=" steps", disable=None) as bar:
        found = profile_stages(
            pipeline,
            images,
            cameras=arguments.cameras,
            steps=arguments.steps,
            outputs=_outputs(),
            on_step=bar.update,
        )
    name = arguments.board or found.device
    print(f"{found.people:.1f} people an image, {arguments.cameras} camera(s), milliseconds of a step:\n")
    print("| stage | p50 | p95 |\n|---|---|---|")
    for stage, (median, high) in found.stages.items():
        print(f"| {stage} | {median:.2f} | {high:.2f} |")
        if stage == "network":
            for part, (part_median, part_high) in found.parts.items():
                print(f"| ... {part} | {part_median:.2f} | {part_high:.2f} |")
    print(f"| **all** | **{found.total[0]:.2f}** | **{found.total[1]:.2f}** |\n")
    print(f"pre-processing and decoding take {100 * found.outside_network:.0f} % of the network's time\n")
    print("\n".join(table_row(found, name)))
    if arguments.json:
        arguments.json.write_text(json.dumps({"board": name, **asdict(found)}, indent=1))
    if arguments.plot:
        plot(found, str(arguments.plot))
    return 0


def _images(source: str | None) -> list[np.ndarray]:
    if source is None:
        return photographs()
    images = [frame.image for frame in islice(open_source(source), _MOST_IMAGES)]
    if not images:
        raise ValueError(f"no image could be read from {source}")
    return images


def _outputs() -> dict[str, Callable[[np.ndarray, Poses], object]]:
    """What the node makes of people; the message only where ROS is."""
    outputs: dict[str, Callable[[np.ndarray, Poses], object]] = {"draw": draw_poses}
    if find_spec("rclpy") and find_spec("trt_pose_ros.msg"):
        from ..ros.convert.messages import SkeletonArray, skeleton_array

        def message(image: np.ndarray, poses: Poses) -> SkeletonArray:
            return skeleton_array(poses, SkeletonArray().header, image.shape[1], image.shape[0])

        outputs = {"message": message, **outputs}
    return outputs
