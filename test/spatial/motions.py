"""Procedural motions: joint angles over time, and the joints of a body that moves so, its feet on the floor.

World: z up, floor at z = 0, metres. A body's own frame: x ahead, y to its left, z up.
"""

import numpy as np

from .bodies import JOINTS

KINDS = ("walk", "stand", "wave", "reach", "crouch", "sit", "turn")


def move(body, rng, times, kind="walk", start=(0.0, 0.0), heading=0.0):
    """Where the joints of ``body`` are at each of the ``times`` (seconds): float64 [T, 17, 3] in the world.

    Args:
        body: :class:`.bodies.Body`.
        rng: numpy Generator of all that varies.
        times: [T].
        kind: one of KINDS.
        start: x, y where it starts, metres.
        heading: where it faces, radians about z.
    """
    t = np.asarray(times, np.float64)
    a = _angles(rng, t, kind)
    speed = rng.uniform(0.6, 1.4) * body.stature / 1.7 if kind == "walk" else 0.0
    turning = wander(rng, t, 0.5) if kind in ("walk", "stand", "reach") else 0 * t
    if kind == "turn":
        turning = rng.choice([-1, 1]) * rng.uniform(0.5, 1.5) * t
    yaw = heading + turning
    steps = np.gradient(t) if len(t) > 1 else np.zeros(1)
    ahead = np.stack([np.cos(yaw), np.sin(yaw)], 1)
    places = np.asarray(start) + np.cumsum(ahead * (speed * steps)[:, None], axis=0)
    joints = _joints(body, a, turn("z", yaw))
    ankles = [JOINTS.index("left_ankle"), JOINTS.index("right_ankle")]
    joints[..., 2] += body.lengths["ankle"] * 1.6 - joints[:, ankles, 2].min(1)[:, None]
    joints[..., :2] += places[:, None]
    return joints


def wander(rng, t, size, rate=0.5):
    """A smooth random course around 0 whose standard deviation is about ``size``."""
    rates, phases = rng.uniform(0.2, 1.0, 4) * rate, rng.uniform(0, 2 * np.pi, 4)
    weights = rng.normal(0, 1, 4)
    course = (weights[:, None] * np.sin(2 * np.pi * rates[:, None] * t + phases[:, None])).sum(0)
    return size * course / np.linalg.norm(weights)


def _angles(rng, t, kind):
    """Every angle in radians over time; positive flexion brings a limb ahead, knees bend backwards."""
    a = {n: wander(rng, t, 0.12) for n in ("lean", "tilt", "twist", "nod")} | {"look": wander(rng, t, 0.4)}
    phase = rng.uniform(0, 2 * np.pi) + 2 * np.pi * rng.uniform(0.7, 1.0) * t
    for side, sign in (("left_", 1), ("right_", -1)):
        swing = np.sin(phase) * sign
        step = rng.uniform(0.35, 0.5) if kind == "walk" else 0.0
        a[side + "hip"] = step * swing + wander(rng, t, 0.05)
        a[side + "spread"] = rng.uniform(0.0, 0.15) + wander(rng, t, 0.03)
        a[side + "knee"] = 0.1 + 1.6 * step * np.clip(np.cos(phase) * sign, 0, None) + np.abs(wander(rng, t, 0.05))
        a[side + "shoulder"] = -0.9 * step * swing + wander(rng, t, 0.2)
        a[side + "raise"] = rng.uniform(0.1, 0.3) + wander(rng, t, 0.1)
        a[side + "roll"] = wander(rng, t, 0.4)
        a[side + "elbow"] = np.clip(0.4 + wander(rng, t, 0.3), 0.02, 2.4)
        if kind in ("wave", "reach") and (kind == "reach" or rng.random() < 0.7 or side == "left_"):
            if kind == "wave":
                a[side + "raise"] = rng.uniform(1.0, 2.2) + wander(rng, t, 0.3)
                a[side + "elbow"] = 1.2 + 0.7 * np.sin(2 * np.pi * rng.uniform(0.6, 1.5) * t)
            else:
                a[side + "shoulder"] = rng.uniform(0.7, 1.6) + wander(rng, t, 0.6)
                a[side + "roll"] = rng.uniform(-0.5, 1.0) + wander(rng, t, 0.5)
                a[side + "elbow"] = np.clip(rng.uniform(0.2, 1.6) + wander(rng, t, 0.5), 0.02, 2.4)
        if kind in ("crouch", "sit"):
            down = 1.45 if kind == "sit" else 0.8 + 0.7 * np.sin(2 * np.pi * rng.uniform(0.15, 0.35) * t)
            a[side + "hip"] = down + wander(rng, t, 0.06)
            a[side + "knee"] = down * (1.05 if kind == "sit" else 1.3) + wander(rng, t, 0.06)
            a["lean"] = (0.05 if kind == "sit" else 0.35) * np.maximum(down, 0) + wander(rng, t, 0.08)
    return a


def turn(axis, angle):
    """float64 [T, 3, 3]: rotations about an axis."""
    angle = np.asarray(angle, np.float64)
    i = "xyz".index(axis)
    j, k = (i + 1) % 3, (i + 2) % 3
    out = np.zeros((*angle.shape, 3, 3))
    out[..., i, i] = 1
    out[..., j, j] = out[..., k, k] = np.cos(angle)
    out[..., k, j], out[..., j, k] = np.sin(angle), -np.sin(angle)
    return out


def trunk(body, chest, head):
    """Face and shoulders, name -> float64 [T, 3], of a chest and a head turned so [T, 3, 3]; the origin: the hips."""
    n, size, found = body.lengths, body.stature / 1.71, {}
    neck = chest @ np.array([0, 0, n["trunk"]])
    ears = neck + chest @ np.array([0.02 * size, 0, n["neck"]]) + head @ np.array([0.01, 0, 0.06]) * size
    found["nose"] = ears + head @ np.array([0.118, 0, -0.02]) * size
    for side, sign in (("left_", 1), ("right_", -1)):
        found[side + "eye"] = ears + head @ np.array([0.092, 0.032 * sign, 0.02]) * size
        found[side + "ear"] = ears + head @ np.array([0.0, 0.078 * sign, 0.0]) * size
        found[side + "shoulder"] = neck + chest @ np.array([0, sign * n["shoulders"] / 2, 0])
    return found


def _joints(body, a, root):
    """float64 [T, 17, 3] around the middle of the hips at the origin, by forward kinematics."""
    n, chest = body.lengths, root @ turn("z", a["twist"]) @ turn("y", a["lean"]) @ turn("x", a["tilt"])
    found = trunk(body, chest, chest @ turn("z", a["look"]) @ turn("y", a["nod"]))
    for side, sign in (("left_", 1), ("right_", -1)):
        arm = chest @ turn("y", -a[side + "shoulder"]) @ turn("x", sign * a[side + "raise"])
        arm = arm @ turn("z", -sign * a[side + "roll"])
        found[side + "elbow"] = found[side + "shoulder"] + arm @ np.array([0, 0, -n["upper_arm"]])
        arm = arm @ turn("y", -a[side + "elbow"])
        found[side + "wrist"] = found[side + "elbow"] + arm @ np.array([0, 0, -n["forearm"]])
        found[side + "hip"] = root @ np.array([0, sign * n["hips"] / 2, 0])
        leg = root @ turn("x", sign * a[side + "spread"]) @ turn("y", -a[side + "hip"])
        found[side + "knee"] = found[side + "hip"] + leg @ np.array([0, 0, -n["thigh"]])
        leg = leg @ turn("y", a[side + "knee"])
        found[side + "ankle"] = found[side + "knee"] + leg @ np.array([0, 0, -n["shin"]])
    return np.stack([found[name] for name in JOINTS], axis=1)
