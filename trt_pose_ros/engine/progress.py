"""How far a build has come: TensorRT tells of nested phases and steps, people want one number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock


@dataclass
class _Phase:
    steps: int
    done: int = 0
    finished: bool = False
    children: list[_Phase] = field(default_factory=list)

    def fraction(self) -> float:
        """Steps that are done, and the part of the running one that its own phases tell of."""
        if self.finished:
            return 1.0
        running = max((child.fraction() for child in self.children), default=0.0)
        return min((self.done + min(running, 0.99)) / max(self.steps, 1), 1.0)


class Phases:
    """Takes the calls of a TensorRT progress monitor and gives one share that only grows.

    TensorRT may call from several of its threads, and the same phase may come again in another step.

    Args:
        report: called with the phase's name and the share, 0 to 1, whenever the share has grown by ``step`` or the
            outermost phases change.
    """

    def __init__(self, report: Callable[[str, float], None], step: float = 0.005) -> None:
        self._report, self._step = report, step
        self._lock = Lock()
        self._running: dict[str, _Phase] = {}
        self._root: _Phase | None = None
        self._told = -1.0

    def start(self, name: str, parent: str | None, steps: int) -> None:
        """A phase of so many steps begins, inside a step of its parent."""
        with self._lock:
            phase = self._running[name] = _Phase(steps)
            if parent in self._running:
                self._running[parent].children.append(phase)
            elif self._root is None or self._root.finished:
                self._root = phase
            self._tell(name)

    def step(self, name: str, number: int) -> None:
        """Step ``number``, from 0, of a phase is done."""
        with self._lock:
            if name in self._running:
                phase = self._running[name]
                phase.done = max(phase.done, number + 1)
                phase.children.clear()  # they belonged to that step
                self._tell(name)

    def finish(self, name: str) -> None:
        """A phase ends, maybe before all of its steps."""
        with self._lock:
            if name in self._running:
                self._running.pop(name).finished = True
                self._tell(name)

    def _tell(self, name: str) -> None:
        share = self._root.fraction() if self._root else 0.0
        if share >= self._told + self._step or (share >= 1.0 > self._told):
            self._told = share
            self._report(name, share)
