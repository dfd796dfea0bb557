"""A floor before a robot: people who stand, walk, fall, bend, crouch, meet, raise a hand; one camera of the robot.

x ahead of the robot, y to its left; the camera is over the origin.
"""

import numpy as np
from spatial.bodies import Body, J

from . import truths
from .actor import SIDES, Actor, blend, shaking
from .episode import Episode
from .filming import Faults, film, looking_at
from .hands import face, gesture, raise_hand, wave, waving
from .script import Action, perform, written

RULES = ("fallen", "raised_hand", "waving", "too_close")
RATE, SECONDS = 15.0, 12.0
FLAT = 0.11  # metres over the floor, of the hips of somebody who lies


class _Walker(Actor):
    """Somebody who stands or walks, arms hanging."""

    def __init__(self, body, rng, times, start, path=None):
        """``path`` [T, 2] is where they walk, from ``start`` on; None to stand there."""
        n = body.lengths
        self.stands = path is None
        path = np.tile(start, (len(times), 1)) if path is None else path
        pace = np.gradient(path, times, axis=0)
        speed = np.linalg.norm(pace, axis=1)
        yaw = np.pi + rng.normal(0, 0.7)
        if not self.stands:
            moving = np.flatnonzero(speed > 0.1)
            yaw = np.unwrap(np.arctan2(pace[:, 1], pace[:, 0]))
            yaw = np.interp(times, times[moving], yaw[moving])
        self.legs, self.floor = 0.97 * (n["thigh"] + n["shin"]), 1.6 * n["ankle"]
        hips = np.column_stack([path, np.full(len(times), self.floor + self.legs)])
        super().__init__(body, rng, times, hips, {side: hips for side in SIDES}, yaw)
        self.phase = np.cumsum(speed * np.gradient(times)) / (0.45 * body.stature) * np.pi + rng.uniform(0, np.pi)
        self.stride = 0.2 * body.stature * np.clip(speed / 0.8, 0, 1)
        ahead = _ahead(self)[:, :2]
        left = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
        for side, sign in zip(SIDES, (1, -1), strict=True):
            along = sign * self.stride * np.sin(self.phase)
            place = path + ahead * along[:, None] + left * sign * 0.09
            lift = np.clip(sign * np.cos(self.phase), 0, 1) * 0.4 * self.stride
            self.ankles[side] = np.column_stack([place, self.floor + lift])
        self.waves = []  # (weight, side), see hands

    def rest(self):
        """Arms hang and swing, as the chest leans."""
        for side, sign in zip(SIDES, (1, -1), strict=True):
            swing = -sign * 0.8 * self.stride * np.sin(self.phase)
            down = np.column_stack([0.06 + swing, np.full(len(swing), 0.06 * sign), np.full(len(swing), -0.9)])
            length = self.body.lengths["upper_arm"] + self.body.lengths["forearm"]
            goal = self.found[f"{side}_shoulder"] + length * np.einsum("tij,tj->ti", self.root, down)
            goal = goal + shaking(self.rng, self.times, 0.02)
            goal[:, 2] = np.maximum(goal[:, 2], 0.06)
            self.reach(side, np.ones(len(self.times)), goal)


def _fall(a, w, other, rng):
    """They fall to any side, and stay on the floor as long as the episode."""
    w = np.maximum.accumulate(w)
    way, flat = rng.integers(4), rng.uniform(1.35, 1.6)
    turned = {"pitch": flat} if way == 0 else {"pitch": -flat} if way == 1 else {"roll": flat * (1 if way == 2 else -1)}
    _down(a, w, FLAT, 1.0 - rng.uniform(0.05, 0.35), rng, **turned)


def _down(a, w, height, stretched, rng, **turned):
    """The hips go to ``height``, the legs lie on the floor, ``stretched`` times their length from them."""
    a.bend(w, **turned)
    a.hips = blend(a.hips, np.column_stack([a.hips[:, :2], np.full(len(w), height)]), w)
    yaw, pitch, roll = (a.angles[name] for name in ("yaw", "pitch", "roll"))
    # where the soles point when the body lies: against the trunk, or ahead of somebody who sits
    local = np.stack([-np.sin(pitch), np.sin(roll)], axis=1) if turned else np.tile([1.0, 0.0], (len(w), 1))
    way = np.stack([np.cos(yaw) * local[:, 0] - np.sin(yaw) * local[:, 1],
                    np.sin(yaw) * local[:, 0] + np.cos(yaw) * local[:, 1]], axis=1)  # fmt: skip
    across = np.stack([-np.sin(yaw), np.cos(yaw)], axis=1)
    for side, sign in zip(SIDES, (1, -1), strict=True):
        place = a.hips[:, :2] + way * a.legs * stretched + across * sign * rng.uniform(0.05, 0.2)
        a.ankles[side] = blend(a.ankles[side], np.column_stack([place, np.full(len(w), a.floor + 0.02)]), w)


def _sit_down(a, w, other, rng):
    """They sit on the floor, trunk upright."""
    _down(a, w, FLAT + 0.02, rng.uniform(0.55, 0.95), rng)
    a.bend(w, lean=rng.uniform(-0.25, 0.15))


def _bend(a, w, other, rng):
    """They bend down and pick something up."""
    a.bend(w, lean=rng.uniform(1.1, 1.6))


def _pick_up(a, w, other, rng):
    for side, sign in zip(SIDES, (1, -1), strict=True):
        if side == "left" or rng.random() < 0.5:
            a.reach(side, w, a.hips + a.root @ np.array([0.55, 0.12 * sign, -0.75 * a.legs]))


def _crouch(a, w, other, rng):
    """They crouch, trunk about upright."""
    a.hips = blend(a.hips, a.hips * (1, 1, rng.uniform(0.35, 0.5)), w)
    a.bend(w, lean=rng.uniform(0.2, 0.6))


def _chair(a, w, other, rng):
    """They sit down on a chair."""
    a.hips = blend(a.hips, a.hips * (1, 1, 0.58) - 0.35 * _ahead(a), w)
    a.bend(w, lean=rng.uniform(-0.25, 0.2))


def _ahead(a):
    """[T, 3]: where they face, over the floor."""
    yaw = a.angles["yaw"]
    return np.stack([np.cos(yaw), np.sin(yaw), 0 * yaw], axis=1)


def _hands_up(a, w, other, rng):
    """Both hands go up."""
    for side, sign in zip(SIDES, (1, -1), strict=True):
        a.reach(side, w, a.at_chest([0.1, sign * 0.25, rng.uniform(0.4, 0.6)]), pole=(0.2, sign, -0.4))


ACTIONS = (
    Action(_fall, shares=1.5),
    Action(hands=raise_hand),
    Action(hands=wave, shares=2.0),
    Action(hands=_hands_up, shares=0.5),
)
NEAR_MISSES = (
    Action(_bend, _pick_up),
    Action(_crouch),
    Action(_sit_down),
    Action(_chair),
    Action(hands=face),
    Action(hands=gesture),
)


def zones():
    """None."""
    return []


def episode(seed, faults=None, rate=RATE, seconds=SECONDS):
    """An :class:`.episode.Episode` before the robot; everything follows from the seed."""
    rng = np.random.default_rng([seed, 3])
    times = np.arange(round(rate * seconds)) / rate
    height = rng.uniform(0.4, 1.5)
    camera = looking_at((0.0, 0.0, height), (3.0, 0.0, height + rng.uniform(-0.4, 0.3)), 85)
    starts = []
    actors = [_walker(rng, times, starts) for _ in range(rng.integers(1, 4))]
    script = written(rng, [a for a in actors if a.stands], ACTIONS, NEAR_MISSES, lambda *_: [])
    joints = perform(script, actors)
    found = []
    for i, actor in enumerate(actors):
        found += [truths.raised_hand(joints, i), truths.fallen(joints, i), waving(actor, i)]
        found += [_too_close(joints, i, other) for other in range(i + 1, len(actors))]
    noise = np.random.default_rng([seed, 4])
    return Episode(times, joints, [film(camera, noise, times, joints, faults or Faults())], found)


def _walker(rng, times, starts):
    """Most stand; others come to somebody, near or not, or pass before the camera. ``starts`` of all so far."""
    body, index = Body.random(rng), len(starts)
    start = np.array([rng.uniform(2.2, 4.5), (index - 1) * rng.uniform(0.9, 1.3) + rng.normal(0, 0.2)])
    if rng.random() < 0.6:
        starts.append(start)
        return _Walker(body, rng, times, start)
    begin, speed = rng.uniform(0.5, 3.0), rng.uniform(0.6, 1.3)
    if starts and rng.random() < 0.75:
        way = rng.uniform(0, 2 * np.pi)
        gap = rng.choice([rng.uniform(0.3, 0.5), rng.uniform(0.9, 1.3)])
        end = starts[rng.integers(len(starts))] + gap * np.array([np.cos(way), np.sin(way)])
    else:
        end = np.array([start[0] + rng.normal(0, 0.3), -start[1] - rng.uniform(0.5, 1.5) * np.sign(start[1] + 1e-3)])
    starts.append(start)
    takes = max(np.linalg.norm(end - start) / speed, 0.5)
    stays = rng.uniform(1.5, 3.0)
    moments = [begin, begin + takes, begin + takes + stays, begin + 2 * takes + stays]
    share = np.interp(times, moments, [0, 1, 1, 0])
    return _Walker(body, rng, times, start, start + (end - start) * share[:, None])


def _too_close(joints, one, other):
    """Two people nearer than arm's length."""
    middles = [(truths.p(joints, i, "shoulders") + truths.p(joints, i, "hips")) / 2 for i in (one, other)]
    levels = truths.level(np.linalg.norm(middles[0] - middles[1], axis=-1), 0.55, 0.8)
    sides = [tuple((i, J[f"{side}_shoulder"]) for i in (one, other)) for side in SIDES]
    return truths.truth("too_close", (one, other), [(levels, pair) for pair in sides])
