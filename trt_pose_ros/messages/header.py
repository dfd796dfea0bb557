"""std_msgs/Header and its stamp."""

from __future__ import annotations

from typing import Any

from .types import MessageTypes

_SECOND = 10**9


def header(stamp_ns: int, frame_id: str, types: MessageTypes) -> Any:
    """A Header: ``stamp_ns`` in nanoseconds since 1970, the coordinate frame ``frame_id``."""
    sec, nanosec = divmod(stamp_ns, _SECOND)
    stamp = types["builtin_interfaces/msg/Time"](sec=sec, nanosec=nanosec)
    return types["std_msgs/msg/Header"](stamp=stamp, frame_id=frame_id)


def stamp_ns(message: Any) -> int:
    """The stamp of a message with a header, in nanoseconds since 1970."""
    stamp = message.header.stamp
    return int(stamp.sec) * _SECOND + int(stamp.nanosec)
