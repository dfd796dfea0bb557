"""Keypoints in the formats of others, as their files have them; :mod:`.convert` describes the formats."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trt_pose_ros.evaluation.entries import is_numbers
from trt_pose_ros.media.sources import IMAGE_SUFFIXES
from trt_pose_ros.topology import Topology

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


def lsp(source: Path, images: Path) -> tuple[Topology, list[LabelledImage]]:
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


def mpii(source: Path, images: Path) -> tuple[Topology, list[LabelledImage]]:
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


def openpose(source: Path, images: Path) -> tuple[Topology, list[LabelledImage]]:
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


READERS = {"lsp": lsp, "mpii": mpii, "openpose": openpose}
