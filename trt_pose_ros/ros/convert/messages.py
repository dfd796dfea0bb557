"""Poses and Topology as messages."""

import math
from collections.abc import Sequence

import numpy as np
from geometry_msgs.msg import Point
from std_msgs.msg import ColorRGBA, Header

from ...msg import Keypoint, Skeleton, SkeletonArray, SkeletonTopology
from ...poses import Poses
from ...topology import Topology

_NOWHERE = Point(x=math.nan, y=math.nan, z=math.nan)


def skeleton_array(poses: Poses, header: Header, width: int, height: int) -> SkeletonArray:
    """A SkeletonArray of the people in an image of ``width`` x ``height`` pixels; ``header`` is the image's."""
    people = zip(
        poses.kinds.tolist(),
        poses.track_ids.tolist(),
        poses.owner_ids.tolist(),
        poses.scores.tolist(),
        poses.boxes(),
        _keypoints(poses),
        strict=True,
    )
    return SkeletonArray(
        header=header,
        camera=poses.camera,
        topology=poses.topology.name,
        keypoint_names=list(poses.topology.keypoints),
        image_width=width,
        image_height=height,
        position_frame=poses.position_frame or header.frame_id,
        skeletons=[
            Skeleton(
                kind=kind, track_id=track_id, owner_id=owner_id, score=score, bounding_box=box, keypoints=keypoints
            )
            for kind, track_id, owner_id, score, box, keypoints in people
        ],
    )


def _keypoints(poses: Poses) -> list[list[Keypoint]]:
    """The keypoints of each person."""
    if poses.positions is None:
        # one Point for all: nothing writes to it, and it saves a third of the time of building the message
        return [
            [Keypoint(x=x, y=y, score=score, position=_NOWHERE, position_stddev=math.nan) for x, y, score in person]
            for person in poses.keypoints.tolist()
        ]
    stddevs = poses.position_stddevs
    if stddevs is None:
        stddevs = np.full(poses.positions.shape[:2], np.nan)
    return [
        [
            Keypoint(x=x, y=y, score=score, position=Point(x=px, y=py, z=pz), position_stddev=stddev)
            for (x, y, score), (px, py, pz), stddev in zip(*person, strict=True)
        ]
        for person in zip(poses.keypoints.tolist(), poses.positions.tolist(), stddevs.tolist(), strict=True)
    ]


def skeleton_topology(topology: Topology) -> SkeletonTopology:
    """The SkeletonTopology of a Topology."""
    return SkeletonTopology(
        name=topology.name,
        keypoint_names=list(topology.keypoints),
        link_from=[a for a, _ in topology.links],
        link_to=[b for _, b in topology.links],
        swap=list(topology.swap),
        sigmas=list(topology.sigmas),
        link_colors=[color(c) for c in topology.link_colors],
        keypoint_colors=[color(c) for c in topology.keypoint_colors],
    )


def color(bgr: Sequence[int], alpha: float = 1.0) -> ColorRGBA:
    """A BGR triple of 0..255 as ColorRGBA."""
    blue, green, red = (c / 255 for c in bgr)
    return ColorRGBA(r=red, g=green, b=blue, a=alpha)
