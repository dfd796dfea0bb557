"""Capsule bodies of varied people around COCO-17 joints: who is rendered, and where their joints truly are.

Lengths are fractions of the stature after Drillis and Contini (1966) as tabled by Winter (2009), varied by person.
Joints of the limbs lie on the bones, inside of the flesh; nose, eyes and ears lie on the skin.
"""

from dataclasses import dataclass

import numpy as np

from trt_pose_ros import Topology

TOPOLOGY = Topology.load("coco_17")
JOINTS = TOPOLOGY.keypoints
J = {name: i for i, name in enumerate(JOINTS)}

_LENGTHS = {"upper_arm": 0.186, "forearm": 0.146, "thigh": 0.245, "shin": 0.246, "trunk": 0.288, "neck": 0.105,
            "shoulders": 0.21, "hips": 0.115, "ankle": 0.039, "hand": 0.09, "foot": 0.13, "head": 0.130}  # fmt: skip


@dataclass(frozen=True)
class Body:
    """One person's build. ``lengths`` in metres by name, ``girth`` times the usual radii of flesh and clothes."""

    lengths: dict
    girth: float
    stature: float

    @classmethod
    def random(cls, rng, stature=None):
        """Somebody; every tenth is a child."""
        if stature is None:
            stature = rng.uniform(1.05, 1.45) if rng.random() < 0.1 else np.clip(rng.normal(1.71, 0.09), 1.48, 1.98)
        lengths = {n: stature * f * np.clip(rng.normal(1, 0.04), 0.9, 1.1) for n, f in _LENGTHS.items()}
        return cls(lengths, rng.uniform(0.85, 1.25) * stature / 1.71, stature)

    @classmethod
    def around(cls, joints, girth=1.0):
        """The build of somebody whose ``joints`` [..., 17, 3] were measured, as in motion capture."""

        def between(a, b):
            return float(np.nanmedian(np.linalg.norm(joints[..., J[a], :] - joints[..., J[b], :], axis=-1)))

        thigh, shin = between("left_hip", "left_knee"), between("left_knee", "left_ankle")
        stature = (thigh + shin) / (_LENGTHS["thigh"] + _LENGTHS["shin"])
        return cls({n: stature * f for n, f in _LENGTHS.items()}, girth * stature / 1.71, stature)

    def capsules(self, joints):
        """The flesh around ``joints`` [17, 3] (metres, any frame).

        Returns:
            starts [N, 3], ends [N, 3], radii [N], joints [N, 17]: whether the part bares the joint when it is seen.
        """
        p = {name: joints[i] for name, i in J.items()}
        g, parts = self.girth, []

        def add(start, end, radius, *names):
            parts.append((start, end, radius, [n in names for n in JOINTS]))

        up = _unit((p["left_shoulder"] + p["right_shoulder"]) - (p["left_hip"] + p["right_hip"]))
        ears = (p["left_ear"] + p["right_ear"]) / 2
        ahead = _unit(p["nose"] - ears)
        crown = np.cross(ahead, _unit(p["right_ear"] - p["left_ear"]))
        crown = _unit(crown) * self.stature / 1.71
        ahead = ahead * self.stature / 1.71
        eyes = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
        size = self.stature / 1.71
        add(ears + 0.02 * ahead - 0.04 * crown, ears + 0.015 * ahead + 0.05 * crown, 0.08 * size, *eyes)
        add(p["nose"] - 0.03 * ahead, p["nose"] - 0.012 * ahead, 0.012 * size, "nose")
        neck = (p["left_shoulder"] + p["right_shoulder"]) / 2
        add(neck, ears - 0.06 * crown, 0.055 * g)
        add(p["left_shoulder"], p["right_shoulder"], 0.062 * g, "left_shoulder", "right_shoulder")
        add(p["left_hip"], p["right_hip"], 0.105 * g, "left_hip", "right_hip")
        hips = (p["left_hip"] + p["right_hip"]) / 2
        add(neck - 0.08 * g * up, hips + 0.05 * g * up, 0.1 * g)
        for side in ("left_", "right_"):
            shoulder, hip = p[side + "shoulder"], p[side + "hip"]
            inner = shoulder + 0.3 * (neck - shoulder) - 0.07 * g * up
            add(inner, hip + 0.05 * g * up, 0.095 * g, side + "hip")
            elbow, wrist = p[side + "elbow"], p[side + "wrist"]
            add(shoulder, elbow, 0.047 * g, side + "shoulder", side + "elbow")
            half = (elbow + wrist) / 2
            add(elbow, half, 0.041 * g, side + "elbow")
            add(half, wrist, 0.032 * g, side + "wrist")
            along = _unit(wrist - elbow)
            add(wrist + 0.03 * along, wrist + self.lengths["hand"] * along, 0.032 * g, side + "wrist")
            knee, ankle = p[side + "knee"], p[side + "ankle"]
            middle = (hip + knee) / 2
            add(hip, middle, 0.082 * g, side + "hip")
            add(middle, knee, 0.066 * g, side + "knee")
            calf = (knee + ankle) / 2
            add(knee, calf, 0.056 * g, side + "knee")
            add(calf, ankle, 0.043 * g, side + "ankle")
            add(ankle, ankle + self._foot(p, knee - ankle), 0.036 * g, side + "ankle")
        starts, ends, radii, bares = zip(*parts, strict=True)
        return np.array(starts), np.array(ends), np.array(radii), np.array(bares)

    def _foot(self, p, shin):
        """From the ankle to the toes: ahead of the hips, at a right angle to the shin."""
        across = p["right_hip"] - p["left_hip"]
        up = (p["left_shoulder"] + p["right_shoulder"]) - (p["left_hip"] + p["right_hip"])
        ahead = np.cross(up, across)
        ahead = ahead - shin * (ahead @ shin) / max(shin @ shin, 1e-9)
        return _unit(ahead) * self.lengths["foot"] - 0.02 * _unit(shin)


def _unit(vector):
    return vector / max(np.linalg.norm(vector), 1e-9)
