"""Progress on stderr: a bar in a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
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
