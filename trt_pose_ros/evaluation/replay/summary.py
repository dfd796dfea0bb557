"""What a replay was, in numbers."""

from __future__ import annotations

import platform
import resource
import time
from typing import Any

import cv2
import numpy as np

from ... import __version__
from ...doctor.hardware import processor_name
from .merge import Counts


class Clock:
    """Time since its construction."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()

    @property
    def seconds(self) -> float:
        """How much it is."""
        return time.perf_counter() - self._begun


def summary(counts: Counts, clock: Clock, images: int, resumed: float) -> dict[str, Any]:
    """The content of ``summary.json``.

    Args:
        counts: the account.
        clock: since the begin of this run.
        images: that the bags tell of.
        resumed: share of the work that an earlier run had done already.
    """
    unreadable = counts.unreadable.total()
    here = (counts.read + unreadable) * (1 - resumed)
    return {
        "format": "trt_pose_ros.summary",
        "version": 1,
        "images": counts.read,
        "unreadable": dict(sorted(counts.unreadable.items())),
        "unreadable_images": counts.named,
        "lost": max(0, images - counts.read - unreadable),
        "people": counts.people,
        "identities": counts.identities,
        "events": dict(sorted(counts.events.items())),
        "unstamped": counts.unstamped,
        "jumps_back": {name: {"times": n, "largest_s": round(s, 6)} for name, (n, s) in counts.jumps.items()},
        "problems": counts.problems,
        "seconds": round(clock.seconds, 3),
        "resumed": round(resumed, 4),
        "fps": round(here / clock.seconds, 3),
        "cpu_seconds": round(counts.cpu_seconds, 3),
        "peak_rss_mib": round(max(_rss(), counts.worker_rss_mib), 1),
        "processor": processor_name(),
        "backend": counts.backend,
        "device": ", ".join(sorted(counts.devices)),
        "versions": {
            "trt_pose_ros": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "opencv": cv2.__version__,
        },
    }


def _rss() -> float:
    """Most MiB of memory that this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
