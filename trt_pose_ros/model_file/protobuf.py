"""The wire format of protocol buffers, as far as ONNX files need it; source: the protocol buffers encoding guide."""

import mmap
from collections.abc import Iterator

Buffer = bytes | mmap.mmap

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def fields(data: Buffer, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int, int]]:
    """Yield (number, start, end) of the payload of each field of the message in ``data[start:end]``.

    ``end`` is also where the next field begins.

    Raises:
        IndexError: it is no such message, or cut short.
    """
    at, stop = start, len(data) if end is None else end
    while at < stop:
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == _BYTES:
            size, at = varint(data, at)
        elif kind == _VARINT:
            size = varint(data, at)[1] - at
        elif kind in (_FIXED32, _FIXED64):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise IndexError(f"wire type {kind}")
        if number == 0 or at + size > stop:
            raise IndexError("field runs past the end")
        yield number, at, at + size
        at += size


def varint(data: Buffer, at: int) -> tuple[int, int]:
    """The whole number at ``at``, and where it ends.

    Raises:
        IndexError: there is none.
    """
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise IndexError("varint too long")


def bytes_field(number: int, payload: bytes) -> bytes:
    """A field of bytes."""
    return _encode(number << 3 | _BYTES) + _encode(len(payload)) + payload


def _encode(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
