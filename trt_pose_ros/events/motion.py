"""What needs more than one image to be measured: speed, turning round, and where somebody sits."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .. import native
from .body import Bodies, Frame, Points, resized
from .measures import Inside, Measuring
from .parsing import TORSO
from .rule import Quantity
from .states import StateModel
from .zones import Zone

_SAMPLES = 32  # images that a speed is made of; of faster cameras some are left out
_FEWEST = 3  # sights of a joint without which it has no speed
_MOST_TURNS = 16  # turns of a joint that are remembered
_DIRECTIONS = {"any": (0.0, 0.0), "left": (-1.0, 0.0), "right": (1.0, 0.0), "up": (0.0, -1.0), "down": (0.0, 1.0)}


class _Moving(Measuring):
    """Joints that are followed over time, relative to another one where a quantity names it."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        self._joint = self.rows(0)
        self._of = np.array([points.row(q.joints[-1].names[0]) for q in quantities], np.intp)
        self._is_relative = np.array([[len(q.joints) > 1] for q in quantities])

    def option(self, name: str) -> np.ndarray:
        """float64 [M, 1]: a number that the quantities have."""
        return np.array([[dict(q.options)[name]] for q in self.quantities], float)

    def places(self, table: np.ndarray) -> np.ndarray:
        """float64 [C, M, S]: of the joints."""
        return table.take(self._joint, axis=1) - np.where(self._is_relative, table.take(self._of, axis=1), 0.0)


class Speed(_Moving):
    """Slope of the line that fits best a joint's places of the last seconds, in body sizes a second."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        self._over = self.option("over")
        self._direction = np.array([_DIRECTIONS[dict(q.options)["direction"]] for q in quantities]).T[:, :, None]
        self._any = ~self._direction.any(axis=0)
        self._stamps = np.full(_SAMPLES, -math.inf)
        self._pixels, self._metres = (np.full((_SAMPLES, c, len(quantities), 0), math.nan) for c in (2, 3))
        self._next = 0
        self._pause = self._over.max(initial=0.1) / (_SAMPLES - 2)

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        self._remember(frame, bodies)
        since = frame.stamp - self._stamps
        recent = since[:, None] <= self._over.T  # [H, M]
        x, y = (self._slope(since, recent, self._pixels[:, c]) / bodies.size for c in (0, 1))
        along = x * self._direction[0] + y * self._direction[1]
        speed = np.where(self._any, np.hypot(x, y), along)
        if bodies.metres is not None and self._any.all():
            ways = [self._slope(since, recent, self._metres[:, c]) / TORSO for c in range(3)]
            metric = np.sqrt(sum(way * way for way in ways))
            speed = np.where(metric == metric, metric, speed)
        return speed

    def _remember(self, frame: Frame, bodies: Bodies) -> None:
        count = len(bodies.size)
        self._pixels, self._metres = (resized(a, count, math.nan) for a in (self._pixels, self._metres))
        if frame.fresh is not None:
            self._pixels[..., frame.fresh] = self._metres[..., frame.fresh] = math.nan
        last = (self._next - 1) % _SAMPLES
        if frame.stamp - self._stamps[(last - 1) % _SAMPLES] >= self._pause:
            last, self._next = self._next, (self._next + 1) % _SAMPLES  # else the newest one is replaced
        self._stamps[last] = frame.stamp
        self._pixels[last] = self.places(bodies.points)
        self._metres[last] = math.nan if bodies.metres is None else self.places(bodies.metres)

    def _slope(self, since: np.ndarray, recent: np.ndarray, places: np.ndarray) -> np.ndarray:
        """float64 [M, S]: of places [H, M, S] a second, by least squares; NaN where they were seen too seldom."""
        used = recent[:, :, None] & (places == places)
        times = np.where(used, -np.where(since < math.inf, since, 0.0)[:, None, None], 0.0)
        places = np.where(used, places, 0.0)
        count = used.sum(axis=0)
        some = np.maximum(count, 1)
        centred = np.where(used, times - times.sum(axis=0) / some, 0.0)
        spread = np.square(centred).sum(axis=0)
        lasted = -times.min(axis=0) >= self._over / 2
        known = (count >= _FEWEST) & lasted & used[(self._next - 1) % _SAMPLES]
        return np.where(known, (centred * places).sum(axis=0) / np.where(spread > 0, spread, math.nan), math.nan)


class Turns(_Moving):
    """How often a joint turned round in the last seconds.

    It has turned round when it has come back from its farthest place by the amplitude; the next time it has to come
    back from the other side. A place counts when two images on end agree that it was reached: networks throw single
    joints far off now and then, which no hand does. Images in which it is not seen are passed over.
    """

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        self._over, self._amplitude = self.option("over"), self.option("amplitude")
        self._is_x = np.array([[dict(q.options)["axis"] == "x"] for q in quantities])
        count = len(quantities)
        self._farthest = np.full((count, 0), math.nan)
        self._heading = np.zeros((count, 0))  # 1 or -1; 0 before it is known
        self._nearest = np.full((count, 0), math.nan)  # the other end as long as the heading is not known
        self._before = np.full((count, 0), math.nan)  # where it was seen last
        self._turned = np.full((_MOST_TURNS, count, 0), -math.inf)  # stamps, the newest first

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        count = len(bodies.size)
        self._farthest, self._nearest, self._before = (
            resized(a, count, math.nan) for a in (self._farthest, self._nearest, self._before)
        )
        self._heading, self._turned = resized(self._heading, count, 0.0), resized(self._turned, count, -math.inf)
        if frame.fresh is not None:
            for places in (self._farthest, self._nearest, self._before):
                places[:, frame.fresh] = math.nan
            self._heading[:, frame.fresh], self._turned[..., frame.fresh] = 0.0, -math.inf
        places = self.places(bodies.points)
        place = np.where(self._is_x, places[0], places[1])
        amplitudes = self._amplitude * bodies.size
        paths = self._farthest, self._nearest, self._heading, self._before, self._turned
        native.follow(place, amplitudes, frame.stamp, *paths)
        turns = np.add.reduce(self._turned >= frame.stamp - self._over, axis=0)
        return np.where((place == place) & (bodies.size == bodies.size), turns, math.nan)


class State(Measuring):
    """The probability that a trained model gives to a state, or to any of some."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        self._states = [(dict(q.options)["model"], dict(q.options)["is"]) for q in quantities]
        models = {name: StateModel.load(name) for name, _ in self._states}
        known = set(points.topology.keypoints)
        self._watches = {n: m.watch() for n, m in models.items() if known & set(m.features.keypoints)}
        self._columns = [[models[name].classes.index(c) for c in classes] for name, classes in self._states]

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        told = {name: watch.update(frame.poses, frame.stamp) for name, watch in self._watches.items()}
        values = np.full((len(self.quantities), len(frame.poses) + 1), math.nan)
        for row, ((name, _), columns) in enumerate(zip(self._states, self._columns, strict=True)):
            if name in told:
                values[row, :-1] = told[name][:, columns].sum(axis=1)
        return values.take(frame.rows, axis=1)


class Sits(Inside):
    """Share of the last seconds that the hips were in a zone: a mean that forgets at that rate."""

    def __init__(self, quantities: Sequence[Quantity], zones: Sequence[Sequence[Zone]], points: Points) -> None:
        super().__init__(quantities, zones, points)
        self._over = np.array([[dict(q.options)["over"]] for q in quantities], float)
        self._share = np.full((len(quantities), 0), math.nan)

    def rows(self, index: int, end: int = 0) -> np.ndarray:
        return np.full(len(self.quantities), self._points.row("hips"), np.intp)

    def update(self, frame: Frame, bodies: Bodies) -> np.ndarray:
        depth = super().update(frame, bodies)
        share = resized(self._share, len(bodies.size), math.nan)
        if frame.fresh is not None:
            share[:, frame.fresh] = math.nan
        now = np.where(depth >= 0, 1.0, 0.0)
        mixed = share + (now - share) * -np.expm1(-frame.elapsed / self._over)
        self._share = np.where(depth == depth, np.where(share == share, mixed, now), share)
        return self._share
