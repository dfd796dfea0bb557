"""The C library's memory, for a process that allocates and frees the same large arrays over and over."""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4  # of glibc's malloc.h
_MOST, _AHEAD = 2**31 - 1, 2**28


def keep_freed() -> bool:
    """Let glibc keep what is freed for what is allocated next; False where the C library is another.

    By default large arrays go back to the system when they are freed and come back page by page, each page zeroed: a
    tenth of the time of a training step on the CPU. What a process holds now is what it needed at its peak.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    options = {_M_MMAP_MAX: 0, _M_TRIM_THRESHOLD: _MOST, _M_TOP_PAD: _AHEAD}
    return mallopt is not None and all([mallopt(*option) for option in options.items()])
