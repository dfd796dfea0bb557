"""What a node does with images that come at a rate: delays, drops, and the highest rate that it holds.

Latency is the time from an image's publication to the arrival of its skeletons at a subscriber. Jitter is how much the
latency changes from one image that was answered to the next (as RFC 3550 has it, without its smoothing).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MAX_DROPPED = 0.01  # share of the images, of a rate that is held
_KEPT = 0.97  # of the rate asked for, that the player must have kept
_PRECISION = 1.05  # ratio of the lowest rate not held and the highest held, at which a search ends
_LIMIT = 1000.0  # Hz, no camera of ours is faster
_FLOOR = 0.25  # Hz


@dataclass(frozen=True)
class LiveRun:
    """Images that were published at a rate, and what came of them.

    Attributes:
        rate: asked for, Hz for each camera; None for the times of a recording.
        published: int64 [n], when each image was published, nanoseconds, ascending for each camera.
        latencies: float [n] in milliseconds, NaN where no skeletons came.
        cameras: int [n], number of the camera.
        cpu_seconds: of the node, during the run.
        fates: what the node itself says has become of how many images, by the words of its diagnostics.
    """

    rate: float | None
    published: np.ndarray
    latencies: np.ndarray
    cameras: np.ndarray
    cpu_seconds: float = math.nan
    fates: Mapping[str, int] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """From the first publication to the last, and one period more."""
        if len(self.published) < 2:
            return math.nan
        span = 1e-9 * float(self.published.max() - self.published.min())
        count = len(self.published) / len(np.unique(self.cameras))
        return span * count / (count - 1) if count > 1 else math.nan

    @property
    def published_rate(self) -> float:
        """Images a second of each camera, as they were published."""
        return len(self.published) / len(np.unique(self.cameras)) / self.seconds if len(self.published) else math.nan

    @property
    def skeletons_rate(self) -> float:
        """Images a second of each camera that were answered."""
        return self.published_rate * (1 - self.dropped / len(self.published)) if len(self.published) else math.nan

    @property
    def dropped(self) -> int:
        """Images without skeletons."""
        return int(np.isnan(self.latencies).sum())

    def jitter(self) -> np.ndarray:
        """Change of the latency from each answered image to the next of the same camera, milliseconds, not negative."""
        changes = []
        for camera in np.unique(self.cameras):
            answered = self.latencies[self.cameras == camera]
            changes.append(np.abs(np.diff(answered[~np.isnan(answered)])))
        return np.concatenate(changes) if changes else np.empty(0)

    def why_not_held(self) -> str:
        """Why the rate is not held; empty where it is.

        It is held if the player kept it, less than a hundredth of the images was dropped, and the latency did not grow:
        its median over the last quarter of the run is at most a period above that over the first.
        """
        if not len(self.published):
            return "no image was published"
        if self.rate and not self.published_rate >= _KEPT * self.rate:
            return f"the player published {self.published_rate:.1f} Hz only: this machine can tell no more"
        if self.dropped > MAX_DROPPED * len(self.published):
            return f"{self.dropped} of {len(self.published)} images dropped"
        if self.rate:
            quarter = max(1, len(self.latencies) // 4)
            growth = np.nanmedian(self.latencies[-quarter:]) - np.nanmedian(self.latencies[:quarter])
            if growth > 1e3 / self.rate:
                return f"the latency grew by {growth:.0f} ms"
        return ""

    def as_dict(self) -> dict[str, Any]:
        """What ``summary.json`` says of the run; null where nothing was measured."""
        answered = self.latencies[~np.isnan(self.latencies)]
        why = self.why_not_held()
        return {
            "rate": self.rate,
            "published_rate": _number(self.published_rate),
            "skeletons_rate": _number(self.skeletons_rate),
            "seconds": _number(self.seconds),
            "published": len(self.published),
            "missed": self.dropped,
            "fates": {fate: count for fate, count in self.fates.items() if count},
            "first_latency_ms": _number(answered[0]) if len(answered) else None,
            "last_latency_ms": _number(answered[-1]) if len(answered) else None,
            "latency_ms": statistics(answered),
            "jitter_ms": statistics(self.jitter()),
            "cpu_percent": _number(100 * self.cpu_seconds / self.seconds),
            "held": not why,
            "why_not_held": why or None,
        }


def statistics(values: np.ndarray) -> dict[str, float] | None:
    """Mean, standard deviation, percentiles and greatest of some values; None of none."""
    if not len(values):
        return None
    p50, p90, p95, p99 = np.percentile(values, (50, 90, 95, 99))
    found = {"mean": values.mean(), "sigma": values.std(), "p50": p50, "p90": p90, "p95": p95, "p99": p99}
    return {name: round(float(value), 3) for name, value in {**found, "max": values.max()}.items()}


def highest_held(measure: Callable[[float], LiveRun], start: float) -> tuple[float | None, list[LiveRun]]:
    """Search the highest rate that is held.

    From ``start`` the rate is doubled (halved, if that one is not held) until it lies between one that is held and one
    that is not; these are brought together by bisection to a twentieth.

    Args:
        measure: function that plays at a rate in Hz.
        start: rate to begin with.

    Returns:
        the rate, None where none is held, and all runs in their order.
    """
    runs: list[LiveRun] = []

    def held(rate: float) -> bool:
        runs.append(measure(rate))
        return not runs[-1].why_not_held()

    low, high = 0.0, math.inf
    rate = min(start, _LIMIT) if start >= _FLOOR else _FLOOR  # NaN is not
    while _FLOOR <= rate <= _LIMIT and high > _PRECISION * low:
        if held(rate):
            low = rate
        else:
            high = rate
        rate = 2 * low if high == math.inf else high / 2 if not low else math.sqrt(low * high)
    return low or None, runs


def run_of(
    rate: float | None,
    published: Sequence[tuple[int, int]],
    received: Mapping[tuple[int, int], int],
    cpu: float,
    fates: Mapping[str, int] | None = None,
) -> LiveRun:
    """The run of what was published and received.

    Args:
        rate: see LiveRun.
        published: (camera, stamp in nanoseconds) of each image, in the order of publication.
        received: {(camera, stamp): nanoseconds at which its skeletons came}.
        cpu: seconds that the node computed.
        fates: see LiveRun.
    """
    latencies = [1e-6 * (received[key] - key[1]) if key in received else math.nan for key in published]
    cameras, stamps = np.array(published, np.int64).reshape(-1, 2).T
    return LiveRun(rate, stamps, np.array(latencies, float), cameras, cpu, fates or {})


def _number(value: float) -> float | None:
    return round(float(value), 3) if math.isfinite(value) else None
