"""Who is told of a build: it happens deep inside `PosePipeline.open`, and takes so long that people must hear of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .child import Progress

_log = logging.getLogger(__name__)
_LOG_PERIOD = 5.0  # seconds
_watcher: ContextVar[Callable[[Progress], None] | None] = ContextVar("watcher", default=None)


@contextmanager
def watch(on_progress: Callable[[Progress], None]) -> Iterator[None]:
    """Have ``on_progress`` called about builds that this thread asks for within the block, at least once a second."""
    token = _watcher.set(on_progress)
    try:
        yield
    finally:
        _watcher.reset(token)


def teller() -> Callable[[Progress], None]:
    """What a build shall call: whoever watches, else the log every few seconds.

    The log's lines are warnings, so that they are seen where nobody has set up logging: silence looks like a crash.
    """
    watcher, told = _watcher.get(), float("-inf")

    def log(progress: Progress) -> None:
        nonlocal told
        if time.monotonic() - told >= _LOG_PERIOD:
            told = time.monotonic()
            _log.warning("%s", progress)

    return watcher or log
