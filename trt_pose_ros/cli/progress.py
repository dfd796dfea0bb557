"""Progress on stderr: a bar in a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from tqdm import tqdm

_INTERVAL = 5.0  # seconds between lines

_Item = TypeVar("_Item")


def progress(items: Iterable[_Item], total: int | None, unit: str) -> Iterator[_Item]:
    """Pass ``items`` on and tell how far it is.

    Args:
        total: how many there will be; None where nobody knows.
        unit: what they are, in the plural.
    """
    if sys.stderr.isatty():
        yield from tqdm(items, total=total, unit=f" {unit}")
        return
    begin = told = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if done and now - told >= _INTERVAL:
            told = now
            rate = done / (now - begin)
            of = f" of {total}" if total else ""
            left = f", {timedelta(seconds=round((total - done) / rate))} left" if total and total > done else ""
            print(f"{done}{of} {unit}, {rate:.1f} a second{left}", file=sys.stderr, flush=True)
        yield item


@contextmanager
def byte_progress() -> Iterator[Callable[[int, int], None]]:
    """Give what is to be called with the number of bytes that are done, and of all (0: nobody knows)."""
    with tqdm(unit="B", unit_scale=True, disable=not sys.stderr.isatty()) as bar:
        told = time.monotonic()

        def tell(done: int, total: int) -> None:
            nonlocal told
            bar.total = total or None
            bar.update(done - bar.n)
            if bar.disable and time.monotonic() - told >= _INTERVAL:
                told = time.monotonic()
                print(f"{done / 1e6:.1f}{f' of {total / 1e6:.1f}' if total else ''} MB", file=sys.stderr, flush=True)

        yield tell
