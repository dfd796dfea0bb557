"""Make a bag of images out of videos or folders of pictures, without ROS."""

from __future__ import annotations

import argparse
import contextlib
from itertools import chain, islice
from pathlib import Path

from ..bags.images import FORMATS, Camera, interleaved, stamped, write_image
from ..bags.writer import STORAGES, BagWriter
from ..media.calibration import Calibration, read_calibration
from ..media.sources import IMAGES_RATE, Source, open_source
from ..media.streams import Live
from .arguments import camera, count, positive, topic
from .errors import NothingDone
from .progress import progress
from .telling import tell_of

_START = 1.0  # seconds since 1970, of the first frame: 0 stands for "no time" in ROS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "source",
        nargs="+",
        help="video, folder of images, image or pattern such as 'photos/**/*.jpg'; of images several",
    )
    parser.add_argument("--output", type=Path, required=True, metavar="BAG", help="folder of the new bag")
    parser.add_argument(
        "--cameras",
        type=camera,
        nargs="+",
        default=[],
        metavar="NAME",
        help="a camera for each source, at the same time: its topic is /NAME/image, its frame_id NAME",
    )
    parser.add_argument("--topic", type=topic, help="of the images of an only camera; default: /camera/image")
    parser.add_argument("--frame-id", help="of an only camera; default: camera")
    parser.add_argument(
        "--rate",
        type=positive,
        default=0.0,
        metavar="HZ",
        help=f"frames a second; default: the times that the video tells, {IMAGES_RATE:g} for pictures",
    )
    parser.add_argument(
        "--start",
        type=positive,
        default=_START,
        metavar="SECONDS",
        help=f"time of the first frame, since 1970; default: {_START:g}",
    )
    parser.add_argument(
        "--camera-info",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="calibration file, the YAML of camera_calibration; with --cameras one for each",
    )
    parser.add_argument(
        "--compressed",
        default="raw",
        choices=FORMATS,
        help="raw: bgr8, large and fast; png: lossless and slow; jpeg: small, loses a little; default: raw",
    )
    parser.add_argument("--storage", default="mcap", choices=STORAGES, help="default: mcap")
    parser.add_argument("--max-frames", type=count, metavar="N", help="stop after N images")


def main(arguments: argparse.Namespace) -> int:
    """Write the bag."""
    _check(arguments)
    files: list[Calibration | None] = [read_calibration(file) for file in arguments.camera_info]
    names = arguments.cameras or [None]
    cameras = [
        Camera(
            f"/{name}/image" if name else arguments.topic or "/camera/image",
            name or arguments.frame_id or "camera",
            arguments.compressed,
            calibration,
        )
        for name, calibration in zip(names, files or [None] * len(names), strict=True)
    ]
    sources = [_open(source) for source in (arguments.source if arguments.cameras else [arguments.source])]
    start = round(arguments.start * 1e9)
    frames = interleaved([stamped(source, start, arguments.rate) for source in sources])
    total = min((n for n in (sum(map(len, sources)), arguments.max_frames) if n), default=None)
    try:
        first = next(frames, None)
        if first is None:
            raise NothingDone(f"no image could be read from {' '.join(arguments.source)}")
        with BagWriter(arguments.output, arguments.storage) as bag, contextlib.suppress(KeyboardInterrupt):
            for stamp, number, frame in progress(islice(chain([first], frames), arguments.max_frames), total, "images"):
                write_image(bag, cameras[number], frame.image, stamp)
    finally:
        for source in sources:
            tell_of(source)
    topics = ", ".join(f"{n} on {topic}" for topic, n in bag.counts.items() if not topic.endswith("camera_info"))
    print(f"images: {topics}: {arguments.output}")
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Raise ValueError where arguments contradict each other."""
    cameras = arguments.cameras
    if not cameras and len(arguments.camera_info) > 1:
        raise ValueError(f"--camera-info names {len(arguments.camera_info)} files for one camera")
    if not cameras:
        return
    for what, given in (("sources", arguments.source), ("files of --camera-info", arguments.camera_info)):
        if len(given) != len(cameras) and (given or what == "sources"):
            raise ValueError(f"{len(given)} {what} for the {len(cameras)} cameras {', '.join(cameras)}: one for each")
    if len(set(cameras)) != len(cameras):
        raise ValueError(f"--cameras {' '.join(cameras)}: a name is there twice")
    if arguments.topic or arguments.frame_id:
        raise ValueError("--topic and --frame-id are for an only camera: with --cameras the names say them")


def _open(source: str | list[str]) -> Source:
    opened = open_source(source)
    if isinstance(opened, Live):
        opened.close()
        raise ValueError(
            f"{opened.name} has no end: publish it with video_source_node and record it with ros2 bag record"
        )
    return opened
