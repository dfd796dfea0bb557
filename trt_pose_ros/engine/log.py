"""What TensorRT says, kept instead of printed."""

from __future__ import annotations

import re
from collections import deque
from functools import cache
from typing import Any

from .flavour import Flavour

_KEPT = 50  # lines of each kind


class Log:
    """A logger for TensorRT that keeps errors and warnings."""

    errors: deque[str]
    warnings: deque[str]

    @staticmethod
    def of(flavour: Flavour) -> Any:
        """The process's logger of this flavour, emptied: TensorRT keeps to the first logger that it ever gets."""
        log = _of_module(flavour.module.ILogger)
        log.errors.clear()
        log.warnings.clear()
        return log

    def first_error(self) -> str:
        """The first error in one line; empty without any."""
        return first_line(self.errors[0]) if self.errors else ""


@cache
def _of_module(base: Any) -> Any:
    class Kept(Log, base):
        def __init__(self) -> None:
            base.__init__(self)
            self.errors, self.warnings = deque(maxlen=_KEPT), deque(maxlen=_KEPT)

        def log(self, severity: Any, msg: str) -> None:
            if severity in (base.Severity.INTERNAL_ERROR, base.Severity.ERROR):
                self.errors.append(msg)
            elif severity == base.Severity.WARNING:
                self.warnings.append(msg)

    return Kept()


def first_line(text: str, node: str = "") -> str:
    """The one line that says what is wrong, without places in NVIDIA's sources and without what followed from it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith("Invalid Node") and "cudaError" not in line]
    line = (telling or lines or ["no words"])[0]
    inside = re.search(r"Error Code \d+: [\w ]+ \((.*)\)$", line)
    line = inside.group(1) if inside else line
    line = re.sub(r"\.? In \w+ at \S+:\d+$", "", line)
    line = re.sub(r"^Assertion failed: .*?: (?=\S)", "", line)
    line = re.sub(r'^.*&& "(.*)"$', r"\1", line)  # a condition in C++, and what it means
    line = re.sub(r"(?<=\.) Please .*$", "", line)  # advice for those who call the parser
    if node:
        line = line.removeprefix(f"{node}: ")
    return "no importer for this operator" if line == "false" else line.rstrip(".")
