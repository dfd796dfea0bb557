"""Lifter: remembers how people looked a moment ago, and asks the network for the shape of their bodies."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np

from ...poses import NO_TRACK, ROOT_RELATIVE, Poses
from ...topology import Topology
from ..anatomy import LONG, STATURE, anatomy
from ..scene import Scene
from .features import PER_IMAGE, SLOTS, SPACING, WIDTH, features

_COCO = Topology.load("coco_17")
_SHOULDERS = [_COCO.index("left_shoulder"), _COCO.index("right_shoulder")]
_LEAST = 4  # joints that have to be found
_LOOSE = 0.2  # freedom from which on a bone tells nothing of somebody's size
_MEMORY = (SLOTS - 0.5) * SPACING  # seconds after which the past says nothing
_STEP = SPACING / 6  # seconds: images that follow each other faster are not all remembered


class LiftingNetwork(Protocol):
    """What tells the shape of bodies; :func:`trt_pose_ros.lifting.open_network` gives one."""

    def __call__(self, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Joints [N, 17, 3] relative to the root, metres, and their standard deviations [N, 17].

        Args:
            people: float32 [N, SLOTS, WIDTH], see :mod:`.features`.
        """


class _Seen(NamedTuple):
    stamp: float
    features: np.ndarray


class Lifter:
    """The shape of people's bodies, from their keypoints in this image and in those before.

    It works at any frame rate: what it remembers goes by stamps. It looks at nothing that comes later, and remembers
    less than a second of those people only who are still there. People without an identity are judged by one image.

    Args:
        network: see :class:`LiftingNetwork`.
    """

    def __init__(self, network: LiftingNetwork) -> None:
        self._network = network
        self._seen: dict[Hashable, dict[int, list[_Seen]]] = {}

    def __call__(self, poses: Poses, scene: Scene, camera: Hashable, stamp: float) -> Poses:
        """The people with positions relative to their roots, all joints of everybody of whom enough is seen.

        Args:
            poses: the people, with identities.
            scene: of their image, with its camera; whether ``in_world`` is known makes a difference.
            camera: name of the camera.
            stamp: when the image was taken, in seconds.

        Raises:
            ValueError: the scene has no camera.
        """
        if scene.camera is None:
            raise ValueError("people are lifted by the directions of their joints: the scene's camera is missing")
        people = poses.as_topology(_COCO)
        rays = scene.camera.rays(people.keypoints[..., :2])
        scores = np.where(np.isfinite(rays).all(-1), people.keypoints[..., 2], 0.0)
        up = np.zeros(3) if scene.in_world is None else scene.in_world.rotation[2]
        seen, turns = features(rays, scores, np.broadcast_to(up, (len(people), 3)))
        enough = (scores > 0).sum(axis=1) >= _LEAST
        inputs = self._inputs(seen, np.where(enough, poses.track_ids, NO_TRACK), camera, stamp)
        joints = np.full((len(people), len(_COCO.keypoints), 3), np.nan)
        stddevs = np.full(joints.shape[:2], np.nan)
        if enough.any():
            shapes, stddevs[enough] = self._network(inputs[enough])
            joints[enough] = _sized(shapes) @ turns[enough]  # turned back
        lifted = replace(people, positions=joints, position_stddevs=stddevs, position_frame=ROOT_RELATIVE)
        lifted = _with_neck(lifted.as_topology(poses.topology), joints, stddevs)
        return replace(poses, positions=lifted.positions, position_stddevs=lifted.position_stddevs,
                       position_frame=ROOT_RELATIVE)  # fmt: skip

    def _inputs(self, seen: np.ndarray, track_ids: np.ndarray, camera: Hashable, stamp: float) -> np.ndarray:
        """What the network is given, [P, SLOTS, WIDTH]; remembers the people of this image."""
        past = self._seen.get(camera, {})
        kept: dict[int, list[_Seen]] = {}
        inputs = np.zeros((len(seen), SLOTS, WIDTH), np.float32)
        inputs[:, 0, :PER_IMAGE] = seen
        for person, track_id in enumerate(track_ids.tolist()):
            if track_id == NO_TRACK:
                continue
            before = [old for old in past.pop(track_id, []) if 0 < stamp - old.stamp <= _MEMORY]
            _fill(inputs[person], before, stamp)
            if not before or stamp - before[-1].stamp >= _STEP:
                before.append(_Seen(stamp, seen[person]))
            kept[track_id] = before
        # those who are out of sight for a moment
        kept |= {track_id: old for track_id, old in past.items() if 0 < stamp - old[-1].stamp <= _MEMORY}
        self._seen[camera] = kept
        return inputs


def _fill(inputs: np.ndarray, past: list[_Seen], stamp: float) -> None:
    """Put into each slot of a person the image that comes nearest to its time, if one does."""
    for old in past:
        age = (stamp - old.stamp) / SPACING
        slot = round(age)
        if 0 < slot < SLOTS and (not inputs[slot].any() or abs(age - slot) < abs(inputs[slot, -1])):
            inputs[slot, :PER_IMAGE], inputs[slot, -1] = old.features, age - slot


def _sized(shapes: np.ndarray) -> np.ndarray:
    """The bodies with bones as long as people's are on average, all together.

    A network that is not sure which way a bone points says the middle of the ways, which is too short. Bodies that are
    too small would be placed too near.
    """
    body = anatomy(_COCO)
    long = (body.lengths > LONG) & (body.freedoms < _LOOSE)
    first, second = body.bones[long].T
    lengths = np.linalg.norm(shapes[:, first] - shapes[:, second], axis=-1).sum(axis=1)
    return shapes * (STATURE * body.lengths[long].sum() / np.maximum(lengths, 1e-6))[:, None, None]


def _with_neck(poses: Poses, joints: np.ndarray, stddevs: np.ndarray) -> Poses:
    """The neck, which COCO does not know, between the shoulders."""
    if "neck" not in poses.topology.keypoints or poses.positions is None or poses.position_stddevs is None:
        return poses
    neck = poses.topology.index("neck")
    positions, spread = poses.positions.copy(), poses.position_stddevs.copy()
    positions[:, neck] = joints[:, _SHOULDERS].mean(axis=1)
    spread[:, neck] = stddevs[:, _SHOULDERS].mean(axis=1)
    return replace(poses, positions=positions, position_stddevs=spread)
