"""The findings, each by one small probe; a probe that fails is a finding, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from . import hardware, software
from .system import System

OK, NOTE, PROBLEM = "ok", "note", "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for.

    Attributes:
        name: of the thing.
        value: what was found, in words.
        advice: what to do about it; empty where nothing needs to be done.
        level: ``ok``, ``note`` (it works, but could be better) or ``problem`` (something won't work).
    """

    name: str
    value: str
    advice: str = ""
    level: str = OK


Probe = Callable[[System], Iterable[tuple[str, ...]]]
PROBES: tuple[tuple[str, Probe], ...] = (
    ("board", hardware.board),
    ("processor", hardware.processor),
    ("memory", hardware.memory),
    ("power", hardware.power),
    ("GPU", hardware.gpu),
    ("cameras", hardware.cameras),
    ("package", software.package),
    ("model", software.model),
    ("runtimes", software.runtimes),
    ("TensorRT", software.tensorrt),
    ("engines", software.engines),
    ("ROS 2", software.ros),
    ("DDS", software.dds),
)


def examine(system: System | None = None, probes: tuple[tuple[str, Probe], ...] = PROBES) -> list[Finding]:
    """Look at everything; never raises."""
    system = system or System()
    findings = []
    for name, probe in probes:
        try:
            findings += [Finding(name, *found) for found in probe(system)]
        except Exception as error:  # whatever a broken machine does, the rest is still worth knowing
            findings.append(Finding(name, f"not found ({type(error).__name__}: {error})", "", NOTE))
    return findings
