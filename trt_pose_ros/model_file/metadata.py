"""Read and write the string metadata of an ONNX file without the onnx package.

An ONNX file is one protocol-buffers message, ModelProto; its field 14, ``metadata_props``, repeats pairs of strings
(key: field 1, value: field 2). Source of the numbers: onnx.proto3 of the ONNX project. A robot that runs TensorRT or
OpenVINO needs no onnx package for three lines of JSON.
"""

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .protobuf import Buffer, bytes_field, fields

_METADATA_FIELD = 14


def read_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """The metadata of an ONNX file as a dict of strings.

    Raises:
        ValueError: the file is not a protocol-buffers message (empty, truncated, something else).
    """
    with onnx_message(path) as data:
        return dict(_pair(data, start, end) for number, start, end in fields(data) if number == _METADATA_FIELD)


def append_metadata(model: bytes, key: str, value: str) -> bytes:
    """The ONNX model (bytes) with metadata ``key`` set to ``value`` (strings), replacing what it had."""
    kept, last = bytearray(), 0
    for number, start, end in fields(model):
        begin = last
        last = end
        if number == _METADATA_FIELD and _pair(model, start, end)[0] == key:
            continue
        kept += model[begin:end]
    pair = bytes_field(1, key.encode()) + bytes_field(2, value.encode())
    return bytes(kept + bytes_field(_METADATA_FIELD, pair))


@contextmanager
def onnx_message(path: str | os.PathLike[str]) -> Iterator[Buffer]:
    """An ONNX file's bytes, mapped into memory.

    Raises:
        ValueError: the file is empty, or what is read inside of the ``with`` shows that it is no such message.
    """
    if Path(path).stat().st_size == 0:
        raise ValueError(f"{path} is empty, not an ONNX model")
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            yield data
        except (IndexError, UnicodeDecodeError, KeyError):
            raise ValueError(f"{path} is not an ONNX model, or is cut short: fetch or export it again") from None


def _pair(data: Buffer, start: int, end: int) -> tuple[str, str]:
    texts = {number: data[begin:stop].decode() for number, begin, stop in fields(data, start, end)}
    return texts[1], texts.get(2, "")
