"""Smoother: takes the jitter out of keypoints over time and lets fast hands pass (One-Euro filter).

A low-pass filter of each keypoint whose cutoff frequency grows with the keypoint's speed: a still one is smoothed
strongly, a fast one hardly lags (Casiez, Roussel and Vogel, "1€ Filter", CHI 2012). Speed is in body sizes (the
diagonal of the box around all keypoints), so that people near and far are treated alike.
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
        1.0, "cutoff frequency of a still keypoint in Hz; lower takes out more jitter, and drags more", low=0.01, high=100.0
    )
    beta: float = option(
        4.0,
        "growth of the cutoff frequency in Hz per body size a second; higher lags less when moving, and jitters more",
        low=0.0,
        high=100.0,
    )
    derivative_cutoff: float = option(
        2.0, "cutoff frequency of the speed in Hz; higher notices the start of a movement earlier", low=0.01, high=100.0
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
        keypoints = poses.keypoints.copy()
        keypoints[tracked, :, :2] = self._filter(poses.track_ids[tracked], keypoints[tracked, :, :2].astype(float))
        return replace(poses, keypoints=keypoints)

    def _filter(self, ids, xy):
        options = self.options
        before, velocity, seen = self._recall(ids)
        seconds = (self._stamp - seen)[:, :, None]
        restarts = ~(seconds <= options.max_gap)
        missing = np.isnan(xy)
        ...
