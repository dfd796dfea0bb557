"""People with hands, and a network that finds these hands wherever a square shows them."""

from types import SimpleNamespace

import numpy as np

from trt_pose_ros import Poses, Topology
from trt_pose_ros.finders.network import STAGES
from trt_pose_ros.poses import LEFT_HAND, RIGHT_HAND

BODY, HAND = Topology.load("coco_17"), Topology.load("hand_21")
IMAGE = np.zeros((480, 640, 3), np.uint8)
# of a hand that points up, in palms from its wrist
_JOINTS = {"wrist": (0, 0), "thumb_cmc": (-0.35, -0.2), "thumb_mcp": (-0.6, -0.5), "thumb_ip": (-0.75, -0.8)} | {
    "thumb_tip": (-0.85, -1.05)
}
for _column, _finger in enumerate(("index", "middle", "ring", "little")):
    for _row, _joint in enumerate(("mcp", "pip", "dip", "tip")):
        _JOINTS[f"{_finger}_{_joint}"] = (-0.22 + 0.22 * _column, -1.0 - 0.35 * _row)


def hand(wrist, palm=40.0, angle=0.0):
    """float [21, 2]: the joints of a hand that is turned clockwise by ``angle``, in pixels."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.array([_JOINTS[name] for name in HAND.keypoints]) @ turn.T * palm + wrist


def body(x, y=240.0, size=100.0, **moved):
    """float [17, 3]: somebody who holds up both forearms; ``moved`` are other places, None for missing joints."""
    places = dict.fromkeys(BODY.keypoints, (0.0, 0.0)) | {
        "left_shoulder": (0.5, 0), "right_shoulder": (-0.5, 0), "left_elbow": (0.9, 0.5), "right_elbow": (-0.9, 0.5),
        "left_wrist": (0.9, -0.2), "right_wrist": (-0.9, -0.2), "left_hip": (0.3, 1.2), "right_hip": (-0.3, 1.2),
    }  # fmt: skip
    joints = {name: (x + size * a, y + size * b, 0.9) for name, (a, b) in places.items()}
    joints |= {name: (*place, 0.9) if place else (np.nan, np.nan, 0) for name, place in moved.items()}
    return np.array([joints[name] for name in BODY.keypoints])


def people(*bodies, ids=None):
    return Poses(BODY, np.array(bodies).reshape(-1, 17, 3), np.full(len(bodies), 0.8), ids)


class HandsOf:
    """Stands in for a Network: sees in a region the hand whose wrist is nearest to its middle, if it is in there.

    Attributes:
        hands: joints [21, 2] of the hands that there are, in pixels of all images.
        regions: that it was given in the last call.
    """

    def __init__(self, *hands, kind=LEFT_HAND, topology=HAND):
        self.hands, self.kind, self.regions = list(hands), kind, []
        self.times = dict.fromkeys(STAGES, 0.001)
        self.model = SimpleNamespace(path="hands.onnx", manifest=SimpleNamespace(topology=topology))

    def __call__(self, regions):
        self.regions = list(regions)
        return [self._look(region) for region in regions]

    def _look(self, region):
        x_min, _, x_max, _ = region.box
        joints, score = np.full((21, 2), np.nan), 0.0
        near = [h for h in self.hands if np.abs(h.mean(axis=0) - region.middle).max() < (x_max - x_min) / 2]
        if near:
            joints, score = min(near, key=lambda h: np.linalg.norm(h[0] - region.middle)), 0.9
        keypoints = np.concatenate([joints, np.full((21, 1), score)], axis=1)
        return Poses(HAND, keypoints[None], [score], kinds=[self.kind])


__all__ = ["BODY", "HAND", "IMAGE", "LEFT_HAND", "RIGHT_HAND", "HandsOf", "body", "hand", "people"]
