"""How large a body is, by its bones: tells people from what wrong pairs of rays make, and metres from nothing.

Lengths between the joints of somebody 1.70 m tall, after the body segments of Drillis and Contini (1966) as Winter
prints them (Biomechanics and Motor Control of Human Movement, 2009, figure 4.1), breadths between joint centres.
"""

from __future__ import annotations

import numpy as np

from ...topology import Topology

HEIGHT = 1.70  # metres, of whom the lengths are
_SIDED = {
    ("shoulder", "elbow"): 0.316,
    ("elbow", "wrist"): 0.248,
    ("shoulder", "hip"): 0.490,
    ("hip", "knee"): 0.417,
    ("knee", "ankle"): 0.418,
}
_LIMBS = ("shoulder", "hip", "elbow", "knee", "wrist", "ankle")  # outwards
_ACROSS = {"shoulder": 0.36, "hip": 0.22}
_HEAD = 0.45  # metres from the middle of the shoulders, that no keypoint of the head is further
_SIZES = (0.4, 1.4)  # of human bodies
_FEWEST = 3  # bones that tell a size
_TOO_LONG = 1.7  # times its length at the body's size, that no bone is


def bones(topology: Topology) -> tuple[np.ndarray, np.ndarray]:
    """(int [B, 2], float [B]): the two keypoints of each bone that the topology has, and its length in metres."""
    named = {
        (f"{side}_{a}", f"{side}_{b}"): length for (a, b), length in _SIDED.items() for side in ("left", "right")
    } | {(f"left_{joint}", f"right_{joint}"): length for joint, length in _ACROSS.items()}
    found = [
        ((topology.index(a), topology.index(b)), length)
        for (a, b), length in named.items()
        if {a, b} <= set(topology.keypoints)
    ]
    ends = np.array([pair for pair, _ in found], int).reshape(-1, 2)
    return ends, np.array([length for _, length in found])


def body_scales(places: np.ndarray, topology: Topology) -> np.ndarray:
    """float [...]: how large bodies at ``places`` [..., K, 3] metres are, 1 for somebody of HEIGHT; NaN if unknown.

    The median over the bones, so that one wrong keypoint does not matter.
    """
    ends, lengths = bones(topology)
    scales = np.linalg.norm(places[..., ends[:, 0], :] - places[..., ends[:, 1], :], axis=-1) / lengths
    known = np.isfinite(scales)
    count = known.sum(axis=-1)
    ordered = np.sort(np.where(known, scales, np.inf), axis=-1)
    if not ordered.shape[-1]:
        return np.full(places.shape[:-2], np.nan)
    middle = [np.take_along_axis(ordered, np.maximum(i, 0)[..., None], -1)[..., 0] for i in ((count - 1) // 2, count // 2)]
    with np.errstate(all="ignore"):
        return np.where(count >= _FEWEST, (middle[0] + middle[1]) / 2, np.nan)


def human_sized(places: np.ndarray, topology: Topology) -> np.ndarray:
    """bool [...]: bodies at ``places`` [..., K, 3] metres are not known to be of a size that no human has."""
    sizes = body_scales(places, topology)
    return ~((sizes < _SIZES[0]) | (sizes > _SIZES[1]))


def misplaced(places: np.ndarray, topology: Topology) -> np.ndarray:
    """bool [P, K]: the keypoints of bodies at ``places`` [P, K, 3] metres that are too far from the joint before them.

    The one further out on a limb is the misplaced one; then whatever hangs on it is not checked by it.
    """
    scales = np.nan_to_num(body_scales(places, topology), nan=1.0)[:, None]
    ends, lengths = bones(topology)
    wrong = np.zeros(places.shape[:2], bool)
    with np.errstate(invalid="ignore"):
        apart = np.linalg.norm(places[:, ends[:, 0]] - places[:, ends[:, 1]], axis=-1)
        long = apart > _TOO_LONG * scales * lengths
        for bone in np.argsort([_outwards(topology.keypoints[end]) for end in ends[:, 1]], kind="stable"):
            a, b = ends[bone]
            wrong[:, b] |= long[:, bone] & ~wrong[:, a]
        if {"left_shoulder", "right_shoulder"} <= set(topology.keypoints):
            sides = [topology.index(f"{side}_shoulder") for side in ("left", "right")]
            middle = places[:, sides].mean(axis=1, keepdims=True)
            head = np.array([not any(part in name for part in _LIMBS) for name in topology.keypoints])
            wrong |= head & (np.linalg.norm(places - middle, axis=-1) > _TOO_LONG * scales * _HEAD)
    return wrong


def _outwards(keypoint: str) -> int:
    """How far out on its limb a keypoint is."""
    return next((i for i, part in enumerate(_LIMBS) if part in keypoint), 0)
