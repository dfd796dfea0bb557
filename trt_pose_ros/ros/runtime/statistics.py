"""Latencies by stage, over the last few seconds."""

import threading
from collections import deque

import numpy as np


class StageTimes:
    """Keeps the newest durations of each stage; several threads may add and read."""

    def __init__(self, window=300):
        self._window = window
        self._lock = threading.Lock()
        self._samples = {}

    def add(self, durations):
        """Add one duration each, {stage: seconds}."""
        with self._lock:
            for stage, seconds in durations.items():
                self._samples.setdefault(stage, deque(maxlen=self._window)).append(seconds)

    def percentiles(self):
        """{stage: (median, 95th percentile)} in seconds, stages in the order in which they first came."""
        with self._lock:
            samples = {stage: list(values) for stage, values in self._samples.items()}
        return {stage: tuple(np.percentile(values, (50, 95)).tolist()) for stage, values in samples.items()}
