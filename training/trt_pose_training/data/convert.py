"""Other people's keypoint files as COCO keypoint JSON, joints by name.

    python -m trt_pose_training.data.convert lsp joints.mat --images images --output lsp.json
    python -m trt_pose_training.data.convert mpii mpii_human_pose_v1_u12_1.mat --images images --output mpii.json
    python -m trt_pose_training.data.convert openpose output_json --images images --output openpose.json

lsp: Leeds Sports Pose (``joints`` [3, 14, N], third number 1: hidden) and LSP Extended ([14, 3, N], third number 1:
labelled). They label one person of each image, so that the rest of the image is written as a region to ignore.

mpii: MPII Human Pose, the images of its training part. Written after the published description of its structure and
tested with a file made after it, not with the original.

openpose: the folder that OpenPose's ``--write_json`` fills, of its 18-point (COCO) or 25-point body. These are a
network's guesses, not labels: look at them (``trt_pose_training.data.check``) before training on them.

Areas, which none of the three knows, are estimated: 0.74 times the box of the joints, the median of 272 COCO persons
with at least 11 of the 12 joints below the head (for two thirds of them that is right to a factor of 1.36).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from trt_pose_ros.media.errors import ImageError
from trt_pose_ros.media.images import read_image
from trt_pose_ros.topology import Topology

from ..command import run
from .foreign import READERS, LabelledImage

_AREA = 0.74  # of a person, relative to the box of the joints
_NAMED = 10  # images that are left out and named
_MARGIN = 0.15  # of the joints' box, around what is taken for the one person that is labelled


def to_coco(
    topology: Topology, labelled: Sequence[LabelledImage], folder: Path, description: str
) -> tuple[dict[str, Any], list[str]]:
    """The COCO keypoint JSON of what a converter found in images of a folder.

    Joints outside of their image become "not labelled".

    Args:
        topology: of the people.
        labelled: list of :class:`LabelledImage`.
        folder: of the image files.
        description: for the JSON's ``info``.

    Returns:
        (dict, ready for JSON; list of a line for each image that can't be read and is left out)

    Raises:
        ValueError: no image can be read.
    """
    entries, annotations, left_out = [], [], []
    for number, image in enumerate(tqdm(labelled, "images", disable=None), 1):
        try:
            height, width = read_image(folder / image.file).shape[:2]
        except ImageError as error:
            left_out.append(f"{folder / image.file}: {error}")
            continue
        entries.append({"id": number, "file_name": image.file, "width": width, "height": height})
        found = [_person(np.array(p), width, height) for p in image.people]
        found += [_region(box) for box in image.ignore]
        rest = _rest(found[0]["bbox"], width, height) if image.alone else []
        if rest:
            found.append(_region([0, 0, width, height]) | {"segmentation": rest})
        for annotation in found:
            annotations.append({"id": len(annotations) + 1, "image_id": number, "category_id": 1, **annotation})
    if not entries:
        raise ValueError(f"none of the {len(labelled)} images can be read: {left_out[0]}" if left_out else "no images")
    category = {"id": 1, "supercategory": "person", **topology.to_category(), "name": "person"}
    data = {
        "info": {"description": description, "note": f"area = {_AREA} x box of the keypoints"},
        "licenses": [],
        "images": entries,
        "annotations": annotations,
        "categories": [category],
    }
    return data, left_out


def _person(points, width, height):
    inside = (points[:, :2] >= -0.5).all(1) & (points[:, :2] < (width - 0.5, height - 0.5)).all(1)
    points[~inside | (points[:, 2] == 0)] = 0
    known = points[points[:, 2] > 0, :2]
    if not len(known):
        return _region([0, 0, width, height])
    low, high = known.min(0), known.max(0)
    box = [*low, *(high - low)]
    return {
        "keypoints": [round(float(v), 2) for v in points.ravel()],
        "num_keypoints": len(known),
        "bbox": [round(float(v), 2) for v in box],
        "area": round(_AREA * float(box[2] * box[3]), 2),
        "iscrowd": 0,
    }


def _region(box):
    box = [round(float(v), 2) for v in box]
    return {"num_keypoints": 0, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}


def _rest(box, width, height):
    """Polygons of what is around a person: the whole image but the box and a margin; none if that is nothing."""
    x, y, w, h = box
    margin = _MARGIN * max(w, h)
    left, top = max(0, x - margin), max(0, y - margin)
    right, bottom = min(width, x + w + margin), min(height, y + h + margin)
    corners = [(0, 0, width, top), (0, bottom, width, height), (0, top, left, bottom), (right, top, width, bottom)]
    polygons = [[a, b, c, b, c, d, a, d] for a, b, c, d in corners if c - a >= 1 and d - b >= 1]
    return [[round(float(v), 2) for v in p] for p in polygons]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trt_pose_training.data.convert",
        description=__doc__.replace("``", ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("format", choices=READERS, help="what SOURCE is")
    parser.add_argument("source", type=Path, metavar="SOURCE", help="the .mat file, or OpenPose's folder")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of the images")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="COCO keypoint JSON to write")
    arguments = parser.parse_args(argv)
    if not arguments.images.is_dir():
        raise FileNotFoundError(f"no folder {arguments.images}")
    topology, labelled = READERS[arguments.format](arguments.source, arguments.images)
    description = f"converted from {arguments.format}: {arguments.source.name}"
    data, left_out = to_coco(topology, labelled, arguments.images, description)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(data))
    for line in left_out[:_NAMED]:
        print(f"left out: {line}", file=sys.stderr)
    if len(left_out) > _NAMED:
        print(f"left out: {len(left_out) - _NAMED} more", file=sys.stderr)
    people = sum(a["num_keypoints"] > 0 for a in data["annotations"])
    print(f"{arguments.output}: {len(data['images'])} images, {people} people of {len(topology.keypoints)} keypoints")
    return 0


if __name__ == "__main__":
    run(main)
