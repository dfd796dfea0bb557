"""Types of command-line arguments: what is wrong with a value is said with its name and what it should be."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from typing import TypeVar

from .. import backends
from ..preprocess import parse_size

_Value = TypeVar("_Value")


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that choose and set a model; shared by verbs."""
    parser.add_argument(
        "--model",
        metavar="FILE",
        help="model file, or name of a fetched one (trt-pose models); default: the bundled one, or $TRT_POSE_MODEL",
    )
    parser.add_argument("--backend", default="auto", choices=backends.CHOICES, help="default: auto")
    parser.add_argument("--input-size", type=size, metavar="HxW", help="of the network; default: the model's")


def size(text: str) -> tuple[int, int]:
    """(height, width) in pixels of a text like ``256x448``."""
    return _told(parse_size, text)


def count(text: str) -> int:
    """A whole number, 1 or more."""
    return _told(_count, text)


def share(text: str) -> float:
    """A number from 0 to 1."""
    return _told(_share, text)


def positive(text: str) -> float:
    """A number above 0."""
    return _told(_positive, text)


def topic(text: str) -> str:
    """A topic's full name."""
    return _told(_topic, text)


def camera(text: str) -> str:
    """A camera's name, which is the namespace of its topics."""
    return _told(_camera, text)


def named(text: str) -> tuple[str, str]:
    """(name, value) of a text like ``left=left.yaml``."""
    return _told(_named, text)


def _told(parse: Callable[[str], _Value], text: str) -> _Value:
    """The parsed value; argparse shows the text of no error but this one."""
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:18]) < 1:
        raise ValueError(f"{text!r} is not a whole number from 1")
    return int(text[:18])


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:  # NaN fails too
        raise ValueError(f"{text!r} is not a number from 0 to 1")
    return value


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise ValueError(f"{text!r} is not a number above 0")
    return value


def _camera(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError(f"{text!r} is not a name of letters, digits and _")
    return text


def _named(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise ValueError(f"{text!r} is not CAMERA=FILE")
    return name, value


def _topic(text: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z_][A-Za-z0-9_]*)+", text):
        raise ValueError(f"{text!r} is not a topic: /names/of/letters, digits and _")
    return text
