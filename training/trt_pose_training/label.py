"""Label images with what a detector and a per-person network see in them: a COCO keypoint JSON.

python -m trt_pose_training.label IMAGES --detector rtmdet-nano-person.onnx --teacher pp-tinypose-256x192.xml \
    --output labels.json
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from trt_pose_ros.cli.arguments import count
from trt_pose_ros.finders.network import Network
from trt_pose_ros.media.sources import open_source
from trt_pose_ros.model_file import ModelFile

from . import command
from .distill.labels import EVERYBODY, Labeller, to_coco


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m trt_pose_training.label", description=__doc__.splitlines()[0])
    parser.add_argument("images", help="folder of images, or a video")
    parser.add_argument("--detector", required=True, help="model file that finds boxes around people")
    parser.add_argument("--teacher", required=True, help="model file that finds the keypoints of a crop")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="COCO keypoint JSON to write")
    parser.add_argument("--limit", type=count, help="label so many of them, from all over the set")
    parser.add_argument("--everybody", action="store_true", help="also small people, and what is less sure")
    parser.add_argument("--threads", type=count, default=1, help="CPU threads of each network; default: 1")
    arguments = parser.parse_args(argv)
    detector, teacher = (
        Network.open(ModelFile.load(path), "auto", None, {}, threads=arguments.threads)
        for path in (arguments.detector, arguments.teacher)
    )
    labeller = Labeller(detector, teacher, **(EVERYBODY if arguments.everybody else {}))
    source = open_source(arguments.images)
    frames = islice(source, 0, None, max(1, len(source) // arguments.limit) if arguments.limit else 1)
    found = []
    with command.until_stopped():
        for frame in tqdm(islice(frames, arguments.limit), "labelling", arguments.limit or len(source), disable=None):
            found.append((frame.name, frame.image.shape[1::-1], *labeller(frame.image)))
    for name, why in source.skipped.items():
        print(f"left out: {name} ({why})", file=sys.stderr)
    labels = to_coco(found, labeller.topology)
    if not labels["annotations"]:
        raise ValueError(f"nobody was found in the {len(found)} images of {arguments.images}")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(labels))
    print(f"{arguments.output}: {len(labels['annotations'])} people in {len(labels['images'])} of {len(found)} images")
    return 0


if __name__ == "__main__":
    command.run(main)
