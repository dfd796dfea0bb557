"""Say how long each stage takes on this machine, from a compressed image to message and drawing."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np

from ..doctor.hardware import processor_name
from ..evaluation.profile import TOTAL, Report, Stage, jpegs, profile
from ..media.sources import open_source
from ..pipeline import PosePipeline
from ..poses import Poses
from .arguments import add_model_arguments, count
from .demo import photographs
from .errors import NothingDone
from .progress import progress

_MOST_IMAGES = 64  # kept in memory, of a long video


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "source", nargs="*", help="images, folders or a video; default: the two photographs of the demo"
    )
    add_model_arguments(parser)
    parser.add_argument("--batch", type=count, nargs="+", default=[1], metavar="N", help="cameras; default: 1")
    parser.add_argument("--passes", type=count, default=100, metavar="N", help="that are timed; default: 100")
    parser.add_argument("--board", metavar="NAME", help="print rows for a table of boards, too, under this name")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the medians (needs matplotlib)")


def main(arguments: argparse.Namespace) -> int:
    """Print the table; returns 0."""
    if arguments.plot and not find_spec("matplotlib"):
        raise ImportError("--plot needs matplotlib: pip install matplotlib")
    images = _images(arguments.source)
    encoded, further = jpegs(images), _message_stage()
    profiles = []
    for batch in progress(arguments.batch, len(arguments.batch), "batch sizes"):
        pipeline = PosePipeline.open(arguments.model, arguments.backend, input_size=arguments.input_size, batch=batch)
        profiles.append(profile(pipeline, encoded, batch, arguments.passes, further))
    report = Report(
        model=pipeline.model.manifest.name,
        input_size=pipeline.input_size,
        backend=pipeline.backend.name,
        device=pipeline.backend.device,
        processor=processor_name(),
        images=", ".join(dict.fromkeys(f"{image.shape[1]}x{image.shape[0]}" for image in images)),
        profiles=profiles,
    )
    print(report.table())
    if arguments.board:
        print(f"\n{report.boards_table(arguments.board)}")
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_dict(), indent=1))
    if arguments.plot:
        _plot(report, arguments.plot)
    return 0


def _images(source: Sequence[str]) -> list[np.ndarray]:
    if not source:
        return photographs()
    images = [frame.image for frame in islice(open_source(source), _MOST_IMAGES)]
    if not images:
        raise NothingDone(f"no image could be read from {' '.join(source)}")
    return images


def _message_stage() -> dict[str, Stage]:
    """The making of a message, where ROS 2 is installed."""
    if not find_spec("rclpy") or not find_spec("trt_pose_ros.msg"):
        return {}
    from ..messages.header import header
    from ..ros.convert.messages import skeleton_array
    from ..ros.convert.types import ROS_TYPES

    camera = header(0, "camera", ROS_TYPES)

    def message(poses: Poses, image: np.ndarray) -> object:
        return skeleton_array(poses, camera, image.shape[1], image.shape[0])

    return {"message": message}


def _plot(report: Report, file: Path) -> None:
    """Stacked bars of the medians, one a batch size."""
    # by name: it is no requirement, and whoever draws nothing needs none
    figure = import_module("matplotlib.figure").Figure(figsize=(7, 1.5 + 0.5 * len(report.profiles)), layout="tight")
    axes = figure.add_subplot()
    names = [f"batch {profile.batch}" for profile in report.profiles]
    left = np.zeros(len(names))
    for stage in report.profiles[0].stages:
        if stage != TOTAL:
            medians = np.array([profile.stages[stage][0] for profile in report.profiles])
            axes.barh(names, medians, left=left, label=stage.replace("_", " "))
            left += medians
    axes.invert_yaxis()
    axes.set_xlabel("ms an image, medians")
    axes.set_title(f"{report.model}, {report.backend}", fontsize="medium")
    axes.legend(fontsize="small", ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.35), frameon=False)
    figure.savefig(file, dpi=120, bbox_inches="tight")
