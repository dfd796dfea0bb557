"""Smoother: takes the jitter out of keypoints over time and lets fast hands pass (One-Euro filter).

A low-pass filter of each keypoint whose cutoff frequency grows with the keypoint's speed: a still one is smoothed
strongly, a fast one hardly lags (Casiez, Roussel and Vogel, "1€ Filter", CHI 2012). Two things differ from the paper.
Speed is in body sizes (the diagonal of the box around all keypoints), so that people near and far are treated alike.
And speeds up to ``still_speed`` count as none: the jitter of keypoints has a speed too, and in the paper's form it
opens the filter as far as a waving hand must (docs/tracking.md has the figures).
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from .oks import body_sizes
from .options import Options, option
from .poses import NO_TRACK


@dataclass(frozen=True)
class SmootherOptions(Options):
    """How a :class:`Smoother` filters. The defaults are measured in ``benchmarks/tracking.py``."""

    min_cutoff: float = option(
        0.5,
        "cutoff frequency of a still keypoint in Hz; lower takes out more jitter, and drags more",
        low=0.01,
        high=100.0,
    )
    beta: float = option(
        30.0,
        "growth of the cutoff frequency, in Hz per body size a second; higher lags less when moving, and jitters more",
        low=0.0,
        high=1000.0,
    )
    still_speed: float = option(
        0.3,
        "speed in body sizes a second up to which a keypoint counts as still; above that of the jitter itself, or "
        "jitter opens the filter",
        low=0.0,
        high=10.0,
    )
    derivative_cutoff: float = option(
        2.0,
        "cutoff frequency of the speed in Hz; higher notices movements earlier, and jitter too",
        low=0.01,
        high=100.0,
    )
    max_gap: float = option(
        0.3, "seconds that a keypoint may be missing before its filter starts anew", low=0.0, high=10.0
    )


class Smoother:
    """One-Euro filter for the keypoints of tracked people.

    People without an identity stay as they are. A missing keypoint stays missing: none is invented.

    Args:
        topology: the Topology of the poses to come.
        **options: of :class:`SmootherOptions`.

    Attributes:
        options: the SmootherOptions; may be replaced at any time.
    """

    def __init__(self, topology, **options):
        self.topology = topology
        self.options = SmootherOptions.of(**options)
        self.reset()

    def reset(self):
        """Forget everybody."""
        keypoints = len(self.topology.keypoints)
        self._stamp = -math.inf
        self._ids = np.empty(0, int)
        self._xy = np.empty((0, keypoints, 2))  # filtered, pixels
        self._velocity = np.empty((0, keypoints, 2))  # filtered, body sizes a second
        self._seen = np.empty((0, keypoints))  # stamps

    def update(self, poses, stamp):
        """Smooth the people of the next image.

        If time doesn't advance (the same image again, a recording starts again), everything starts anew.

        Args:
            poses: Poses of this smoother's topology with track_ids, in image pixels.
            stamp: when the image was taken, in seconds.

        Returns:
            The same Poses with other x, y.

        Raises:
            ValueError: another topology, or a stamp that is not a finite number.
        """
        if poses.topology != self.topology:
            raise ValueError(f"this smoother is for topology {self.topology.name!r}, got {poses.topology.name!r}")
        if not math.isfinite(stamp):
            raise ValueError(f"stamp must be a finite number of seconds, got {stamp}")
        if stamp <= self._stamp:
            self.reset()
        self._stamp = stamp
        tracked = poses.track_ids != NO_TRACK
        xy = poses.keypoints[tracked, :, :2].astype(np.float64)
        found = poses.found[tracked] & np.isfinite(xy).all(axis=2)
        xy[~found] = np.nan
        keypoints = poses.keypoints.copy()
        keypoints[tracked, :, :2] = np.where(
            found[:, :, None], self._filter(poses.track_ids[tracked], xy), keypoints[tracked, :, :2]
        )
        return replace(poses, keypoints=keypoints)

    def _filter(self, ids, xy):
        """float [P, K, 2]: ``xy`` filtered; remembers them for the next image."""
        before, velocity, seen = self._recall(ids)
        seconds = (self._stamp - seen)[:, :, None]
        goes_on = seconds <= self.options.max_gap
        before = np.where(goes_on, before, xy)
        velocity = np.where(goes_on, velocity, 0.0)
        sizes = np.maximum(body_sizes(np.where(np.isnan(xy), before, xy)), 1.0)[:, None, None]

        change = (xy - before) / (sizes * seconds)
        velocity_now = velocity + _share(self.options.derivative_cutoff, seconds) * (change - velocity)
        speed = np.linalg.norm(velocity_now, axis=2, keepdims=True)
        cutoff = self.options.min_cutoff + self.options.beta * np.maximum(speed - self.options.still_speed, 0.0)
        filtered = before + _share(cutoff, seconds) * (xy - before)

        missing = np.isnan(xy)
        self._remember(
            ids,
            np.where(missing, before, filtered),
            np.where(missing, velocity, velocity_now),
            np.where(missing[:, :, 0], seen, self._stamp),
        )
        return filtered

    def _recall(self, ids):
        """The state of ``ids`` [P]: places, velocities and stamps; never seen if unknown."""
        xy = np.full((len(ids), *self._xy.shape[1:]), np.nan)
        velocity, seen = np.zeros_like(xy), np.full(xy.shape[:2], -np.inf)
        rows, known = np.nonzero(ids[:, None] == self._ids)
        xy[rows], velocity[rows], seen[rows] = self._xy[known], self._velocity[known], self._seen[known]
        return xy, velocity, seen

    def _remember(self, ids, xy, velocity, seen):
        others = ~np.isin(self._ids, ids) & (self._stamp - self._seen.max(axis=1) <= self.options.max_gap)
        self._ids = np.concatenate([self._ids[others], ids])
        self._xy = np.concatenate([self._xy[others], xy])
        self._velocity = np.concatenate([self._velocity[others], velocity])
        self._seen = np.concatenate([self._seen[others], seen])


def _share(cutoff, seconds):
    """What part of a change a first-order low-pass of ``cutoff`` Hz lets through in ``seconds``."""
    return 1 / (1 + 1 / (2 * np.pi * cutoff * seconds))
