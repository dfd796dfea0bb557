"""Label hands in images with what a trained hand network sees: pictures of single hands and a COCO keypoint JSON.

python -m trt_pose_training.label_hands IMAGES --output DIR --palms hand --people accurate --teacher mediapipe-hand
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from trt_pose_ros import PosePipeline
from trt_pose_ros.cli.arguments import count
from trt_pose_ros.finders.network import Network
from trt_pose_ros.media.sources import open_source
from trt_pose_ros.model_file import ModelFile
from trt_pose_ros.poses import Poses

from . import command
from .distill.hands import HandLabeller, to_coco

_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 92]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trt_pose_training.label_hands", description=__doc__.splitlines()[0]
    )
    parser.add_argument("images", help="folder of images, or a video")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder of the pictures and hands.json"
    )
    parser.add_argument("--teacher", default="mediapipe-hand", help="model that finds the joints of a hand")
    parser.add_argument("--palms", default="hand", help="model that finds hands by themselves; none: it does not look")
    parser.add_argument("--people", help="model that finds people, at whose wrists hands are looked for")
    parser.add_argument("--limit", type=count, help="label so many images, from all over the set")
    parser.add_argument("--threads", type=count, default=1, help="CPU threads of each network; default: 1")
    arguments = parser.parse_args(argv)
    finders = list(_finders(arguments))
    if not finders:
        raise ValueError("nobody looks for hands: name a model with --palms or --people")
    teacher = Network.open(ModelFile.load(arguments.teacher), "auto", None, {}, threads=arguments.threads)
    labeller, source = HandLabeller(finders, teacher), open_source(arguments.images)
    frames = islice(source, 0, None, max(1, len(source) // arguments.limit) if arguments.limit else 1)
    folder = arguments.output / "images"
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    with command.until_stopped():
        for frame in tqdm(islice(frames, arguments.limit), "labelling", arguments.limit or len(source), disable=None):
            for picture in labeller(frame.image):
                name = f"{len(found):06d}.jpg"
                cv2.imwrite(str(folder / name), picture.image, _QUALITY)
                found.append((name, len(picture.image), picture.keypoints))
    for name, why in source.skipped.items():
        print(f"left out: {name} ({why})", file=sys.stderr)
    hands = sum(keypoints is not None for _, _, keypoints in found)
    if not hands:
        raise ValueError(f"no hand was found in the images of {arguments.images}")
    (arguments.output / "hands.json").write_text(json.dumps(to_coco(found, labeller.topology)))
    print(f"{arguments.output}: {hands} hands, {len(found) - hands} pictures without one")
    return 0


def _finders(arguments: argparse.Namespace) -> list[Callable[[np.ndarray], Poses]]:
    """What says where hands may be."""
    finders: list[Callable[[np.ndarray], Poses]] = []
    if arguments.palms != "none":
        palms = PosePipeline.open(arguments.palms, threads=arguments.threads)
        finders.append(lambda image: palms([image])[0])
    if arguments.people:
        people = PosePipeline.open(arguments.people, hands=arguments.teacher, threads=arguments.threads)
        finders.append(lambda image: (people([image]), people.hands[0])[1])
    return finders


if __name__ == "__main__":
    command.run(main)
