"""People who stand or sit or wave, as keypoints over time: small, and every number follows from the seed."""

import numpy as np

from trt_pose_ros.events.states.samples import Clip
from trt_pose_ros.topology import Topology

TOPOLOGY = Topology.load("coco_17")
STATES = ("sitting", "standing", "waving")
_SIDES = {"eye": (3, -78), "ear": (6, -76), "shoulder": (16, -55), "elbow": (19, -25), "wrist": (20, 0), "hip": (10, 0),
          "knee": (11, 45), "ankle": (11, 90)}  # fmt: skip


def body(state, phase=0.0):
    """float64 [17, 3]: x, y and score of a person with a torso of about 56 pixels."""
    points = []
    for name in TOPOLOGY.keypoints:
        side, _, joint = name.partition("_")
        x, y = _SIDES.get(joint, (0, -75))
        if state == "sitting" and joint in ("knee", "ankle"):
            x, y = x + 6, y - 38
        if state == "waving" and name in ("left_wrist", "left_elbow"):
            x, y = (24 + 14 * np.sin(phase), -95) if joint == "wrist" else (28, -65)
        points.append((x if side == "left" else -x, y, 0.9))
    return np.array(points)


def clip(state, person, rng, seconds=3.0, rate=10.0, noise=1.0, name=None):
    """A Clip of a person of their own size, somewhere in the image."""
    stamps = np.arange(round(seconds * rate)) / rate
    keypoints = np.stack([body(state, 9 * t) for t in stamps])
    keypoints[..., :2] += rng.normal(0, noise, keypoints[..., :2].shape)
    keypoints[..., :2] = keypoints[..., :2] * rng.uniform(0.7, 2.5) + rng.uniform(100, 500, 2)
    return Clip(name or f"{state}-{person}", f"person {person}", state, stamps, keypoints)


def clips(rng, people=4, states=STATES):
    """A clip of every person in every state."""
    return [clip(state, person, rng) for person in range(people) for state in states]
