"""Checkpoint files: all that a training run needs to go on, and all that the export needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch


def save(state: dict[str, Any], path: str | Path) -> None:
    """Write a state; a kill, or a power cut, while writing leaves the previous file as it was."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def load(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint into host memory; nothing in the file is executed.

    Raises:
        FileNotFoundError: no such file.
        ValueError: it is no checkpoint.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise FileNotFoundError(f"no checkpoint {path}") from None
    except Exception as error:  # what a broken file raises depends on where it is broken
        raise ValueError(f"{path} is not a checkpoint: {error}") from None
    if not isinstance(state, dict):
        raise ValueError(f"{path} is not a checkpoint: it holds a {type(state).__name__}")
    return state
