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

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from trt_pose_ros.evaluation.entries import is_numbers
from trt_pose_ros.media.errors import ImageError
from trt_pose_ros.media.images import read_image
from trt_pose_ros.media.sources import IMAGE_SUFFIXES
from trt_pose_ros.topology import Topology

from ..command import run

_AREA = 0.74  # of a person, relative to the box of the joints
_NAMED = 10  # images that are left out and named
_MARGIN = 0.15  # of the joints' box, around what is taken for the one person that is labelled

_LIMBS = (
    "ankle-knee knee-hip hip-shoulder shoulder-elbow elbow-wrist eye-ear ankle-heel ankle-big_toe big_toe-small_toe"
)
_TRUNK = (
    "left_hip-right_hip left_shoulder-right_shoulder nose-left_eye nose-right_eye neck-nose "
    "neck-left_shoulder neck-right_shoulder neck-mid_hip "
    "pelvis-left_hip pelvis-right_hip pelvis-thorax thorax-upper_neck upper_neck-head_top"
)


def _topology(name, keypoints):
    """A topology of names in one text, linked wherever :data:`_LIMBS` (on either side) and :data:`_TRUNK` say so."""
    keypoints = keypoints.split()
    pairs = [[f"{side}_{k}" for k in limb.split("-")] for limb in _LIMBS.split() for side in ("left", "right")]
    pairs += [pair.split("-") for pair in _TRUNK.split()]
    links = tuple((keypoints.index(a), keypoints.index(b)) for a, b in pairs if {a, b} <= set(keypoints))
    return Topology(name, tuple(keypoints), links)


# The neck of LSP lies about a quarter of the way from the middle of the shoulders to the top of the head, MPII's
# "upper neck" higher still: neither is the neck of OpenPose and trt_pose, which is the middle of the shoulders, and
# which KeypointData derives where a topology has it.
LSP = _topology(
    "lsp",
    "right_ankle right_knee right_hip left_hip left_knee left_ankle right_wrist right_elbow right_shoulder "
    "left_shoulder left_elbow left_wrist upper_neck head_top",
)
MPII = _topology(
    "mpii",
    "right_ankle right_knee right_hip left_hip left_knee left_ankle pelvis thorax upper_neck head_top "
    "right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist",
)
OPENPOSE_25 = _topology(
    "openpose_25",
    "nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist mid_hip "
    "right_hip right_knee right_ankle left_hip left_knee left_ankle right_eye left_eye right_ear left_ear "
    "left_big_toe left_small_toe left_heel right_big_toe right_small_toe right_heel",
)


@dataclass
class LabelledImage:
    """What a converter found out about one image.

    Attributes:
        file: its name.
        people: list of [K, 3] x, y, COCO visibility; pixels, the centre of the top-left one being (0, 0).
        ignore: list of boxes (x, y, width, height) of people without joints.
        alone: True: there may be other people, who are not labelled.
    """

    file: str
    people: list
    ignore: list
    alone: bool = False


def lsp(source, images):
    """Read ``joints.mat`` of LSP or LSP Extended; returns (topology, list of :class:`LabelledImage`)."""
    joints = _matlab(source).get("joints")
    if joints is None or joints.ndim != 3 or joints.shape[:2] not in {(3, 14), (14, 3)}:
        raise ValueError(f"{source} has no array 'joints' of 3x14xN (LSP) or 14x3xN (LSP Extended) numbers")
    extended = joints.shape[:2] == (14, 3)
    joints = joints.transpose(2, 0, 1) if extended else joints.transpose(2, 1, 0)
    if joints.dtype.kind not in "iuf":
        raise ValueError(f"{source}: the array 'joints' holds {joints.dtype}, must hold numbers")
    files = sorted(p.name for p in images.glob("im*.jpg"))
    if len(files) != len(joints):
        raise ValueError(f"{source} describes {len(joints)} images, but {images} has {len(files)} called im*.jpg")
    visibility = 2 * joints[:, :, 2] if extended else 2 - joints[:, :, 2]
    people = np.dstack([joints[:, :, :2], visibility])
    return LSP, [LabelledImage(f, [p], [], alone=True) for f, p in zip(files, people, strict=True)]


def mpii(source, images):
    """Read MPII's MATLAB file; returns (topology, list of :class:`LabelledImage`)."""
    release = _matlab(source, struct_as_record=False, squeeze_me=True).get("RELEASE")
    if not hasattr(release, "annolist") or not hasattr(release, "img_train"):
        raise ValueError(f"{source} has no RELEASE with annolist and img_train: it is not MPII's annotation file")
    try:
        entries = zip(_list(release.annolist), _list(release.img_train), strict=True)
        return MPII, [_mpii_image(annotation) for annotation, train in entries if train]
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise ValueError(f"{source} is not MPII's annotation file: {error}") from None


def _mpii_image(annotation):
    image = LabelledImage(str(annotation.image.name), [], [])
    for person in _list(annotation.annorect):
        points = getattr(person, "annopoints", None)
        if hasattr(points, "point"):
            image.people.append(_mpii_person(_list(points.point)))
        elif hasattr(person, "x1"):  # only the head's box is known
            x, y = person.x1 - 1, person.y1 - 1
            image.ignore.append([x, y, person.x2 - 1 - x, person.y2 - 1 - y])
    return image


def _mpii_person(points):
    person = np.zeros((len(MPII.keypoints), 3))
    for point in points:
        hidden = str(getattr(point, "is_visible", 1)) in {"0", "0.0"}  # a number or text; empty for the head's points
        person[int(point.id)] = point.x - 1, point.y - 1, 1 if hidden else 2  # MATLAB counts from 1
    return person


def openpose(source, images):
    """Read the folder of OpenPose's JSON files; returns (topology, list of :class:`LabelledImage`)."""
    stems = {p.stem: p.name for p in images.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES}
    labelled, counts = [], set()
    for file in sorted(source.glob("*_keypoints.json")):
        stem = file.name.removesuffix("_keypoints.json")
        if stem not in stems:
            raise ValueError(f"{file} belongs to an image {stem}.*, but {images} has none")
        try:
            found = [p["pose_keypoints_2d"] for p in json.loads(file.read_bytes())["people"]]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{file} is not OpenPose's output, no people with pose_keypoints_2d: {error}") from None
        if not all(map(is_numbers, found)):
            raise ValueError(f"{file}: pose_keypoints_2d of somebody is not a list of finite numbers")
        counts |= {len(f) for f in found}
        if not counts <= {54} and not counts <= {75}:
            raise ValueError(f"{file}: people of {sorted(counts)} numbers: all must have 54 (18 points) or 75 (25)")
        people = [np.reshape(f, (-1, 3)).astype(float) for f in found]
        labelled.append(
            LabelledImage(stems[stem], [np.column_stack([p[:, :2], 2 * (p[:, 2] > 0)]) for p in people], [])
        )
    if not labelled:
        raise ValueError(f"folder {source} has no files NAME_keypoints.json")
    if not counts:
        raise ValueError(f"OpenPose found nobody in the {len(labelled)} images of {source}")
    return Topology.load("openpose_18") if counts == {54} else OPENPOSE_25, labelled


CONVERTERS = {"lsp": lsp, "mpii": mpii, "openpose": openpose}


def _matlab(source, **options):
    try:
        from scipy.io import loadmat
    except ImportError:
        raise ImportError("MATLAB files are read with SciPy, which is not installed: pip install scipy") from None
    if not source.is_file():
        raise FileNotFoundError(f"no file {source}")
    try:
        return loadmat(source, **options)
    except OSError:
        raise
    except Exception as error:  # what a broken file raises depends on where it is broken
        raise ValueError(f"{source} is not a MATLAB file that SciPy reads: {error}") from None


def _list(value):
    """A MATLAB array of structures, which SciPy gives bare when there is one only."""
    return np.atleast_1d(value).tolist()


def to_coco(topology, labelled, folder, description):
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


def main(argv=None):
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trt_pose_training.data.convert",
        description=__doc__.replace("``", ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("format", choices=CONVERTERS, help="what SOURCE is")
    parser.add_argument("source", type=Path, metavar="SOURCE", help="the .mat file, or OpenPose's folder")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of the images")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="COCO keypoint JSON to write")
    arguments = parser.parse_args(argv)
    if not arguments.images.is_dir():
        raise FileNotFoundError(f"no folder {arguments.images}")
    topology, labelled = CONVERTERS[arguments.format](arguments.source, arguments.images)
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
