"""The figures of a report, from what its images contribute, with images counted any number of times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..metrics.coco import SIZES, THRESHOLDS
from ..metrics.identities import Score
from ..metrics.joints import BOX_SHARES, HEAD_SHARE
from ..metrics.latency import END_TO_END, PERCENTILES, TOTAL, stage_times
from ..metrics.space import KINDS
from ..scoring import people_ratios, people_sums, space_ratios
from .precision import Precision

Figures = dict[str, float]

# figure -> whether more of it is better; those of a stage, such as network.p95, go by their last part
BETTER = {
    **dict.fromkeys(("ap", "ap50", "ap75", "ap_medium", "ap_large", "ar", "precision", "recall", "oks_mean"), True),
    **dict.fromkeys([*(f"pck@{share}" for share in BOX_SHARES), f"pckh@{HEAD_SHARE}"], True),
    **dict.fromkeys(("mota", "idf1", "hota", "deta", "assa", "fps"), True),
    **dict.fromkeys(("joint_error", "switches", "fragmentations", *KINDS), False),
    **dict.fromkeys([*(f"p{p}" for p in PERCENTILES), "mean", "drops", "cpu", "memory"], False),
}


class FrameFigures:
    """The figures of some frames of a report.

    Args:
        frames: of the report.
        labelled: int, positions of those whose accuracy counts.
        timed: int, positions of those whose times count.
        headline: the stage that ``p95`` and so on mean.
        drops: whether it is known which images were dropped.
    """

    def __init__(
        self,
        frames: Sequence[Mapping[str, Any]],
        labelled: np.ndarray,
        timed: np.ndarray,
        headline: str,
        drops: bool,
    ) -> None:
        self._parts: list[Callable[[np.ndarray], Figures]] = [_drops(frames)] if drops else []
        for positions, parts in ((labelled, (_precision, _people, _identities, _space)), (timed, (_times(headline),))):
            chosen = [frames[i] for i in positions.tolist()]
            if chosen:
                self._parts += [_of(positions, part(chosen)) for part in parts]

    def __call__(self, times: np.ndarray) -> Figures:
        """The figures with each frame counted so many times, int [F]; NaN where they are not defined."""
        return {name: value for part in self._parts for name, value in part(times).items()}


def _of(positions: np.ndarray, part: Callable[[np.ndarray], Figures]) -> Callable[[np.ndarray], Figures]:
    return lambda times: part(times[positions])


def _drops(frames: Sequence[Mapping[str, Any]]) -> Callable[[np.ndarray], Figures]:
    dropped = np.array([bool(frame.get("dropped")) for frame in frames])
    return lambda times: {"drops": float(times @ dropped)}


def _precision(frames: Sequence[Mapping[str, Any]]) -> Callable[[np.ndarray], Figures]:
    parts = {size: Precision([frame["detections"] for frame in frames], size) for size in SIZES}
    ap75 = int(np.flatnonzero(np.isclose(THRESHOLDS, 0.75))[0])

    def figures(times: np.ndarray) -> Figures:
        (everybody, recall), *others = (part(times) for part in parts.values())
        return {
            "ap": float(everybody.ravel().mean()),
            "ap50": float(everybody[0].mean()),
            "ap75": float(everybody[ap75].mean()),
            **{f"ap_{size}": float(table.ravel().mean()) for size, (table, _) in zip(SIZES[1:], others, strict=True)},
            "ar": float(recall.mean()),
        }

    return figures


def _people(frames: Sequence[Mapping[str, Any]]) -> Callable[[np.ndarray], Figures]:
    sums = _Sums([people_sums(frame) for frame in frames])
    return lambda times: {name.lower(): value for name, value in people_ratios(sums(times)).items()}


def _identities(frames: Sequence[Mapping[str, Any]]) -> Callable[[np.ndarray], Figures]:
    if not all(frame["identities"] for frame in frames):
        return lambda times: {}
    sums = np.array([frame["identities"] for frame in frames], float)
    names = {"mota": "mota", "idf1": "idf1", "hota": "hota", "deta": "deta", "assa": "assa"}
    names |= {"switches": "switches", "fragmentations": "fragments"}

    def figures(times: np.ndarray) -> Figures:
        score = Score.of(times @ sums)
        return {name: float(getattr(score, of)) for name, of in names.items()}

    return figures


def _space(frames: Sequence[Mapping[str, Any]]) -> Callable[[np.ndarray], Figures]:
    if not any(frame["space"] for frame in frames):
        return lambda times: {}
    sums = _Sums([frame["space"] or {} for frame in frames])
    return lambda times: space_ratios(sums(times))


class _Sums:
    """Sums over frames of what each contributes by name, with frames counted any number of times."""

    def __init__(self, parts: Sequence[Mapping[str, float]]) -> None:
        self._names = list(dict.fromkeys(name for part in parts for name in part))
        self._parts = np.array([[part.get(name, 0) for name in self._names] for part in parts], float)

    def __call__(self, times: np.ndarray) -> dict[str, float]:
        return dict(zip(self._names, (times @ self._parts).tolist(), strict=True))


def _times(headline: str) -> Callable[[Sequence[Mapping[str, Any]]], Callable[[np.ndarray], Figures]]:
    def part(frames: Sequence[Mapping[str, Any]]) -> Callable[[np.ndarray], Figures]:
        table = stage_times([milliseconds(frame) for frame in frames])
        stages = {stage: _Durations(ms) for stage, ms in table.items()}

        def figures(times: np.ndarray) -> Figures:
            found = {f"{stage}.{n}": v for stage, ms in stages.items() for n, v in ms(times).items()}
            return {name: found[f"{headline}.{name}"] for name in _NAMES} | found if stages else {}

        return figures

    return part


def milliseconds(frame: Mapping[str, Any]) -> dict[str, float] | None:
    """{stage: milliseconds} of a frame of a report, the latency from end to end among them; None without any."""
    latency = frame.get(END_TO_END)
    return {**(frame.get("ms") or {}), **({} if latency is None else {END_TO_END: latency})} or None


_NAMES = [*(f"p{p}" for p in PERCENTILES), "mean"]


class _Durations:
    """Percentiles of durations, each counted so many times, as of the list with each repeated as often."""

    def __init__(self, ms: np.ndarray) -> None:
        there = np.flatnonzero(np.isfinite(ms))
        self._order = there[np.argsort(ms[there], kind="stable")]
        self._ms = ms[self._order]

    def __call__(self, times: np.ndarray) -> Figures:
        each = times[self._order]
        until = np.cumsum(each)
        if not len(until) or not until[-1]:
            return dict.fromkeys(_NAMES, np.nan)
        places = (until[-1] - 1) * np.array(PERCENTILES) / 100
        low = np.floor(places)
        below, above = (self._ms[np.searchsorted(until, rank, side="right")] for rank in (low, np.ceil(places)))
        values = below + (above - below) * (places - low)
        return dict(zip(_NAMES, [*values.tolist(), float(each @ self._ms / until[-1])], strict=True))


def headline(reports: Sequence[Mapping[str, Any]]) -> str:
    """The stage that ``p95`` means: end to end where all reports have it, else the sum of the stages."""
    return END_TO_END if all(END_TO_END in (report.get("latency") or ()) for report in reports) else TOTAL
