"""What really happens: from joints in space to Truths.

Every criterion tells yes, no or maybe of each moment: people do not agree to a centimetre where an event begins, so
what is told while it is between the two limits counts neither for nor against a rule.
"""

from dataclasses import dataclass

import numpy as np
from spatial.bodies import J

NO, MAYBE, YES = 0, 1, 2
SEEN = 0.6  # share of a truth during which a camera has to see what decides it


@dataclass(frozen=True, eq=False)
class Truth:
    """Something that happens.

    Attributes:
        kind: name of the rule.
        people: who does it first.
        levels: int [T], NO, MAYBE or YES.
        joints: the joints (person, index) that decide it at each time, one row a way in which it can be seen: a list of
            (levels [T], tuple of (person, joint)).
        cameras: names of those that can tell, since they have a zone for it; empty for all.
    """

    kind: str
    people: tuple
    levels: np.ndarray
    joints: list
    cameras: tuple = ()

    def intervals(self, times, lasts):
        """(first, last) indices of the runs of YES of ``lasts`` seconds and more; shorter MAYBEs within are bridged."""
        runs, start = [], None
        levels = np.append(self.levels, NO)
        for t, level in enumerate(levels):
            if level == YES and start is None:
                start = t
            elif level == NO and start is not None:
                end = start + int(np.flatnonzero(levels[start:t] == YES)[-1])
                if times[end] - times[start] >= lasts:
                    runs.append((start, end))
                start = None
        return runs

    def seen_by(self, view, first, last):
        """Does the view's camera see what decides, most of the time from index ``first`` to ``last``?"""
        if self.cameras and view.camera.name not in self.cameras:
            return False
        return any(
            (view.seen[first : last + 1, [p for p, _ in joints], [k for _, k in joints]].all(-1)
             & (levels[first : last + 1] == YES)).mean() >= SEEN
            for levels, joints in self.joints
        )  # fmt: skip


def level(value, yes, maybe):
    """NO, MAYBE or YES of ``value`` [T]; where ``maybe`` is less than ``yes`` more is more, else less is."""
    sign = 1 if yes >= maybe else -1
    return np.where(sign * value >= sign * yes, YES, np.where(sign * value >= sign * maybe, MAYBE, NO))


def truth(kind, people, ways, cameras=()):
    """A Truth of several ways, (levels, joints), in which it can happen; one is enough."""
    return Truth(kind, tuple(people), np.max([levels for levels, _ in ways], axis=0), ways, cameras)


def p(joints, person, name):
    """[T, 3] of a joint in joints [T, P, 17, 3]; ``hips``, ``shoulders`` and ``ears`` are the middles of two."""
    if name in ("hips", "shoulders", "ears"):
        return (p(joints, person, f"left_{name[:-1]}") + p(joints, person, f"right_{name[:-1]}")) / 2
    return joints[:, person, J[name]]


def torso(joints, person):
    """Length of the trunk in metres."""
    return float(np.linalg.norm(p(joints, person, "shoulders") - p(joints, person, "hips"), axis=-1).mean())


def upright(joints, person):
    """Degrees [T] between the trunk and straight up."""
    up = p(joints, person, "shoulders") - p(joints, person, "hips")
    return np.degrees(np.arccos(np.clip(up[:, 2] / np.linalg.norm(up, axis=-1), -1, 1)))


def to_segment(point, start, end):
    """Distance [T] of points to segments."""
    along = end - start
    share = np.clip(((point - start) * along).sum(-1) / (along**2).sum(-1), 0, 1)
    return np.linalg.norm(point - start - share[:, None] * along, axis=-1)


def hand(joints, person, side):
    """[T, 3]: the middle of a hand, ahead of its wrist."""
    wrist = p(joints, person, side + "wrist")
    along = wrist - p(joints, person, side + "elbow")
    return wrist + 0.09 * along / np.linalg.norm(along, axis=-1, keepdims=True)


SIDES = "left_", "right_"


def raised_hand(joints, person):
    """A wrist well above its shoulder, of somebody who is not lying."""
    ways, height = [], torso(joints, person)
    for side in SIDES:
        rise = (p(joints, person, side + "wrist") - p(joints, person, side + "shoulder"))[:, 2] / height
        levels = level(rise, 0.55, 0.33)
        levels = np.where(upright(joints, person) > 50, np.minimum(levels, MAYBE), levels)
        ways.append((levels, ((person, J[side + "wrist"]), (person, J[side + "shoulder"]))))
    return truth("raised_hand", (person,), ways)


def hand_on_leg(joints, doer, other):
    """A hand of ``doer`` that touches a thigh of ``other``."""
    ways = []
    for side in SIDES:
        for leg in SIDES:
            thigh = p(joints, other, leg + "hip"), p(joints, other, leg + "knee")
            palm, wrist = hand(joints, doer, side), p(joints, doer, side + "wrist")
            near = np.minimum(to_segment(palm, *thigh), to_segment(wrist, *thigh))
            decide = ((doer, J[side + "wrist"]), (other, J[leg + "knee"]))
            ways.append((level(near, 0.14, 0.26), decide))
    return truth("hand_on_leg", (doer, other), ways)


def fallen(joints, person):
    """A trunk that lies, on the floor."""
    hips = p(joints, person, "hips")[:, 2]
    levels = np.minimum(level(upright(joints, person), 65, 45), level(hips, 0.35, 0.55))
    trunk = tuple((person, J[name]) for name in ("left_shoulder", "left_hip"))
    other = tuple((person, J[name]) for name in ("right_shoulder", "right_hip"))
    return truth("fallen", (person,), [(levels, trunk), (levels, other)])
