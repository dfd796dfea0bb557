"""Anatomy: how long bones are and how thick the flesh on them, by keypoint name.

Lengths are fractions of a person's stature after Drillis and Contini (1966), as Winter tables them ("Biomechanics and
Motor Control of Human Movement", 2009), for the joints that networks mark: shoulders and hips where the limbs begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..topology import Topology

STATURE = 1.65  # metres, of somebody nothing is known of; grown-ups of both sexes all over the world
SMALLEST, TALLEST = 0.8, 2.1  # metres, of whom we expect to see
LONG = 0.1  # bones longer than that tell a person's size: they are long beside the keypoints' errors

# bone -> length, and the share of it that it may be longer or shorter: how people differ, and where the spine bends
_BONES = {
    ("left_shoulder", "right_shoulder"): (0.21, 0.15),
    ("left_hip", "right_hip"): (0.115, 0.25),
    ("shoulder", "hip"): (0.292, 0.12),  # of the same side
    ("shoulder", "elbow"): (0.186, 0.1),
    ("elbow", "wrist"): (0.146, 0.1),
    ("hip", "knee"): (0.245, 0.1),
    ("knee", "ankle"): (0.246, 0.1),
    ("neck", "shoulder"): (0.105, 0.2),
    ("nose", "neck"): (0.145, 0.25),
    ("shoulder", "ear"): (0.165, 0.35),
    ("shoulder", "nose"): (0.19, 0.35),
    ("nose", "eye"): (0.032, 0.4),
    ("eye", "ear"): (0.062, 0.3),
    ("left_eye", "right_eye"): (0.037, 0.3),
    ("left_ear", "right_ear"): (0.09, 0.25),
}
# from the skin to the joint, metres at 1.7 m of stature, seen from where people mostly are seen
_RADII = {
    "nose": 0.0, "eye": 0.005, "ear": 0.015, "neck": 0.06, "shoulder": 0.06, "elbow": 0.045, "wrist": 0.033,
    "hip": 0.1, "knee": 0.06, "ankle": 0.045,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Anatomy:
    """The K keypoints of a topology as parts of a body. Lengths for a stature of 1.

    Attributes:
        known: bool [K], the keypoint's name is one of a body's joints.
        order: int [K], the keypoints from the middle of the body outwards, those unknown last.
        radii: float64 [K], from the skin to the joint; NaN where unknown.
        bones: int [B, 2], pairs of keypoints that a bone joins.
        lengths: float64 [B], of the bones.
        freedoms: float64 [B], share of its length that a bone may be longer or shorter.
        nearest, farthest: float64 [K, K], how far two joints may be from each other: along a bone its length give or
            take its freedom, else anything up to the way along the bones; 0 and infinite where no bones connect them.
    """

    known: np.ndarray
    order: np.ndarray
    radii: np.ndarray
    bones: np.ndarray
    lengths: np.ndarray
    freedoms: np.ndarray
    nearest: np.ndarray
    farthest: np.ndarray


@lru_cache(16)
def anatomy(topology: Topology) -> Anatomy:
    """The :class:`Anatomy` of a topology's keypoints; those of other names are left out of it."""
    names = topology.keypoints
    parts = [name.removeprefix("left_").removeprefix("right_") for name in names]
    radii = np.array([_RADII.get(part, np.nan) for part in parts]) / 1.7
    bones, lengths, freedoms = [], [], []
    for a, first in enumerate(names):
        for b, second in enumerate(names):
            sides = {name.partition("_")[0] for name in (first, second)} & {"left", "right"}
            found = _BONES.get((first, second)) or (_BONES.get((parts[a], parts[b])) if len(sides) == 1 else None)
            if found:
                bones.append((a, b))
                lengths.append(found[0])
                freedoms.append(found[1])
    count = len(names)
    nearest, farthest = np.zeros((count, count)), np.full((count, count), np.inf)
    np.fill_diagonal(farthest, 0.0)
    pairs, length, freedom = np.reshape(bones, (-1, 2)).astype(int), np.array(lengths), np.array(freedoms)
    for (a, b), at_least, at_most in zip(pairs, length * (1 - freedom), length * (1 + freedom), strict=True):
        nearest[[a, b], [b, a]], farthest[[a, b], [b, a]] = at_least, at_most
    for via in range(count):  # the shortest way along the bones (Floyd and Warshall)
        np.minimum(farthest, farthest[:, via, None] + farthest[None, via], out=farthest)
    known = ~np.isnan(radii)
    order = np.argsort(np.where(known, farthest[:, known].sum(axis=1), np.inf), kind="stable")
    return Anatomy(known, order, radii, pairs, length, freedom, nearest, farthest)
