"""Real pictures that were labelled by eye (pictures.json), and what the shipped rules make of them."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from trt_pose_ros import Poses, Topology
from trt_pose_ros.events import Zone, judge, load_rules
from trt_pose_ros.tracking.oks import oks

COCO = Topology.load("coco_17")
RULES = ("raised_hand", "fallen", "feet_on_seat", "hand_on_leg")
SAME = 0.4  # OKS from which on somebody found is somebody labelled
SEEN = 0.9  # score of an annotated keypoint


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture and its labels.

    Attributes:
        path: of the image.
        size: width, height.
        seat: corners of what can be sat on, fractions of the image; empty without.
        people: the labelled ones: {rule: "yes", "no" or "maybe"}.
        pairs: "no" where nobody's hand is on anybody's leg, else "maybe".
        poses: the annotated keypoints of the labelled people, in their order.
        areas: of these people, pixels.
    """

    path: Path
    size: tuple
    seat: tuple
    people: list
    pairs: str
    poses: Poses
    areas: np.ndarray


@dataclass
class Counts:
    """Of one rule: labelled people with yes and with no, of them told; those nothing could be told of; mistakes."""

    yes: int = 0
    no: int = 0
    right: int = 0
    wrong: int = 0
    unknown: int = 0
    missed: list = field(default_factory=list)
    false: list = field(default_factory=list)


def load(data):
    """The labelled Pictures whose images and annotations lie in the folder ``data``."""
    labels = json.loads((Path(__file__).parent / "pictures.json").read_text())["pictures"]
    truth = json.loads((data / "person_keypoints.json").read_text())
    images = {image["id"]: image for image in truth["images"]}
    annotations = {a["id"]: a for a in truth["annotations"]}
    pictures = []
    for label in labels:
        image = images[label["id"]]
        its = [annotations[person["annotation"]] for person in label["people"]]
        keypoints = np.array([a["keypoints"] for a in its], float).reshape(-1, 17, 3)
        found = keypoints[..., 2:] > 0
        keypoints = np.where(found, np.concatenate([keypoints[..., :2], SEEN * found], -1), (np.nan, np.nan, 0))
        pictures.append(
            Picture(
                data / "images" / image["file_name"],
                (image["width"], image["height"]),
                tuple(map(tuple, label.get("seat", ()))),
                label["people"],
                label.get("hand_on_leg", "no"),
                Poses(COCO, keypoints, np.ones(len(its))),
                np.array([max(a["area"], 1.0) for a in its]),
            )
        )
    return pictures


def judged(pictures, network=None):
    """{rule: Counts} of a network, a function from a BGR image to Poses; of the annotated keypoints without one."""
    counts = {rule: Counts() for rule in RULES}
    for picture in pictures:
        zones = [Zone("seat", "polygon", picture.seat, kind="seat")] if picture.seat else []
        names = [rule for rule in RULES if picture.seat or rule != "feet_on_seat"]
        found = network(cv2.imread(str(picture.path))) if network else picture.poses
        told = judge(load_rules(names, zones=zones), found, picture.size)
        who = _matched(picture, found) if network else np.arange(len(found))
        for rule in names:
            if rule == "hand_on_leg":
                _count_pairs(counts[rule], picture, told[rule], who)
            else:
                _count(counts[rule], picture, rule, told[rule], who)
    return counts


def _matched(picture, found):
    """Of each labelled person, the row of ``found``, -1 where not found."""
    found = found.as_topology(COCO)
    truth = picture.poses.keypoints[..., :2].astype(float)
    variances = picture.areas[:, None] * np.square(2 * np.asarray(COCO.sigmas))
    rows = np.full(len(truth), -1)
    if not len(found):
        return rows
    alike = oks(truth, found.keypoints[..., :2].astype(float), variances)
    for _ in range(min(alike.shape)):
        person, row = np.unravel_index(np.argmax(alike), alike.shape)
        if alike[person, row] < SAME:
            break
        rows[person] = row
        alike[person], alike[:, row] = -1, -1
    return rows


def _count(counts, picture, rule, told, who):
    for label, row in zip(picture.people, who, strict=True):
        verdict = label.get(rule, "maybe")
        if verdict == "maybe":
            continue
        told_of = int(told[row]) if row >= 0 else 0
        counts.unknown += told_of == 0
        where = (picture.path.stem, label["annotation"])
        if verdict == "yes":
            counts.yes += 1
            counts.right += told_of > 0
            counts.missed += [where] if told_of <= 0 else []
        else:
            counts.no += 1
            counts.wrong += told_of > 0
            counts.false += [where] if told_of > 0 else []


def _count_pairs(counts, picture, told, who):
    if picture.pairs != "no":
        return
    for a, row in enumerate(who):
        for b, other in enumerate(who):
            if a != b:
                told_of = int(told[row, other]) if min(row, other) >= 0 else 0
                counts.no += 1
                counts.unknown += told_of == 0
                counts.wrong += told_of > 0
                counts.false += [(picture.path.stem, a, b)] if told_of > 0 else []
