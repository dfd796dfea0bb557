"""Views: what a camera somewhere around people sees of them, and what a network makes of that."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from trt_pose_ros.spatial.lifting.features import SLOTS, SPACING, features
from trt_pose_ros.topology import Topology

from .augment import bodies
from .mocap import FRAMES

_TOPOLOGY = Topology.load("coco_17")
_SIGMAS = np.array(_TOPOLOGY.sigmas)
_SWAP = list(_TOPOLOGY.swap)
_AREA = 0.7  # COCO's square root of somebody's area, metres
_ENOUGH = 4  # joints that make somebody worth lifting


class Motions:
    """All recorded frames one after the other.

    Args:
        motions: [T, 17, 3] each, at :data:`.mocap.FRAMES` a second.
    """

    def __init__(self, motions: list[np.ndarray]) -> None:
        self._frames = np.concatenate(motions)
        lengths = np.array([len(motion) for motion in motions])
        self._ends = np.cumsum(lengths)
        self._starts = self._ends - lengths
        # long motions of much the same are not to drown the short ones
        self._shares = np.minimum(lengths, 600) / np.minimum(lengths, 600).sum()

    def windows(self, rng: np.random.Generator, ages: np.ndarray) -> np.ndarray:
        """[N, T, 17, 3]: as many windows, each with frames of the ``ages`` [N, T] in seconds."""
        which = rng.choice(len(self._shares), len(ages), p=self._shares)
        starts, ends = self._starts[which], self._ends[which]
        speed = rng.uniform(0.7, 1.4, len(ages))
        at = rng.uniform(starts, ends - 1)[:, None] - ages * FRAMES * speed[:, None]
        at = np.clip(at, starts[:, None], ends[:, None] - 1.001)
        before = np.floor(at).astype(int)
        part = (at - before)[..., None, None]
        return self._frames[before] * (1 - part) + self._frames[before + 1] * part


class Batch(NamedTuple):
    """What the network learns from.

    Attributes:
        inputs: float32 [N, SLOTS, WIDTH], the present image first.
        joints: float32 [N, 17, 3], relative to the root, in the frame in which the person is straight ahead.
        valid: float32 [N], 0 for those of whom too little is seen.
    """

    inputs: np.ndarray
    joints: np.ndarray
    valid: np.ndarray


def batch(rng: np.random.Generator, motions: Motions, count: int) -> Batch:
    """People as random cameras see them."""
    late = rng.uniform(-0.5, 0.5, (count, SLOTS)) * SPACING * (np.arange(SLOTS) > 0)
    ages = np.arange(SLOTS) * SPACING + late
    people = bodies(rng, motions.windows(rng, ages), motions.windows(rng, ages))
    joints, up, slopes = _filmed(rng, people)
    rays, scores = _found(rng, joints, slopes)
    scores = np.where(_remembered(rng, count)[..., None], scores, 0.0)
    known = rng.random(count) < 0.5
    noisy = up + rng.normal(0, 0.02, up.shape)
    up = noisy / np.linalg.norm(noisy, axis=-1, keepdims=True) * known[:, None]
    seen, turn = features(rays, scores, np.broadcast_to(up[:, None], (count, SLOTS, 3)))
    inputs = np.concatenate([seen, late[..., None] / SPACING], axis=-1)
    inputs = np.where((scores > 0).any(-1)[..., None], inputs, 0.0)
    now = joints[:, 0]
    relative = now - (now[:, 11:12] + now[:, 12:13]) / 2
    valid = ((scores[:, 0] > 0).sum(-1) >= _ENOUGH) & (now[..., 2].min(-1) > 0.2)
    return Batch(
        inputs.astype(np.float32),
        np.einsum("nij,nkj->nki", turn[:, 0], relative).astype(np.float32),
        valid.astype(np.float32),
    )


def _filmed(rng: np.random.Generator, people: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The joints in the optical frame of a camera somewhere, up in it [N, 3], and how wide it sees [N, 2]."""
    count = len(people)
    wide = np.tan(np.radians(rng.uniform(40, 100, count)) / 2)
    slopes = np.stack([wide, wide * rng.choice([0.5625, 0.75, 1.0], count)], axis=-1)
    height, distance = rng.uniform(0.2, 2.4, count), np.exp(rng.uniform(np.log(1.0), np.log(9.0), count))
    middle = people[:, 0].mean(axis=1)
    # the camera at the origin of the floor, the person straight ahead of it along y, then turned a little
    yaw = np.arctan(rng.uniform(-0.8, 0.8, count) * slopes[:, 0])
    place = np.stack([np.zeros(count), distance, np.zeros(count)], axis=-1)
    joints = people - (middle * (1, 1, 0))[:, None, None] + place[:, None, None]
    joints = joints - (np.eye(3)[2] * height[:, None])[:, None, None]
    down = np.arctan2(height - middle[:, 2], distance) + np.arctan(rng.uniform(-0.6, 0.6, count) * slopes[:, 1])
    roll = rng.normal(0, 0.03, count)
    camera = _about(2, roll) @ _about(0, down) @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]) @ _about(2, yaw)
    return np.einsum("nij,ntkj->ntki", camera, joints), camera[:, :, 2], slopes


def _found(rng: np.random.Generator, joints: np.ndarray, slopes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Directions and scores of the joints as a network finds them: off by a part of COCO's sigmas, or not at all."""
    count, times = joints.shape[:2]
    with np.errstate(all="ignore"):
        rays = np.where(joints[..., 2:] > 0.1, joints / joints[..., 2:], np.nan)
    depth = np.maximum(joints[..., 2].mean(axis=-1), 0.3)
    # those that the body hides: behind its middle, and within its outline
    middle = joints.mean(axis=2, keepdims=True)
    off = np.linalg.norm(joints[..., :2] - middle[..., :2], axis=-1)
    hidden = (joints[..., 2] - middle[..., 2] > 0.08) & (off < 0.35) & (rng.random((count, times, 17)) < 0.7)
    level = np.exp(rng.normal(-0.5, 0.5, count))[:, None, None]
    steady, shaken = rng.normal(size=(count, 1, 17, 2)), rng.normal(size=(count, times, 17, 2))
    error = (0.6 * steady + 0.8 * shaken) * (_SIGMAS * level * np.where(hidden, 2.0, 1.0))[..., None]
    wild = rng.random((count, times, 17)) < 0.01
    error = np.where(wild[..., None], 6 * error, error) * (_AREA / depth)[..., None, None]
    turned = rng.random((count, times)) < 0.01
    rays = np.where(turned[..., None, None], rays[:, :, _SWAP], rays)
    rays = np.concatenate([rays[..., :2] + error, np.ones_like(rays[..., :1])], axis=-1)
    lost = rng.random((count, times, 17)) < np.where(hidden, 0.35, rng.uniform(0, 0.12, (count, 1, 1)))
    # whole parts are covered for as long as the window lasts: by a table, by others
    covered = (rng.random((count, 1, 1)) < 0.12) & (np.arange(17) >= rng.choice([11, 13, 15], (count, 1, 1)))
    covered |= rng.random((count, 1, 17)) < 0.03
    inside = (np.abs(rays[..., :2]) < slopes[:, None, None]).all(-1)
    found = ~lost & ~covered & inside & np.isfinite(rays).all(-1)
    high = rng.uniform(0.5, 1.0, (count, 1, 1))
    scores = high * np.where(hidden | wild, rng.uniform(0.15, 0.7, hidden.shape), rng.uniform(0.6, 1.0, hidden.shape))
    return np.where(found[..., None], rays, np.nan), np.where(found, scores, 0.0)


def _remembered(rng: np.random.Generator, count: int) -> np.ndarray:
    """bool [N, SLOTS]: there was an image at that time, in which the person was found."""
    slots = np.arange(SLOTS)
    length = np.where(
        rng.random(count) < 0.25, 1, np.where(rng.random(count) < 0.3, rng.integers(2, SLOTS, count), SLOTS)
    )
    kept = rng.random((count, SLOTS)) >= rng.uniform(0, 0.4, count)[:, None] * (rng.random(count) < 0.5)[:, None]
    # a slow camera has an image at every second or third of the times only
    every = rng.choice([1, 2, 3], count, p=[0.8, 0.15, 0.05])[:, None]
    return (slots == 0) | ((slots < length[:, None]) & kept & (slots % every == 0))


def _about(axis: int, angles: np.ndarray) -> np.ndarray:
    """[N, 3, 3]: turns about one of the axes."""
    i, j = (k for k in range(3) if k != axis)
    turn = np.tile(np.eye(3), (len(angles), 1, 1))
    turn[:, i, i] = turn[:, j, j] = np.cos(angles)
    turn[:, i, j], turn[:, j, i] = -np.sin(angles), np.sin(angles)
    return turn
