"""Write a COCO keypoint file of a few images: for a first try, or to see that a network learns what it is shown.

python -m trt_pose_training.data.subset person_keypoints.json --count 20 --output small.json

With ``--topology``, the people have its keypoints instead: those of the file by name, and midpoints such as the neck.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trt_pose_ros.cli import arguments as types
from trt_pose_ros.evaluation.annotations import AnnotationFile
from trt_pose_ros.evaluation.entries import id_order, labelled_keypoints, person_area
from trt_pose_ros.topology import Topology

from .. import command
from .coco import Selection


def content(path: str | Path, category: str | None = None) -> dict[str, Any]:
    """What a COCO keypoint file says of one category, as a dict of the same form.

    Raises:
        OSError, ValueError: see :class:`~trt_pose_ros.evaluation.annotations.AnnotationFile`; or an entry is wrong.
    """
    file = AnnotationFile(path, category)
    file.require_valid()
    return file.data | {"images": file.images, "annotations": file.annotations, "categories": [file.category]}


def subset(data: dict[str, Any], count: int, min_keypoints: int = 1, min_area: float = 0.0) -> dict[str, Any]:
    """Some images of people, and their annotations.

    Args:
        data: content of a COCO keypoint file, as :func:`content` gives it.
        count: number of images; those with the smallest ids are taken.
        min_keypoints: labelled ones that everybody in an image must have.
        min_area: share of the image that everybody in it must cover.

    Returns:
        dict of the same form.

    Raises:
        ValueError: there are fewer such images.
    """
    people = defaultdict(list)
    for annotation in data["annotations"]:
        people[annotation["image_id"]].append(annotation)

    def fits(image):
        area = min_area * image["width"] * image["height"]
        everybody = people[image["id"]]
        return everybody and all(labelled_keypoints(a) >= min_keypoints and person_area(a) >= area for a in everybody)

    images = sorted(filter(fits, data["images"]), key=lambda image: id_order(image["id"]))[:count]
    if len(images) < count:
        raise ValueError(f"only {len(images)} images have people and these alone, not {count}")
    return data | {"images": images, "annotations": [a for image in images for a in people[image["id"]]]}


def relabelled(data: dict[str, Any], topology: Topology) -> dict[str, Any]:
    """The same people with the keypoints of another topology.

    Args:
        data: content of a COCO keypoint file, as :func:`content` gives it.
        topology: the :class:`~trt_pose_ros.topology.Topology`. Its keypoints are matched by name or derived, as in
            :class:`~.coco.KeypointData`; others are not labelled.

    Returns:
        dict of the same form.

    Raises:
        ValueError: the category has none of the keypoints.
    """
    (category,) = data["categories"]
    select = Selection(category["keypoints"], topology)
    annotations = []
    for annotation in data["annotations"]:
        given = annotation.get("keypoints") or [0] * (3 * len(category["keypoints"]))
        points = select(np.reshape(given, (-1, 3)))
        values = {"keypoints": points.ravel().tolist(), "num_keypoints": int((points[:, 2] > 0).sum())}
        annotations.append(annotation | values)
    categories = [category | topology.to_category() | {"name": category["name"]}]
    return data | {"categories": categories, "annotations": annotations}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trt_pose_training.data.subset", description=__doc__.splitlines()[0]
    )
    parser.add_argument("annotations", type=Path, help="COCO keypoint JSON")
    parser.add_argument("--category", metavar="NAME", help="which category, where several have keypoints")
    parser.add_argument("--count", type=types.count, default=20, help="number of images; default: 20")
    parser.add_argument("--min-keypoints", type=int, default=1, metavar="N", help="of everybody in them; default: 1")
    parser.add_argument("--min-area", type=float, default=0.0, metavar="SHARE", help="of an image, of everybody in it")
    parser.add_argument(
        "--topology", metavar="NAME", help="bundled name or JSON file; default: the file's own keypoints"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="JSON to write")
    arguments = parser.parse_args(argv)
    data = content(arguments.annotations, arguments.category)
    if arguments.topology:
        data = relabelled(data, Topology.load(arguments.topology))
    small = subset(data, arguments.count, arguments.min_keypoints, arguments.min_area)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(small))
    print(f"{arguments.output}: {len(small['images'])} images of {len(small['annotations'])} people")
    return 0


if __name__ == "__main__":
    command.run(main)
