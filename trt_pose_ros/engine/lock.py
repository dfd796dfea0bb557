"""A lock between processes on a file; the kernel frees it when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL, _TELL = 0.05, 1.0  # seconds


@contextmanager
def hold(path: Path, on_wait: Callable[[float], None] = lambda _: None) -> Iterator[None]:
    """Hold the lock while the block runs.

    Args:
        path: the lock's file, which stays: removing it would let two hold "the" lock.
        on_wait: called about once a second while another holds it, with the seconds so far.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        began = told = time.monotonic()
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                now = time.monotonic()
                if now - told >= _TELL:
                    told = now
                    on_wait(now - began)
                time.sleep(_POLL)
        yield
    finally:
        os.close(descriptor)
