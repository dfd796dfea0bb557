"""The output folder of a replay: what is finished, and what an interrupted one has left to go on with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...media.writers import write_atomically
from ..results import EVENTS, FILE, SUMMARY, TIMINGS
from .parts import Part, unpack

BAG = "bag"
_NAMES = (FILE, TIMINGS, EVENTS, SUMMARY, BAG)
_WORK, _PLAN = "unfinished", "plan.json"


class OutputFolder:
    """See the module. Until :meth:`finish` everything lies in a folder ``unfinished`` within it.

    Args:
        path: of the folder, made where it is missing.
        plan: all that the results depend on, ready for JSON; an unfinished replay of another plan is not gone on with.
        overwrite: begin anew, whatever is there.

    Attributes:
        work: the folder of what is unfinished.
        resumed: parts that an earlier run has left.

    Raises:
        FileExistsError: the folder holds a finished replay, or an unfinished one of other input or options.
        OSError: it can't be written.
    """

    def __init__(self, path: Path, plan: dict[str, Any], overwrite: bool = False) -> None:
        self.path, self.work = path, path / _WORK
        text = json.dumps(plan, indent=1)
        if overwrite:
            self._remove()
        elif any((path / name).exists() for name in _NAMES):
            raise FileExistsError(f"{path} holds results already: name another folder, or give --overwrite")
        elif self.work.exists():
            before = self._plan()
            if before is not None and before != json.loads(text):
                changed = [key for key in plan if before.get(key) != json.loads(text)[key]]
                raise FileExistsError(
                    f"{path} holds an unfinished replay with another {', '.join(changed) or 'plan'}: name another "
                    "folder, or give --overwrite"
                )
        self.work.mkdir(parents=True, exist_ok=True)
        write_atomically(self.work / _PLAN, text.encode())
        shutil.rmtree(self.work / BAG, ignore_errors=True)  # written anew: it is cheap, and a bag can't be gone on with
        self.resumed = {int(file.stem) for file in self.work.glob("*.npz")}

    def parts(self, numbers: range, more: Iterator[tuple[int, bytes]]) -> Iterator[Part]:
        """The parts of these numbers in order: those that are there, and the others as ``more`` gives them.

        Raises:
            OSError: a part can't be kept, or one that was is damaged.
        """
        for number in numbers:
            while not self._part(number).exists():
                done, data = next(more)
                write_atomically(self._part(done), data)
            try:
                yield unpack(self._part(number).read_bytes())
            except ValueError as error:
                raise OSError(f"{self._part(number)}: {error}; remove it and try again") from None

    def finish(self, summary: dict[str, Any]) -> None:
        """Give the results their names, the summary last: where it is, everything is."""
        for name in (FILE, TIMINGS, EVENTS, BAG):
            if (self.work / name).exists():
                (self.work / name).replace(self.path / name)
        write_atomically(self.path / SUMMARY, (json.dumps(summary, indent=1, allow_nan=False) + "\n").encode())
        shutil.rmtree(self.work)

    def _part(self, number: int) -> Path:
        return self.work / f"{number:08}.npz"

    def _plan(self) -> Any:
        try:
            return json.loads((self.work / _PLAN).read_text())
        except (OSError, ValueError):
            return None  # killed before it was written: nothing was done yet

    def _remove(self) -> None:
        for name in (_WORK, *_NAMES):
            there = self.path / name
            if there.is_dir():
                shutil.rmtree(there)
            else:
                there.unlink(missing_ok=True)
