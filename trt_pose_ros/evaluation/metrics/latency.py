"""Percentiles of durations, of each stage of the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

PERCENTILES = (50, 90, 95, 99)
TOTAL = "total"  # of an image's stages
END_TO_END = "latency"  # from the camera's stamp to the skeletons received; of a live replay only


def stage_times(frames: Sequence[dict[str, float] | None]) -> dict[str, np.ndarray]:
    """{stage: float [F]} of the stages of frames in milliseconds, NaN where a frame has none.

    Stages come in the order in which they first appear; after them ``total``, their sum, and ``latency`` where there is
    one, which is not part of that sum.
    """
    stages = list(dict.fromkeys(stage for times in frames for stage in times or () if stage != END_TO_END))
    table = {s: np.array([(times or {}).get(s, np.nan) for times in frames], float) for s in [*stages, END_TO_END]}
    latency = table.pop(END_TO_END)
    if stages:
        everything = np.array(list(table.values()))
        table[TOTAL] = np.where(np.isfinite(everything).any(axis=0), np.nansum(everything, axis=0), np.nan)
    return table | ({END_TO_END: latency} if np.isfinite(latency).any() else {})


def percentiles(times: np.ndarray) -> dict[str, Any]:
    """Percentiles, mean, largest and number of the values that are not NaN, of which there is one at least."""
    times = times[np.isfinite(times)]
    low = dict(zip((f"p{p}" for p in PERCENTILES), np.percentile(times, PERCENTILES).tolist(), strict=True))
    return low | {"mean": float(times.mean()), "max": float(times.max()), "count": len(times)}
