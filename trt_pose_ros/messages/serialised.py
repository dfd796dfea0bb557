"""The stamp of messages that are serialised, as they come from the middleware or lie in a bag."""

from __future__ import annotations

import struct


def stamp_of(data: bytes) -> int:
    """The stamp of a serialised message that begins with a header, in nanoseconds."""
    sec, nanosec = struct.unpack_from(_layout(data), data, 4)
    return int(sec) * 10**9 + int(nanosec)


def stamped(data: bytes, stamp_ns: int) -> bytes:
    """A serialised message that begins with a header, with another stamp."""
    changed = bytearray(data)
    struct.pack_into(_layout(data), changed, 4, *divmod(stamp_ns, 10**9))
    return bytes(changed)


def _layout(data: bytes) -> str:
    # CDR: the second of the first four bytes tells the order of bytes, then the message begins
    return "<iI" if data[1] else ">iI"
