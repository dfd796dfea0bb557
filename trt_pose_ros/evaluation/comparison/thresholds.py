"""Limits that a difference between two reports must keep, as ``trt-pose compare --fail-if`` takes them.

    limit  = figure ("<" | ">") number ["%"]
    figure = a name such as ap, switches, p95 or network.p95
    number = [+ or -] digits [. digits]

The number is held against the difference "other report minus first one"; with % against its share of the first one's
figure. ``ap<-0.01`` fails where AP falls by more than 0.01, ``p95>+10%`` where the 95th percentile grows by more than a
tenth, ``switches>0`` where there is a single identity switch more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FIGURE, _SIGN, _NUMBER = re.compile(r"[A-Za-z][\w@.]*"), re.compile("[<>]"), re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_HELP = "write a figure, < or > and a number, such as ap<-0.01 or p95>+10%"


@dataclass(frozen=True)
class Threshold:
    """A limit of a difference.

    Attributes:
        text: as it was given.
        figure: lower-case name.
        above: whether it fails above the limit, or else below.
        limit: the number; a share where ``relative``.
        relative: whether it is one of the first report's figure.
    """

    text: str
    figure: str
    above: bool
    limit: float
    relative: bool

    def fails(self, difference: float) -> bool:
        """Whether a difference, or share where ``relative``, is beyond the limit."""
        return difference > self.limit if self.above else difference < self.limit


def parse_threshold(text: str) -> Threshold:
    """Read a limit; ValueError names the position of what is wrong, and what should stand there."""
    position = 0

    def take(pattern: re.Pattern[str], what: str) -> str:
        nonlocal position
        position += len(text[position:]) - len(text[position:].lstrip())
        match = pattern.match(text, position)
        if not match:
            found = repr(text[position]) if position < len(text) else "the end"
            raise ValueError(f"{text!r}, character {position + 1}: {found} where {what} is expected; {_HELP}")
        position = match.end()
        return match[0]

    figure, sign = take(_FIGURE, "the name of a figure"), take(_SIGN, "< or >")
    number, percent = float(take(_NUMBER, "a number")), text[position:].strip()
    if percent not in ("", "%"):
        start = text.index(percent[0], position)
        raise ValueError(f"{text!r}, character {start + 1}: {percent[0]!r} where % or the end is expected; {_HELP}")
    relative = percent == "%"
    return Threshold(text, figure.lower(), sign == ">", number / 100 if relative else number, relative)
