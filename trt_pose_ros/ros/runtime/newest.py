"""Newest: a thread that works on the newest of what comes; whatever it has no time for is skipped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Between two threads there is room for one item.

    Args:
        work: is called with each item in a thread of its own; must not raise.

    Attributes:
        skipped: number of items that a newer one replaced.
    """

    def __init__(self, work: Callable[[T], None]) -> None:
        self._work, self._ended, self.skipped = work, False, 0
        self._item: list[T] = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Hand over an item; it replaces one that waits."""
        with self._changed:
            self.skipped += len(self._item)
            self._item = [item]
            self._changed.notify()

    def stop(self) -> None:
        """Finish the item at hand and end."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._item or self._ended)
                if self._ended:
                    return
                item = self._item.pop()
            self._work(item)
