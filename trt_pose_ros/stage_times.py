"""StageTimes: how long each stage of the work takes; over the last few seconds in a node, over a run in a profile."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping

import numpy as np


class StageTimes:
    """Keeps the newest durations of each stage; several threads may add and read."""

    def __init__(self, window: int = 300) -> None:
        self._window = window
        self._lock = threading.Lock()
        self._samples: dict[str, deque[float]] = {}

    def add(self, durations: Mapping[str, float]) -> None:
        """Add one duration each, {stage: seconds}."""
        with self._lock:
            for stage, seconds in durations.items():
                self._samples.setdefault(stage, deque(maxlen=self._window)).append(seconds)

    def percentiles(self) -> dict[str, tuple[float, float]]:
        """{stage: (median, 95th percentile)} in seconds, stages in the order in which they first came."""
        with self._lock:
            samples = {stage: list(values) for stage, values in self._samples.items()}
        percentiles = {stage: np.percentile(values, (50, 95)) for stage, values in samples.items()}
        return {stage: (float(median), float(high)) for stage, (median, high) in percentiles.items()}
