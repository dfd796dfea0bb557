"""Actors: bodies whose trunk, hands and feet follow a script; elbows and knees come by inverse kinematics."""

import numpy as np
from spatial.bodies import JOINTS
from spatial.motions import trunk, turn, wander

SIDES = ("left", "right")
ANGLES = ("yaw", "pitch", "roll", "lean", "tilt", "twist", "look", "nod")
REACH = 0.999  # of a limb's length: joints are never quite straight


def during(times, begin, end, ramp=0.5):
    """float64 [T]: 0, from ``begin`` to ``end`` 1, and smooth ramps of ``ramp`` seconds before and after that."""
    up = np.clip((times - begin) / ramp + 1, 0, 1)
    down = np.clip((end - times) / ramp + 1, 0, 1)
    weight = np.minimum(up, down)
    return weight * weight * (3 - 2 * weight)


def blend(rest, goal, weight):
    """``rest`` [..., T, 3], or [T], moved to ``goal`` by ``weight`` [T]."""
    rest, goal = np.asarray(rest, float), np.asarray(goal, float)
    return rest + (goal - rest) * (weight[:, None] if rest.ndim > 1 else weight)


def two_bones(root, goal, upper, lower, pole):
    """The middle and the end [T, 3] of a limb from ``root`` [T, 3] to ``goal``, or as far towards it as it reaches.

    Args:
        root, goal: [T, 3].
        upper, lower: lengths of the bones, metres.
        pole: [T, 3], the direction to which the middle bends.
    """
    way = goal - root
    distance = np.linalg.norm(way, axis=-1, keepdims=True)
    along = way / np.maximum(distance, 1e-9)
    distance = np.clip(distance, abs(upper - lower) + 0.02, REACH * (upper + lower))
    foot = (upper**2 - lower**2 + distance**2) / (2 * distance)
    height = np.sqrt(np.maximum(upper**2 - foot**2, 0))
    aside = pole - along * (pole * along).sum(-1, keepdims=True)
    aside = aside / np.maximum(np.linalg.norm(aside, axis=-1, keepdims=True), 1e-9)
    return root + along * foot + aside * height, root + along * distance


class Actor:
    """A body and its script. Change ``angles``, ``hips`` and ``ankles``, then call :meth:`settle`, then let it reach.

    Args:
        body: spatial.bodies.Body.
        rng: numpy Generator.
        times: [T] seconds.
        hips: [3] or [T, 3], middle of the hips in the world.
        ankles: {side: [3] or [T, 3]} in the world.
        yaw: where it faces, radians about z.

    Attributes:
        angles: name -> [T] radians: yaw, pitch and roll of the hips, lean (ahead), tilt (to the right) and twist of the
            chest over them, look and nod of the head.
        found: name -> [T, 3] of the joints known so far.
    """

    def __init__(self, body, rng, times, hips, ankles, yaw=0.0):
        self.body, self.rng, self.times = body, rng, times
        ones = np.ones(len(times))
        self.hips = np.asarray(hips, float) * ones[:, None]
        self.ankles = {side: np.asarray(ankles[side], float) * ones[:, None] for side in SIDES}
        self.angles = {name: 0 * ones for name in ANGLES}
        self.angles["yaw"] = self.angles["yaw"] + yaw
        for name, size in (("lean", 0.04), ("tilt", 0.04), ("twist", 0.05), ("nod", 0.08), ("look", 0.25)):
            self.angles[name] = wander(rng, times, size)
        self.found = {}
        self._reaches = []

    def bend(self, weight, **angles):
        """Take angles (radians) by ``weight`` [T]."""
        for name, angle in angles.items():
            self.angles[name] = blend(self.angles[name], angle, weight)

    def step(self, side, weight, goal):
        """Put a foot's ankle to ``goal``."""
        self.ankles[side] = blend(self.ankles[side], goal * np.ones((len(self.times), 1)), weight)

    def settle(self):
        """Trunk, head and legs, after which others can reach for them."""
        a, n = self.angles, self.body.lengths
        self.root = turn("z", a["yaw"]) @ turn("y", a["pitch"]) @ turn("x", a["roll"])
        self.chest = self.root @ turn("z", a["twist"]) @ turn("y", a["lean"]) @ turn("x", a["tilt"])
        self.head = self.chest @ turn("z", a["look"]) @ turn("y", a["nod"])
        found = {name: p + self.hips for name, p in trunk(self.body, self.chest, self.head).items()}
        for side, sign in zip(SIDES, (1, -1), strict=True):
            hip = self.hips + self.root @ np.array([0, sign * n["hips"] / 2, 0])
            pole = self.root @ np.array([1.0, 0.1 * sign, 0.7])
            knee, ankle = two_bones(hip, self.ankles[side], n["thigh"], n["shin"], pole)
            found |= {f"{side}_hip": hip, f"{side}_knee": knee, f"{side}_ankle": ankle}
        self.found = found

    def reach(self, side, weight, goal, pole=None):
        """Bring a wrist to ``goal``, [T, 3] in the world, by ``weight``; later ones go before earlier ones.

        ``pole`` is the direction in the chest's frame to which the elbow bends: down and out.
        """
        self._reaches.append((side, weight, goal, pole))

    def at_chest(self, place):
        """[T, 3] in the world of a ``place`` [3] or [T, 3] in the chest's frame, from the middle of the shoulders."""
        middle = (self.found["left_shoulder"] + self.found["right_shoulder"]) / 2
        return middle + np.einsum("tij,...tj->ti", self.chest, np.asarray(place, float) * np.ones((len(self.times), 1)))

    def joints(self):
        """float64 [T, 17, 3] in the world."""
        found, n = dict(self.found), self.body.lengths
        for side, sign in zip(SIDES, (1, -1), strict=True):
            shoulder = found[f"{side}_shoulder"]
            # within reach, so that the way of a hand is that of its goals
            wrist, pole = None, self.chest @ np.array([-0.5, 0.6 * sign, -1.0])
            for of_side, weight, goal, turned in self._reaches:
                if of_side != side:
                    continue
                way = goal - shoulder
                far = np.linalg.norm(way, axis=-1, keepdims=True)
                goal = shoulder + way * np.minimum(1, REACH * (n["upper_arm"] + n["forearm"]) / far)
                wrist = goal if wrist is None else blend(wrist, goal, weight)
                if turned is not None:
                    pole = blend(pole, self.chest @ np.asarray(turned, float), weight)
            elbow, wrist = two_bones(shoulder, wrist, n["upper_arm"], n["forearm"], pole)
            found |= {f"{side}_elbow": elbow, f"{side}_wrist": wrist}
        return np.stack([found[name] for name in JOINTS], axis=1)


def shaking(rng, times, size=0.01):
    """[T, 3]: what hands wander about, metres."""
    return np.stack([wander(rng, times, size) for _ in range(3)], axis=1)
