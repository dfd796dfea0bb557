"""The message classes of rclpy."""

from __future__ import annotations

import array
from importlib import import_module
from typing import Any

import numpy as np

from ...messages.types import MessageTypes


def _find(name: str) -> Any:
    package, kind, message = name.split("/")
    return getattr(import_module(f"{package}.{kind}"), message)


def _numbers(values: np.ndarray) -> array.array:
    # the only way to fill a field that rclpy neither copies nor checks number by number
    made = array.array(values.dtype.char)
    made.frombytes(values.data.cast("B"))
    return made


ROS_TYPES = MessageTypes(_find, _numbers)
