"""What people do with their hands, wherever they are; functions as of :class:`.script.Action`."""

import numpy as np
from spatial.bodies import J

from .actor import shaking
from .truths import MAYBE, NO, YES, truth


def raise_hand(a, w, other, rng, swinging=False):
    """A hand goes up; it may wave."""
    side, sign = side_of(rng)
    place = np.array([rng.uniform(0.1, 0.3), sign * rng.uniform(0.2, 0.35), rng.uniform(0.32, 0.5)])
    place = place + shaking(rng, a.times, 0.015)
    if swinging:
        place = place + _swing(rng, a.times, rng.uniform(0.09, 0.16), rng.uniform(0.9, 2.2))
        a.waves.append((w, side))
    a.reach(side, w, a.at_chest(place), pole=(0.2, 1.0 * sign, -0.6))


def wave(a, w, other, rng):
    """A raised hand waves."""
    raise_hand(a, w, other, rng, swinging=True)


def face(a, w, other, rng):
    """A hand at the own face, or a telephone at the ear."""
    side, sign = side_of(rng)
    place = np.array([rng.uniform(0.02, 0.14), sign * rng.uniform(0.06, 0.13), rng.uniform(0.0, 0.12)])
    a.reach(side, w, a.at_chest(place) + shaking(rng, a.times, 0.008), pole=(0.3, 0.5 * sign, -1.0))


def gesture(a, w, other, rng):
    """A hand moves about before the chest, as one does when talking."""
    side, sign = side_of(rng)
    place = np.array([rng.uniform(0.25, 0.35), sign * rng.uniform(0.05, 0.2), rng.uniform(-0.3, -0.15)])
    place = place + shaking(rng, a.times, 0.03) + _swing(rng, a.times, rng.uniform(0.03, 0.1), rng.uniform(0.5, 1.5))
    a.reach(side, w, a.at_chest(place))


def side_of(rng):
    return ("left", 1) if rng.random() < 0.5 else ("right", -1)


def _swing(rng, times, size, rate):
    """[T, 3]: from side to side in the chest's frame."""
    course = size * np.sin(2 * np.pi * rate * times + rng.uniform(0, 2 * np.pi))
    return np.stack([0 * course, course, -0.3 * np.abs(course)], axis=1)


def waving(actor, person):
    """By the script, since it is the course that decides."""
    still = np.zeros(len(actor.times), int)
    ways = [
        (np.where(w > 0.9, YES, np.where(w > 0.05, MAYBE, NO)), ((person, J[f"{side}_wrist"]),))
        for w, side in actor.waves
    ]
    return truth("waving", (person,), ways or [(still, ((person, 0),))])
