"""Figures by name, and numbers as they are read: no more digits than they are worth; a dash where there is none."""

from __future__ import annotations

import math
from typing import NamedTuple

MISSING = "\N{EN DASH}"  # what was not measured
SPACE = "\N{NO-BREAK SPACE}"  # between a number and its unit
_MINUS = "\N{MINUS SIGN}"


class Figure(NamedTuple):
    """What a number of a report is called and how it is written.

    Attributes:
        name: what a reader knows it as.
        unit: of the number; empty for shares and counts.
        decimals: digits after the point; None for three digits in all.
    """

    name: str
    unit: str = ""
    decimals: int | None = 3

    @property
    def heading(self) -> str:
        """Name and unit, for a column or row of bare numbers."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    def number(self, value: float | None, sign: str = "-") -> str:
        """The number alone; with ``+`` for ``sign`` also positive ones have theirs."""
        return _number(value, self.decimals, sign)

    def text(self, value: float | None) -> str:
        """The number with its unit."""
        return _with_unit(_number(value, self.decimals), self.unit)


# keys of a report's parts -> what they are
ACCURACY = {
    "ap": Figure("AP, mean over OKS 0.50 to 0.95"),
    "ap50": Figure("AP at OKS 0.50"),
    "ap75": Figure("AP at OKS 0.75"),
    "ap_medium": Figure("AP, medium people (32² to 96² px)"),
    "ap_large": Figure("AP, large people (over 96² px)"),
    "ap_official": Figure("AP, officially labelled images only"),
    "ar": Figure("AR, mean over OKS 0.50 to 0.95"),
    "ar50": Figure("AR at OKS 0.50"),
    "ar75": Figure("AR at OKS 0.75"),
    "ar_medium": Figure("AR, medium people"),
    "ar_large": Figure("AR, large people"),
    "precision": Figure("Precision of people, OKS 0.50"),
    "recall": Figure("Recall of people, OKS 0.50"),
    "oks_mean": Figure("Mean OKS of the people found"),
}
JOINTS = {"joint_error": Figure("Mean distance of joints from their truth", "px", None)}
IDENTITIES = {
    "idf1": Figure("IDF1"),
    "hota": Figure("HOTA"),
    "deta": Figure("DetA, detection's part of HOTA"),
    "assa": Figure("AssA, association's part of HOTA"),
    "mota": Figure("MOTA"),
    "switches": Figure("Identity switches", decimals=0),
    "fragmentations": Figure("Fragmentations", decimals=0),
    "missed": Figure("People missed, summed over images", decimals=0),
    "false": Figure("Reports of nobody, summed over images", decimals=0),
    "people": Figure("People in truth", decimals=0),
    "tracks": Figure("Identities reported", decimals=0),
}
SPACE_ERRORS = {
    "mpjpe": Figure("MPJPE, as they are", "mm", None),
    "root_mpjpe": Figure("MPJPE, hips laid upon the truth's", "mm", None),
    "pa_mpjpe": Figure("PA-MPJPE, the body fitted to the truth", "mm", None),
    "joints": Figure("Joints", decimals=0),
}
THROUGHPUT = {
    "fps": Figure("Rate", "images/s", None),
    "images": Figure("Images", decimals=0),
    "drops": Figure("Images dropped", decimals=0),
    "seconds": Figure("Duration", "s", None),
    "cpu": Figure("Processor in use, mean", "cores", None),
    "memory": Figure("Memory, at most", "MiB", None),
}


def share(value: float | None) -> str:
    """A figure of 0..1 as the field writes it: ``0.512``."""
    return _number(value, 3)


def percent(value: float | None, sign: str = "-") -> str:
    """A share of 0..1 as percent: ``51.2 %``."""
    return _with_unit(_number(None if value is None else 100 * value, 1, sign), "%")


def milliseconds(value: float | None) -> str:
    """Milliseconds with three digits: ``8.25 ms``, ``33.1 ms``, ``120 ms``."""
    return _with_unit(_number(value, None), "ms")


def three_digits(value: float | None) -> str:
    """A number with three digits, before the point all that there are."""
    return _number(value, None)


def count(value: float | None) -> str:
    """A whole number, its thousands apart."""
    return _number(value, 0)


def plural(number: int, one: str, many: str = "") -> str:
    """``1 person``, ``2 people``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _number(value: float | None, decimals: int | None, sign: str = "-") -> str:
    if value is None or not math.isfinite(value):
        return MISSING
    if decimals is None:
        decimals = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
    value = round(value, decimals) or 0.0  # zero has no sign
    return f"{value:{sign if value else '-'},.{decimals}f}".replace("-", _MINUS)


def _with_unit(number: str, unit: str) -> str:
    return number if number == MISSING or not unit else number + SPACE + unit
