"""Poses and Topology as messages, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..poses import Poses
from ..topology import Topology
from .types import MessageTypes


def skeleton_array(poses: Poses, header: Any, width: int, height: int, types: MessageTypes) -> Any:
    """A SkeletonArray of the people in an image of ``width`` x ``height`` pixels; ``header`` is the image's."""
    skeleton = types["trt_pose_ros/msg/Skeleton"]
    people = zip(
        poses.kinds.tolist(),
        poses.track_ids.tolist(),
        poses.owner_ids.tolist(),
        poses.scores.tolist(),
        poses.boxes(),
        _keypoints(poses, types),
        strict=True,
    )
    return types["trt_pose_ros/msg/SkeletonArray"](
        header=header,
        camera=poses.camera,
        topology=poses.topology.name,
        keypoint_names=list(poses.topology.keypoints),
        image_width=width,
        image_height=height,
        position_frame=poses.position_frame or header.frame_id,
        skeletons=[
            skeleton(
                kind=kind, track_id=track_id, owner_id=owner_id, score=score, bounding_box=box, keypoints=keypoints
            )
            for kind, track_id, owner_id, score, box, keypoints in people
        ],
    )


def _keypoints(poses: Poses, types: MessageTypes) -> list[list[Any]]:
    """The keypoints of each person."""
    keypoint, point = types["trt_pose_ros/msg/Keypoint"], types["geometry_msgs/msg/Point"]
    if poses.positions is None:
        # one Point for all: nothing writes to it, and it saves a third of the time of building the message
        nowhere = point(x=math.nan, y=math.nan, z=math.nan)
        return [
            [keypoint(x=x, y=y, score=score, position=nowhere, position_stddev=math.nan) for x, y, score in person]
            for person in poses.keypoints.tolist()
        ]
    stddevs = poses.position_stddevs
    if stddevs is None:
        stddevs = np.full(poses.positions.shape[:2], np.nan)
    return [
        [
            keypoint(x=x, y=y, score=score, position=point(x=px, y=py, z=pz), position_stddev=stddev)
            for (x, y, score), (px, py, pz), stddev in zip(*person, strict=True)
        ]
        for person in zip(poses.keypoints.tolist(), poses.positions.tolist(), stddevs.tolist(), strict=True)
    ]


def skeleton_topology(topology: Topology, types: MessageTypes) -> Any:
    """The SkeletonTopology of a Topology."""
    return types["trt_pose_ros/msg/SkeletonTopology"](
        name=topology.name,
        keypoint_names=list(topology.keypoints),
        link_from=types.numbers([a for a, _ in topology.links], np.uint8),
        link_to=types.numbers([b for _, b in topology.links], np.uint8),
        swap=types.numbers(topology.swap, np.uint8),
        sigmas=types.numbers(topology.sigmas, np.float32),
        link_colors=[color(c, types) for c in topology.link_colors],
        keypoint_colors=[color(c, types) for c in topology.keypoint_colors],
    )


def color(bgr: Sequence[int], types: MessageTypes, alpha: float = 1.0) -> Any:
    """A BGR triple of 0..255 as ColorRGBA."""
    blue, green, red = (c / 255 for c in bgr)
    return types["std_msgs/msg/ColorRGBA"](r=red, g=green, b=blue, a=alpha)


def read_topology(message: Any) -> Topology:
    """The Topology of a SkeletonTopology message.

    Raises:
        ValueError: it describes none.
    """
    links = zip(map(int, message.link_from), map(int, message.link_to), strict=True)
    # the shortest number that is this one in 32 bits: 0.026, not 0.026000000536
    sigmas = tuple(float(str(sigma)) for sigma in np.asarray(message.sigmas, np.float32))
    return Topology(message.name, tuple(message.keypoint_names), tuple(links), sigmas)


def topology_of(message: Any, known: dict[str, Topology]) -> Topology:
    """The Topology of a SkeletonArray: the ``known`` one of its name, else a bundled one, else keypoints without links.

    What is found out is added to ``known``.
    """
    keypoints = tuple(message.keypoint_names)
    topology = known.get(message.topology)
    if topology is None or topology.keypoints != keypoints:
        try:
            topology = Topology.load(message.topology)
        except (OSError, ValueError):
            topology = None
        if topology is None or topology.keypoints != keypoints:
            topology = Topology(message.topology, keypoints, ())
        known[message.topology] = topology
    return topology


def read_skeletons(message: Any, topology: Topology) -> Poses:
    """The people of a SkeletonArray message; ``topology`` is the one that it names.

    Raises:
        ValueError: its keypoints are others than the topology's.
    """
    if tuple(message.keypoint_names) != topology.keypoints:
        raise ValueError(
            f"skeletons of topology {message.topology!r} have other keypoints than topology {topology.name!r}: "
            f"{', '.join(message.keypoint_names)}"
        )
    people = message.skeletons
    count, keypoints = len(people), len(topology.keypoints)
    points = [
        (k.x, k.y, k.score, k.position.x, k.position.y, k.position.z, k.position_stddev)
        for person in people
        for k in person.keypoints
    ]
    if len(points) != count * keypoints:
        raise ValueError(f"{count} skeletons have {len(points)} keypoints, {keypoints} each are expected")
    values = np.array(points, np.float32).reshape(count, keypoints, 7)
    boxes = np.array([p.bounding_box for p in people], np.float32).reshape(count, 4)
    boxes[(values[:, :, 2] > 0).any(axis=1)] = np.nan  # made of the keypoints
    positions, stddevs = values[:, :, 3:6], values[:, :, 6]
    return Poses(
        topology,
        values[:, :, :3],
        np.array([p.score for p in people], np.float32),
        np.array([p.track_id for p in people], np.int32),
        positions if np.isfinite(positions).any() else None,
        stddevs if np.isfinite(stddevs).any() else None,
        np.array([p.kind for p in people], np.uint8),
        np.array([p.owner_id for p in people], np.int32),
        boxes if np.isfinite(boxes).any() else None,
        position_frame="" if message.position_frame == message.header.frame_id else message.position_frame,
        camera=message.camera,
    )
