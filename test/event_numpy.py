"""What the native code of events does, slowly and in NumPy, for whole arrays at once."""

import math

import numpy as np


def judged(node, measured, keeps):
    """Truth int8 of a tree of tuples: (value index, sign, limit, keep), or ("all" | "any" | "not", [trees])."""
    if isinstance(node[0], str):
        truths = [judged(part, measured, keeps) for part in node[1]]
        if node[0] == "not":
            return -truths[0]
        return (np.minimum if node[0] == "all" else np.maximum).reduce(np.broadcast_arrays(*truths))
    value, sign, *limits = node
    compared = measured[value] * sign, limits[keeps] * sign
    return np.greater_equal(*compared).astype(np.int8) - np.less(*compared).astype(np.int8)


def located(places, seen, weights, min_score, farthest):
    """float64 [C, J, S]: the table of joints."""
    x, y, score = seen
    known = (score >= min_score) & (score <= 1) & (np.abs(x) + np.abs(y) < farthest) & (places[0] == places[0])
    sums = np.matmul(weights, np.where(known, places, 0.0))
    table = [np.where(known, places, math.nan), sums / (weights @ known), np.full((len(places), 1, len(x.T)), math.nan)]
    return np.concatenate(table, axis=1)


def settled(points, starts, ends, relative, limbs, smallest, share, before):
    """float64 [S]: sizes of bodies."""
    ways = points[:, starts] - points[:, ends]
    lengths = np.hypot(ways[0], ways[1]) / np.array(relative)[:, None]
    left, right = lengths[::2], lengths[1::2]
    both = (np.fmax(left, right) + np.fmin(left, right)) / 2
    size = np.fmax.reduce(both[:limbs])
    size = np.where(size == size, size, np.fmax.reduce(both[limbs:]))
    size = np.where(size >= smallest, size, math.nan)
    before = np.where(before == before, before, size)
    change = (size - before) * share
    return before + np.where(change == change, change, 0.0)


def reached(table, sizes, joint, start, end, joint_of_b, limb_of_b):
    """float64 [S, S]: distances of joints from limbs, A before B, in the larger size."""
    joint, start, end, size, limb_size = (
        values[..., None, :] if of_b else values[..., :, None]
        for values, of_b in (
            (table[:, joint], joint_of_b),
            (table[:, start], limb_of_b),
            (table[:, end], limb_of_b),
            (sizes, joint_of_b),
            (sizes, limb_of_b),
        )
    )
    offset, way = joint - start, end - start
    part = (offset * way).sum(axis=0) / np.maximum((way * way).sum(axis=0), 1e-12)
    away = offset - np.minimum(np.maximum(part, 0.0), 1.0) * way
    return np.broadcast_to(np.sqrt((away * away).sum(axis=0)) / np.fmax(size, limb_size), (sizes.size,) * 2)


def deep(points, corners):
    """float64 [Q, S]: how deep points are in polygons."""
    start = corners[..., None]
    way = np.roll(start, -1, axis=2) - start
    offset = points[:, :, None] - start
    part = np.clip((offset * way).sum(axis=0) / np.maximum((way * way).sum(axis=0), 1e-12), 0.0, 1.0)
    nearest = np.sqrt(np.square(offset - part * way).sum(axis=0).min(axis=1))
    slope = way[0] / np.where(way[1] == 0, 1, way[1])
    crosses = ((offset[1] >= 0) != (offset[1] >= way[1])) & (offset[0] < offset[1] * slope)
    return np.where(np.logical_xor.reduce(crosses, axis=1), nearest, -nearest)


class Turning:
    """Joints that turn round; attributes as the native code keeps them."""

    def __init__(self, shape, remembered):
        self.farthest, self.nearest, self.before = (np.full(shape, math.nan) for _ in range(3))
        self.heading, self.turned = np.zeros(shape), np.full((remembered, *shape), -math.inf)

    def state(self):
        return self.farthest, self.nearest, self.heading, self.before, self.turned

    def follow(self, place, amplitude, stamp):
        unknown = self.heading == 0
        farthest, nearest = np.fmax(self.farthest, place), np.fmin(self.nearest, place)
        up, down = place - nearest >= amplitude, farthest - place >= amplitude
        self.heading = np.where(unknown, np.where(up, 1.0, np.where(down, -1.0, 0.0)), self.heading)
        self.farthest = np.where(unknown, np.where(up | down, place, farthest), self.farthest)
        self.nearest = np.where(unknown, nearest, self.nearest)
        ahead, before = ((at - self.farthest) * self.heading for at in (place, self.before))
        back, ahead = np.maximum(ahead, before), np.minimum(ahead, before)
        turns = (back <= -amplitude) & ~unknown
        self.farthest = self.farthest + self.heading * np.where(turns, back, np.where(ahead > 0, ahead, 0.0))
        self.before = np.where(place == place, place, self.before)
        self.heading = np.where(turns, -self.heading, self.heading)
        shifted = np.concatenate([np.full((1, *turns.shape), stamp), self.turned[:-1]])
        self.turned = np.where(turns, shifted, self.turned)


class Lasting:
    """N somethings, see :class:`trt_pose_ros.events.lasting.Lasting`."""

    def __init__(self, count):
        self.active, self.began, self.level = np.zeros(count, bool), np.full(count, math.nan), np.zeros(count)
        self.agreed, self.known = np.zeros(count, bool), np.full(count, -math.inf)

    def state(self):
        return self.active, self.began, self.level, self.agreed, self.known

    def advance(self, truth, stamp, lasts, until, gap):
        """Indices of what started, was over, was lost."""
        known = truth != 0
        elapsed = stamp - self.known
        forgotten = elapsed > gap
        lost = self.active & forgotten
        self.active &= ~lost
        agrees = ((truth < 0) == self.active) & known
        counts = (agrees & (self.agreed | (self.level > 0)) | (known & ~agrees)) & ~forgotten
        self.level[forgotten] = 0
        np.add(self.level, np.where(agrees, elapsed, -elapsed), out=self.level, where=counts)
        self.level = np.maximum(self.level, 0.0)
        self.began[agrees & ~self.active & (self.level == 0)] = stamp
        changes = agrees & (self.level >= np.where(self.active, until, lasts))
        over, started = changes & self.active, changes & ~self.active
        self.active ^= changes
        self.level[changes] = 0
        np.copyto(self.agreed, agrees & ~changes, where=known)
        self.known[known] = stamp
        return tuple(np.flatnonzero(which).tolist() for which in (started, over, lost))
