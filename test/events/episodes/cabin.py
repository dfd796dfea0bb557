"""A cabin: a bench of three seats, two or three passengers, three cameras, and what passengers do.

x ahead, y to the passengers' left. The cushions' rear edge is at x = 0, the seats' middles at y = 0.55, 0 and -0.55.
"""

import numpy as np
from spatial.bodies import Body, J

from trt_pose_ros.events import Zone

from . import truths
from .actor import SIDES, Actor, shaking
from .episode import Episode
from .filming import SIZE, Faults, film, looking_at
from .hands import face, gesture, raise_hand, side_of, wave, waving
from .script import Action, perform, written

RULES = ("feet_on_seat", "hand_on_leg", "leaning_out", "fallen", "raised_hand", "waving")
CUSHION = 0.45  # metres over the floor
DEPTH, WIDTH = 0.48, 0.54  # of a cushion
MIDDLES = (0.55, 0.0, -0.55)
WINDOW = 0.95  # |y| of the sides' windows
RATE, SECONDS = 10.0, 12.0
CAMERAS = (
    looking_at((1.95, 0.0, 1.75), (0.25, 0.0, 0.6), 78, "front"),
    looking_at((1.6, 0.78, 1.7), (0.2, -0.1, 0.6), 84, "left"),
    looking_at((1.6, -0.78, 1.7), (0.2, 0.1, 0.6), 84, "right"),
)
# the backs of the seats before the bench, which hide feet on the floor from the front
FRONT_SEATS = ((1.0, -0.8, 0.0), (0.0, 1.6, 0.0), (0.0, 0.0, 0.72))


def zones():
    """The zones that somebody would draw: the cushions, and the windows' edges where a camera sees across them."""
    found = []
    for camera in CAMERAS:
        for seat, y in enumerate(MIDDLES):
            rear, front = (0.0, CUSHION + 0.2), (DEPTH, CUSHION)
            corners = [(x, y + w, z) for (x, z), ws in ((rear, (0.27, -0.27)), (front, (-0.27, 0.27))) for w in ws]
            found.append(_zone(camera, f"seat_{seat}", corners, "polygon", "seat"))
        # passengers face the camera: their left is right in the image; a side's camera looks along its own window
        for side, y, beyond in (("left", WINDOW, (1.0, 0.0)), ("right", -WINDOW, (-1.0, 0.0))):
            if camera.name != side:
                edge = [(0.15, y, 0.6), (0.15, y, 1.6)]
                found.append(_zone(camera, f"{side}_window", edge, "line", "edge", beyond=beyond))
    return found


def _zone(camera, name, corners, shape, kind, **fields):
    pixels = camera.model.project(camera.in_world.inverse(np.asarray(corners, float)))
    points = tuple((float(x), float(y)) for x, y in pixels)
    return Zone(name, shape, points, unit="pixels", kind=kind, camera=camera.name, size=SIZE, **fields)


class _Passenger(Actor):
    """Somebody who sits in a seat, feet on the floor, hands on their own thighs."""

    def __init__(self, body, rng, times, seat):
        self.seat, self.middle = seat, MIDDLES[seat]
        n = body.lengths
        hips = np.array([rng.uniform(0.1, 0.17), self.middle + rng.normal(0, 0.03), CUSHION + 0.09 * body.girth])
        ankles = {}
        for side, sign in zip(SIDES, (1, -1), strict=True):
            ahead = hips[0] + n["thigh"] + rng.uniform(-0.12, 0.15)
            ankles[side] = np.array([ahead, hips[1] + sign * rng.uniform(0.06, 0.16), n["ankle"] * 1.6])
        super().__init__(body, rng, times, hips, ankles, rng.normal(0, 0.06))
        self.angles["lean"] += rng.uniform(-0.25, 0.0)
        self.waves = []  # (begin, end)

    def rest(self):
        """Hands on their own thighs, or in the lap."""
        for side, sign in zip(SIDES, (1, -1), strict=True):
            hip, knee = self.found[f"{side}_hip"], self.found[f"{side}_knee"]
            up = np.array([-0.03, -0.03 * sign, 0.09])
            at = hip + self.rng.uniform(0.4, 0.8) * (knee - hip) + up + shaking(self.rng, self.times, 0.015)
            self.reach(side, np.ones(len(self.times)), at)


# What passengers do, as of script.Action. ``s`` is the side of the body, 1 left and -1 right.


def _feet_up(a, w, other, rng):
    """The feet come onto the own cushion, or onto a free one beside."""
    a.bend(w, lean=rng.uniform(-0.3, -0.1))
    free = getattr(a, "free", None)
    beside = free is not None and rng.random() < 0.5
    for side in SIDES if rng.random() < 0.6 else SIDES[:1]:
        sign = 1 if side == "left" else -1
        goal = [rng.uniform(0.33, 0.43), a.middle + sign * rng.uniform(0.05, 0.15), CUSHION + 0.08]
        if beside:
            goal = [rng.uniform(0.25, 0.4), MIDDLES[free] + rng.uniform(-0.1, 0.1), CUSHION + 0.09]
        a.step(side, w, np.array(goal) + shaking(rng, a.times, 0.01))
    if beside:
        a.bend(w, yaw=0.9 * np.sign(MIDDLES[free] - a.middle))


def _turn_to(a, w, other, rng):
    s = np.sign(other.middle - a.middle)
    a.bend(w, tilt=-0.18 * s, twist=0.27 * s, lean=rng.uniform(0.0, 0.2))


def _hand_on_leg(a, w, other, rng):
    """A hand onto the neighbour's thigh."""
    s = np.sign(other.middle - a.middle)
    leg = "right" if s > 0 else "left"
    hip, knee = other.found[f"{leg}_hip"], other.found[f"{leg}_knee"]
    along = rng.uniform(0.45, 0.85)
    goal = hip + along * (knee - hip) + np.array([-0.02, -0.05 * s, 0.085]) + shaking(rng, a.times, 0.012)
    a.reach("left" if s > 0 else "right", w, goal)


def _across(a, w, other, rng):
    """An arm crosses the neighbour: it points or hands something over, well above their legs."""
    s = np.sign(other.middle - a.middle)
    chest = other.at_chest([rng.uniform(0.3, 0.45), -0.1 * s, rng.uniform(-0.3, 0.0)])
    a.reach("left" if s > 0 else "right", w, chest + shaking(rng, a.times, 0.02))


def _own_leg(a, w, other, rng):
    """The hand beside the neighbour lies on the own outer thigh, close to the neighbour's."""
    s = np.sign(other.middle - a.middle)
    side = "left" if s > 0 else "right"
    hip, knee = a.found[f"{side}_hip"], a.found[f"{side}_knee"]
    a.reach(side, w, hip + rng.uniform(0.5, 0.9) * (knee - hip) + np.array([0, 0.02 * s, 0.1]))


def _lean_out(a, w, other, rng):
    """The upper body leans out of the window; who sits in the middle leans as far, which is not out."""
    s = np.sign(a.middle) or rng.choice([-1, 1])
    a.bend(w, tilt=-s * rng.uniform(0.75, 1.05), lean=rng.uniform(-0.1, 0.25))


def _lean_within(a, w, other, rng):
    """It leans a little to either side, or ahead."""
    a.bend(w, tilt=rng.uniform(-0.3, 0.3), lean=rng.uniform(-0.2, 0.7))


def _cross_legs(a, w, other, rng):
    """An ankle lies on the other knee."""
    side, sign = side_of(rng)
    n = a.body.lengths
    knee = a.hips[0] + [n["thigh"] * 0.95, -sign * 0.13, 0.04]
    a.step(side, w, knee + np.array([-0.03, -sign * 0.04, 0.13]) + shaking(rng, a.times, 0.01))


def _foot_near(a, w, other, rng):
    """A foot on the floor just before the seat, or stretched ahead."""
    side, sign = side_of(rng)
    if rng.random() < 0.6:
        goal = [rng.uniform(0.4, 0.5), a.middle + sign * rng.uniform(0.05, 0.25), rng.uniform(0.07, 0.16)]
    else:
        goal = [rng.uniform(0.8, 1.0), a.middle + sign * 0.15, rng.uniform(0.07, 0.25)]
    a.step(side, w, np.array(goal))


ACTIONS = (
    Action(_feet_up, shares=1.5),
    Action(_turn_to, _hand_on_leg, to_other=True, shares=1.5),
    Action(hands=raise_hand, shares=0.7),
    Action(hands=wave),
    Action(_lean_out),
)
NEAR_MISSES = (
    Action(_turn_to, _across, to_other=True),
    Action(hands=_own_leg, to_other=True),
    Action(hands=face),
    Action(hands=gesture),
    Action(_lean_within),
    Action(_cross_legs),
    Action(_foot_near),
)


def episode(seed, faults=None, rate=RATE, seconds=SECONDS):
    """An :class:`.episode.Episode` in the cabin; everything follows from the seed."""
    rng = np.random.default_rng([seed, 1])
    times = np.arange(round(rate * seconds)) / rate
    people = int(rng.integers(2, 4))
    seats = sorted(rng.permutation(3)[:people])
    actors = [_Passenger(Body.random(rng), rng, times, int(seat)) for seat in seats]
    if people == 2 and 1 not in seats:
        for actor in actors:
            actor.free = 1
    script = written(rng, actors, ACTIONS, NEAR_MISSES, _neighbours)
    joints = perform(script, actors)
    found = _truths(actors, joints)
    walls = (FRONT_SEATS,) if rng.random() < 0.3 else ()
    noise = np.random.default_rng([seed, 2])
    views = [film(camera, noise, times, joints, faults or Faults(), walls) for camera in CAMERAS]
    return Episode(times, joints, views, found)


def _neighbours(actor, actors):
    return [other for other in actors if abs(other.seat - actor.seat) == 1]


def _truths(actors, joints):
    found = []
    for i, actor in enumerate(actors):
        found += [truths.raised_hand(joints, i), truths.fallen(joints, i), _leaning_out(joints, i)]
        found += [_feet_on_seat(joints, i), waving(actor, i)]
        found += [truths.hand_on_leg(joints, i, o) for o in range(len(actors)) if o != i]
    return found


def _feet_on_seat(joints, person):
    """An ankle just over a cushion."""
    ways = []
    for side in SIDES:
        x, y, z = truths.p(joints, person, f"{side}_ankle").T
        outside = np.maximum.reduce([-x, x - DEPTH, np.abs(y) - MIDDLES[0] - WIDTH / 2])
        levels = np.minimum(truths.level(z, CUSHION, CUSHION - 0.12), truths.level(z, CUSHION + 0.16, CUSHION + 0.22))
        levels = np.minimum(levels, truths.level(outside, 0.0, 0.06))
        ways.append((levels, ((person, J[f"{side}_ankle"]),)))
    return truths.truth("feet_on_seat", (person,), ways)


def _leaning_out(joints, person):
    """The middle of the head, or a shoulder, beyond the nearer window."""
    side = np.sign(truths.p(joints, person, "hips")[0, 1])
    out = [side * truths.p(joints, person, part)[:, 1] - WINDOW for part in ("ears", "left_shoulder", "right_shoulder")]
    levels = truths.level(np.maximum.reduce(out), 0.08, -0.06)
    cameras = ("front", "right" if side > 0 else "left")  # those that see across that window
    return truths.truth("leaning_out", (person,), [(levels, ((person, J["nose"]),))], cameras)
