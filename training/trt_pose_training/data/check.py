"""What is wrong with a keypoint data set, or looks so: counted, named and drawn.

    python -m trt_pose_training.data.check annotations.json --images images --draw sheets

Errors are what training refuses, or cannot be right; warnings are what to look at; notes are facts. The exit code is 1
if there are errors, else 0. ``--draw`` writes sheets of pictures: the first offenders of each kind, random samples, and
random samples as the network gets them, augmented, with the ignored regions in red.
"""

import argparse
import sys
from collections import defaultdict
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from trt_pose_ros.preprocess import parse_size
from trt_pose_ros.topology import Topology

from ..command import run
from .annotations import AnnotationFile, Problem, is_ignored
from .sheets import draw_sheets
from .sides import exchanged_people, side_notes, side_warnings

_NAMED = 5  # cases of a kind that are named
_SLACK = 1.0  # pixels by which a keypoint or a box may lie outside its picture, from rounding


def picture_errors(file, folder):
    """Yield a :class:`~.annotations.Problem` for each picture that is missing, unreadable or of another size."""
    for image in tqdm(file.images, "pictures", disable=None, file=sys.stderr):
        path = folder / str(image.get("file_name"))
        expected = (image.get("width"), image.get("height"))
        if not path.is_file():
            yield Problem("pictures missing", path.name, f"not in {path.parent}", image)
            continue
        picture = cv2.imread(str(path))
        if picture is None:
            yield Problem("pictures that cannot be read", path.name, "damaged, or of an unknown format", image)
        elif picture.shape[1::-1] != expected:
            stored = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
            if stored.shape[1::-1] != expected:
                sizes = "{}x{} pixels, in the JSON {}x{}".format(*picture.shape[1::-1], *expected)
                yield Problem("pictures of another size than in the JSON", path.name, sizes, image)


def annotation_warnings(file):
    """Yield a Problem for each suspicious thing about an annotation of a file without errors."""
    images = {image["id"]: image for image in file.images}
    for a in file.annotations:
        image, where = images[a["image_id"]], f"annotation {a.get('id')}"
        size = np.array([image["width"], image["height"]])
        points = np.reshape(a.get("keypoints") or np.zeros((0, 3)), (-1, 3))
        known = points[:, 2] > 0
        outside = known & ((points[:, :2] < -_SLACK) | (points[:, :2] > size - 1 + _SLACK)).any(1)
        names = ", ".join(file.category["keypoints"][i] for i in np.flatnonzero(outside))
        found = {"keypoints outside of their picture": names}
        if a.get("num_keypoints", known.sum()) != known.sum():
            found["wrong num_keypoints"] = f"{a['num_keypoints']}, but {known.sum()} are labelled"
        if not a.get("bbox"):
            found["annotations without a box"] = "has no bbox"
        else:
            x, y, w, h = a["bbox"]
            if w <= 0 or h <= 0:
                found["empty boxes"] = f"is {w} x {h}"
            elif x < -_SLACK or y < -_SLACK or x + w > size[0] + _SLACK or y + h > size[1] + _SLACK:
                found["boxes that reach outside of their picture"] = f"{a['bbox']} in {size[0]}x{size[1]} pixels"
            elif known.any() and not is_ignored(a):
                middle = points[known, :2].mean(0)
                if ((middle < (x, y)) | (middle > (x + w, y + h))).any():
                    found["people whose keypoints lie outside of their box"] = f"around {middle.round().tolist()}"
        if not is_ignored(a) and not (a.get("area") or 0) > 0:
            found["people without an area"] = "has no area: COCO's AP needs one"
        for kind, detail in found.items():
            if detail:
                yield Problem(kind, where, detail, image, a)


def skeleton_warnings(topology, keypoints):
    """Yield a Problem for each keypoint or link of the skeleton that looks wrong, or that nobody has."""
    for i, name in enumerate(topology.keypoints):
        if topology.swap[i] == i and {"left", "right"} & set(name.lower().replace("-", "_").split("_")):
            yield Problem("keypoints of one side without their partner", name, "will not be exchanged in mirror images")
        if not (keypoints[:, i, 2] > 0).any():
            yield Problem("keypoints that are never labelled", name, "will not be learnt")
    if not topology.links:
        yield Problem("no links", topology.name, "the skeleton is empty: people cannot be put together of keypoints")
    for a, b in topology.links:
        if not (keypoints[:, (a, b), 2] > 0).all(1).any():
            where = f"{topology.keypoints[a]}-{topology.keypoints[b]}"
            yield Problem("links that are never labelled at both ends", where, "will not be learnt")


def file_notes(file, keypoints):
    """Lines of facts about a file without errors; ``keypoints`` [P, K, 3] of its people."""
    used = {a["image_id"] for a in file.annotations if not is_ignored(a)}
    regions = sum(is_ignored(a) for a in file.annotations)
    yield f"{len(file.images) - len(used)} pictures without people, to be learnt as background"
    yield f"{regions} regions to ignore (crowds, people without keypoints)"
    share = (keypoints[:, :, 2] > 0).mean(0) if len(keypoints) else np.zeros(len(file.category["keypoints"]))
    labelled = ", ".join(f"{n} {s:.0%}" for n, s in zip(file.category["keypoints"], share, strict=True))
    yield f"labelled: {labelled}"


def report(level, problems):
    """Print problems, a counted line a kind, with the first cases; returns them as {kind: list}."""
    kinds = defaultdict(list)
    for problem in problems:
        kinds[problem.kind].append(problem)
    for kind, cases in kinds.items():
        named = "; ".join(f"{p.where}: {p.detail}" for p in cases[:_NAMED])
        print(f"{level:8}{len(cases)} {kind}: {named}{'; ...' if len(cases) > _NAMED else ''}")
    return kinds


def main(argv=None):
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trt_pose_training.data.check",
        description=__doc__.replace("``", ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("annotations", type=Path, help="COCO keypoint JSON")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of the pictures")
    parser.add_argument("--category", metavar="NAME", help="which category, where several have keypoints")
    parser.add_argument("--draw", type=Path, metavar="DIR", help="folder for the sheets")
    parser.add_argument("--size", default="256x256", metavar="HxW", help="input of the augmented sheet (256x256)")
    arguments = parser.parse_args(argv)
    height, width = parse_size(arguments.size)

    file = AnnotationFile(arguments.annotations, arguments.category)
    print(f"{file.path}: {len(file.images)} pictures, {len(file.annotations)} annotations of {file.category['name']!r}")
    try:
        topology = Topology.from_category(file.category, source=str(file.path))
        skeleton = []
    except ValueError as error:
        topology = None
        skeleton = [Problem("skeletons that are none", "category", str(error))]
    problems = report("error", chain(skeleton, file.errors(), picture_errors(file, arguments.images)))
    errors = bool(problems)
    if topology and not any(file.errors()):
        people = [a for a in file.annotations if not is_ignored(a)]
        keypoints = np.reshape([a["keypoints"] for a in people], (-1, len(topology.keypoints), 3))
        warnings = chain(
            skeleton_warnings(topology, keypoints),
            side_warnings(topology, keypoints),
            exchanged_people(topology, keypoints, people, file.images),
            annotation_warnings(file),
        )
        problems |= report("warning", warnings)
        for line in chain(file_notes(file, keypoints), side_notes(topology, keypoints)):
            print(f"{'note':8}{line}")
    if arguments.draw and topology:
        for line in draw_sheets(arguments.draw, file, arguments.images, topology, problems, (height, width)):
            print(f"{'drawn':8}{line}")
    return 1 if errors else 0


if __name__ == "__main__":
    run(main)
