"""Numbers as they are read: with their unit, and no more digits than they are worth."""

from __future__ import annotations

import math

MISSING = "\N{EN DASH}"  # what was not measured
SPACE = "\N{NO-BREAK SPACE}"  # between a number and its unit


def share(value: float | None) -> str:
    """A figure of 0..1 as the field writes it: ``0.512``."""
    return _fixed(value, 3)


def percent(value: float | None) -> str:
    """A share of 0..1 as percent: ``51.2 %``."""
    return MISSING if _missing(value) else f"{100 * value:.1f}{SPACE}%"  # type: ignore[operator]


def milliseconds(value: float | None) -> str:
    """Milliseconds with three digits: ``8.25 ms``, ``33.1 ms``, ``120 ms``."""
    return three_digits(value, "ms")


def three_digits(value: float | None, unit: str = "") -> str:
    """A number with three digits, before the point all that there are, and its unit."""
    if _missing(value):
        return MISSING
    assert value is not None
    size = abs(value)
    decimals = 2 if size < 9.995 else 1 if size < 99.95 else 0
    return f"{value:,.{decimals}f}{SPACE + unit if unit else ''}"


def count(value: float | None) -> str:
    """A whole number, its thousands apart."""
    return MISSING if _missing(value) else f"{value:,.0f}"


def plural(number: int, one: str, many: str = "") -> str:
    """``1 person``, ``2 people``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _fixed(value: float | None, decimals: int) -> str:
    return MISSING if _missing(value) else f"{value:.{decimals}f}"


def _missing(value: float | None) -> bool:
    return value is None or not math.isfinite(value)
