"""Known models: well-known networks by name, with where they come from, under which licence, and how they are had."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .download import file_sha256

TABLE = Path(__file__).with_name("known.json")
FOLDER_VARIABLE = "TRT_POSE_MODELS"


@dataclass(frozen=True)
class KnownFile:
    """A file to be fetched.

    Attributes:
        name: that it gets.
        url: its official address.
        member: where the address is that of a .zip: name of the file in it, in whatever folder.
        size: of what lies at the address, in bytes; 0: not known.
        sha256: of what lies at the address, hex digest; empty: its publisher tells none, and so nobody can check it.
    """

    name: str
    url: str
    member: str = ""
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class KnownModel:
    """A row of the table.

    Attributes:
        name: of the model, and of its file without suffix.
        family: see :mod:`trt_pose_ros.families`.
        input: height x width of its input in pixels.
        licence: of the weights.
        about: where its publisher tells of it.
        ap: AP on COCO val2017 as its publisher tells, 0 to 1; None: none is told.
        files: that are fetched; none where the publisher offers none that can be run.
        how: how it is had where it cannot be fetched.
        bundled: whether it comes with this package.
        networks: hex SHA-256 digests of network files that are this model, whatever their names.
    """

    name: str
    family: str
    input: str
    licence: str
    about: str
    ap: float | None = None
    files: tuple[KnownFile, ...] = ()
    how: str = ""
    bundled: bool = False
    networks: tuple[str, ...] = ()


@cache
def known_models() -> dict[str, KnownModel]:
    """The table, by name."""
    rows = [_row(**entry) for entry in json.loads(TABLE.read_text(encoding="utf-8"))]
    return {row.name: row for row in rows}


def find(name: str) -> KnownModel:
    """The model of a name.

    Raises:
        ValueError: there is none.
    """
    models = known_models()
    if name not in models:
        raise ValueError(f"model {name!r} is not known: `trt-pose models` shows those that are")
    return models[name]


def find_by_content(path: Path) -> KnownModel | None:
    """The model that a network file is, whatever its name; None: its content is not known."""
    digest = file_sha256(path)
    return next((model for model in known_models().values() if digest in model.networks), None)


def folder() -> Path:
    """Where fetched models are kept: $TRT_POSE_MODELS, else trt_pose_ros/models in the user's cache."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "trt_pose_ros" / "models"


def _row(files: Any = (), networks: Any = (), **fields: Any) -> KnownModel:
    return KnownModel(files=tuple(KnownFile(**file) for file in files), networks=tuple(networks), **fields)
