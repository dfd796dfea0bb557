"""Numbers as they are read: with their unit, and no more digits than they are worth; a dash where there is none."""

from __future__ import annotations

import math

MISSING = "\N{EN DASH}"  # what was not measured
_MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"  # between a number and its unit


def share(value: float | None, sign: str = "-") -> str:
    """A figure of 0..1 as the field writes it: ``0.512``; with ``+`` for a sign as a difference: ``+0.012``."""
    return _number(value, 3, "", sign)


def percent(value: float | None, sign: str = "-") -> str:
    """A share of 0..1 as percent: ``51.2 %``."""
    return _number(None if value is None else 100 * value, 1, "%", sign)


def milliseconds(value: float | None) -> str:
    """Milliseconds with three digits: ``8.25 ms``, ``33.1 ms``, ``120 ms``."""
    return three_digits(value, "ms")


def millimetres(value: float | None) -> str:
    """Millimetres with three digits."""
    return three_digits(value, "mm")


def three_digits(value: float | None, unit: str = "", sign: str = "-") -> str:
    """A number with three digits, before the point all that there are, and its unit."""
    size = abs(value or 0.0)
    return _number(value, 2 if size < 9.995 else 1 if size < 99.95 else 0, unit, sign)


def count(value: float | None, sign: str = "-") -> str:
    """A whole number, its thousands apart."""
    return _number(value, 0, "", sign)


def plural(number: int, one: str, many: str = "") -> str:
    """``1 person``, ``2 people``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _number(value: float | None, decimals: int, unit: str, sign: str) -> str:
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{value:{sign},.{decimals}f}".replace("-", _MINUS) + (SPACE + unit if unit else "")
