"""Poses and Topology as messages."""

import math

from geometry_msgs.msg import Point
from std_msgs.msg import ColorRGBA

from ...msg import Keypoint, Skeleton, SkeletonArray, SkeletonTopology

_NOWHERE = Point(x=math.nan, y=math.nan, z=math.nan)


def skeleton_array(poses, header, width, height):
    """A SkeletonArray of the people in an image of ``width`` x ``height`` pixels; ``header`` is the image's."""
    positions = [None] * len(poses) if poses.positions is None else poses.positions.tolist()
    people = zip(
        poses.keypoints.tolist(),
        poses.scores.tolist(),
        poses.track_ids.tolist(),
        poses.boxes(),
        positions,
        strict=True,
    )
    return SkeletonArray(
        header=header,
        topology=poses.topology.name,
        keypoint_names=list(poses.topology.keypoints),
        image_width=width,
        image_height=height,
        skeletons=[
            Skeleton(track_id=track_id, score=score, bounding_box=box, keypoints=_keypoints(points, places))
            for points, score, track_id, box, places in people
        ],
    )


def _keypoints(points, places):
    if places is None:
        # one Point for all: nothing writes to it, and it saves a third of the time of building the message
        return [Keypoint(x=x, y=y, score=score, position=_NOWHERE) for x, y, score in points]
    return [
        Keypoint(x=x, y=y, score=score, position=Point(x=px, y=py, z=pz))
        for (x, y, score), (px, py, pz) in zip(points, places, strict=True)
    ]


def skeleton_topology(topology):
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


def color(bgr, alpha=1.0):
    """A BGR triple of 0..255 as ColorRGBA."""
    blue, green, red = (c / 255 for c in bgr)
    return ColorRGBA(r=red, g=green, b=blue, a=alpha)
