"""Errors as the one who typed the command reads them."""

from __future__ import annotations

import os


class NothingDone(ValueError):
    """The input was understood, but nothing in it could be used."""


def sentence(error: BaseException) -> str:
    """What an error says to the one who typed the command."""
    if isinstance(error, OSError) and error.strerror:
        names = [os.fsdecode(name) for name in (error.filename, error.filename2) if isinstance(name, (str, bytes))]
        return f"{' -> '.join(names)}: {error.strerror}" if names else error.strerror
    if isinstance(error, MemoryError):
        return f"not enough memory{f': {error}' if str(error) else ''}"
    return str(error) or type(error).__name__
