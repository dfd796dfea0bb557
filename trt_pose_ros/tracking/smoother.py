"""Smoother: takes the jitter out of keypoints over time and lets fast hands pass (One-Euro filter).

A low-pass filter of each keypoint whose cutoff frequency grows with the keypoint's speed: a still one is smoothed
strongly, a fast one hardly lags (Casiez, Roussel and Vogel, "1€ Filter", CHI 2012). Two things differ from the paper.
Speed is in body sizes (the diagonal of the box around all keypoints), so that people near and far are treated alike.
And speeds up to ``still_speed`` count as none: the jitter of keypoints has a speed too, and in the paper's form it
opens the filter as far as a waving hand must (docs/tracking.md has the figures). In space so do speeds that come from
noise as large as the positions' standard deviations; what it costs is to be behind by about as much.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..options import Options, option
from ..poses import NO_TRACK, Poses
from ..topology import Topology
from .oks import body_sizes

_SMALLEST_PIXELS, _SMALLEST_METRES = 1.0, 0.05  # body sizes that are less would blow up every speed
_NOISE = 2.5  # standard deviations of the speed that noise has, which a still keypoint hardly ever exceeds


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
    """One-Euro filter for the keypoints of tracked people, in the image and, where they are known, in space.

    People without an identity stay as they are. A missing keypoint stays missing: none is invented.

    Args:
        topology: the Topology of the poses to come.
        **options: of :class:`SmootherOptions`.

    Attributes:
        options: the SmootherOptions; may be replaced at any time.
    """

    def __init__(self, topology: Topology, **options: Any) -> None:
        self.topology = topology
        self.options = SmootherOptions.of(**options)
        self.reset()

    def reset(self) -> None:
        """Forget everybody."""
        keypoints = len(self.topology.keypoints)
        self._stamp = -math.inf
        self._image = _Filter(keypoints, 2, _SMALLEST_PIXELS)
        self._space = _Filter(keypoints, 3, _SMALLEST_METRES)

    def update(self, poses: Poses, stamp: float) -> Poses:
        """Smooth the people of the next image.

        If time doesn't advance (the same image again, a recording starts again), everything starts anew.

        Args:
            poses: Poses of this smoother's topology with track_ids, in image pixels.
            stamp: when the image was taken, in seconds.

        Returns:
            The same Poses with other x, y and positions.

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
        ids = poses.track_ids[tracked]
        keypoints = poses.keypoints.copy()
        xy = np.where(poses.found[:, :, None], keypoints[:, :, :2], np.nan)[tracked]
        keypoints[tracked, :, :2] = self._smoothed(self._image, ids, xy, keypoints[tracked, :, :2])
        if poses.positions is None:
            return replace(poses, keypoints=keypoints)
        positions, noise = poses.positions.copy(), None
        if poses.position_stddevs is not None:
            noise = np.nan_to_num(poses.position_stddevs[tracked].astype(np.float64), nan=0.0, posinf=0.0)
        positions[tracked] = self._smoothed(self._space, ids, positions[tracked], positions[tracked], noise)
        return replace(poses, keypoints=keypoints, positions=positions)

    def _smoothed(
        self,
        by: "_Filter",
        ids: np.ndarray,
        places: np.ndarray,
        otherwise: np.ndarray,
        noise: np.ndarray | None = None,
    ) -> np.ndarray:
        places = places.astype(np.float64)
        known = np.isfinite(places).all(axis=2, keepdims=True)
        places = np.where(known, places, np.nan)
        return np.where(known, by.update(ids, places, self._stamp, self.options, noise), otherwise)


class _Filter:
    """The filter itself, for places of D coordinates.

    Args:
        keypoints: number of a person's keypoints.
        dimensions: D.
        smallest: what a body size counts at least, in the unit of the places.
    """

    def __init__(self, keypoints: int, dimensions: int, smallest: float) -> None:
        self._smallest = smallest
        self._ids = np.empty(0, int)
        self._places = np.empty((0, keypoints, dimensions))  # filtered
        self._velocity = np.empty((0, keypoints, dimensions))  # filtered, body sizes a second
        self._seen = np.empty((0, keypoints))  # stamps

    def update(
        self,
        ids: np.ndarray,
        places: np.ndarray,
        stamp: float,
        options: SmootherOptions,
        noise: np.ndarray | None = None,
    ) -> np.ndarray:
        """float [P, K, D]: ``places`` [P, K, D] of ``ids`` [P] filtered; remembers them for the next image.

        ``noise`` [P, K] is the standard deviation of each place; None where nothing is known of it.
        """
        before, velocity, seen = self._recall(ids)
        seconds = (stamp - seen)[:, :, None]
        goes_on = seconds <= options.max_gap
        before = np.where(goes_on, before, places)
        velocity = np.where(goes_on, velocity, 0.0)
        sizes = body_sizes(np.where(np.isnan(places), before, places))
        sizes = np.maximum(sizes, self._smallest)[:, None, None]

        change = (places - before) / (sizes * seconds)
        share = _share(options.derivative_cutoff, seconds)
        velocity_now = velocity + share * (change - velocity)
        speed = np.linalg.norm(velocity_now, axis=2, keepdims=True)
        still = np.array(options.still_speed)
        if noise is not None:  # white noise of the places, through the low-pass of the speed
            still = np.maximum(still, _NOISE * noise[:, :, None] / (sizes * seconds) * np.sqrt(share / (2 - share)))
        cutoff = options.min_cutoff + options.beta * np.maximum(speed - still, 0.0)
        filtered = before + _share(cutoff, seconds) * (places - before)

        missing = np.isnan(places)
        self._remember(
            ids,
            np.where(missing, before, filtered),
            np.where(missing, velocity, velocity_now),
            np.where(missing[:, :, 0], seen, stamp),
            stamp - options.max_gap,
        )
        return filtered

    def _recall(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The state of ``ids`` [P]: places, velocities and stamps; never seen if unknown."""
        places = np.full((len(ids), *self._places.shape[1:]), np.nan)
        velocity, seen = np.zeros_like(places), np.full(places.shape[:2], -np.inf)
        rows, known = np.nonzero(ids[:, None] == self._ids)
        places[rows], velocity[rows], seen[rows] = self._places[known], self._velocity[known], self._seen[known]
        return places, velocity, seen

    def _remember(
        self, ids: np.ndarray, places: np.ndarray, velocity: np.ndarray, seen: np.ndarray, oldest: float
    ) -> None:
        others = ~np.isin(self._ids, ids) & (self._seen.max(axis=1) >= oldest)
        self._ids = np.concatenate([self._ids[others], ids])
        self._places = np.concatenate([self._places[others], places])
        self._velocity = np.concatenate([self._velocity[others], velocity])
        self._seen = np.concatenate([self._seen[others], seen])


def _share(cutoff: Any, seconds: np.ndarray) -> np.ndarray:
    """What part of a change a first-order low-pass of ``cutoff`` Hz lets through in ``seconds``."""
    return 1 / (1 + 1 / (2 * np.pi * cutoff * seconds))
