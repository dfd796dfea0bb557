"""Read and write the string metadata of an ONNX file without the onnx package.

An ONNX file is one protocol-buffers message, ModelProto; its field 14, ``metadata_props``, repeats pairs of strings
(key: field 1, value: field 2). Source of the numbers: onnx.proto3 of the ONNX project; of the wire format: the
protocol buffers encoding guide. A robot that runs TensorRT or OpenVINO needs no onnx package for three lines of JSON.
"""

import mmap
import os
from collections.abc import Iterator
from pathlib import Path

Buffer = bytes | mmap.mmap

_METADATA_FIELD = 14
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def read_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """The metadata of an ONNX file as a dict of strings.

    Raises:
        ValueError: the file is not a protocol-buffers message (empty, truncated, something else).
    """
    if Path(path).stat().st_size == 0:
        raise ValueError(f"{path} is empty, not an ONNX model")
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            return dict(_pair(data[start:end]) for number, start, end in _fields(data) if number == _METADATA_FIELD)
        except (IndexError, UnicodeDecodeError, KeyError):
            raise ValueError(f"{path} is not an ONNX model, or is cut short: fetch or export it again") from None


def append_metadata(model: bytes, key: str, value: str) -> bytes:
    """The ONNX model (bytes) with metadata ``key`` set to ``value`` (strings), replacing what it had."""
    kept, last = bytearray(), 0
    for number, start, end in _fields(model):
        begin = last
        last = end
        if number == _METADATA_FIELD and _pair(model[start:end])[0] == key:
            continue
        kept += model[begin:end]
    pair = _bytes_field(1, key.encode()) + _bytes_field(2, value.encode())
    return bytes(kept + _bytes_field(_METADATA_FIELD, pair))


def _fields(data: Buffer) -> Iterator[tuple[int, int, int]]:
    """Yield (number, start, end) of each field's payload; ``end`` is also where the next field begins."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == _BYTES:
            size, at = _varint(data, at)
        elif kind == _VARINT:
            size = _varint(data, at)[1] - at
        elif kind in (_FIXED32, _FIXED64):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise IndexError(f"wire type {kind}")
        if number == 0 or at + size > len(data):
            raise IndexError("field runs past the end")
        yield number, at, at + size
        at += size


def _pair(message: bytes) -> tuple[str, str]:
    texts = {number: message[start:end].decode() for number, start, end in _fields(message)}
    return texts[1], texts.get(2, "")


def _varint(data: Buffer, at: int) -> tuple[int, int]:
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


def _bytes_field(number: int, payload: bytes) -> bytes:
    return _encode(number << 3 | _BYTES) + _encode(len(payload)) + payload


def _encode(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
