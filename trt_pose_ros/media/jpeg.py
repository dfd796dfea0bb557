"""Whether a JPEG is whole: decoders fill up the missing part of one that is cut short with grey, and say nothing.

Structure and marker codes: ITU-T T.81, annex B.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .errors import ImageError

_STANDALONE = {0x01, 0xD8, *range(0xD0, 0xD8)}  # markers without a segment: TEM, SOI, RST0 to RST7
_MARKER = re.compile(rb"\xff([^\x00\xff])")
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15 but for DHT, JPG, DAC
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_SCAN, _END, _START = 0xDA, 0xD9, 0xD8
# in entropy-coded data 0xFF is followed by a stuffed 0 or is a restart marker; anything else ends the scan
_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
_FILLER = b"\x5a\xa5\x3c\xc3" * 16  # entropy-coded data without a marker


class Jpeg(NamedTuple):
    """What the markers of a JPEG tell.

    Attributes:
        width, height: pixels as stored; 0 where no frame header came.
        components: colour channels.
        progressive: several scans, each of which refines the whole image.
        end: offset of the end-of-image marker.
    """

    width: int
    height: int
    components: int
    progressive: bool
    end: int


def parse(data: bytes) -> Jpeg:
    """Walk through the segments of a JPEG up to its own end, so not to that of a thumbnail or of what follows it.

    Raises:
        ImageError: ``truncated``: the data ends, or another image begins, before the end-of-image marker.
    """
    width = height = components = 0
    progressive = scanned = False
    at = 2
    while True:
        found = _MARKER.search(data, at)  # decoders skip what is between segments
        if found is None or (found[1][0] == _START and scanned):
            raise _cut(data)
        at, marker = found.start(), found[1][0]
        if marker == _END:
            return Jpeg(width, height, components, progressive, at)
        if marker in _STANDALONE:
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if at + 2 + max(length, 2) > len(data):
            raise _cut(data)
        if marker in _FRAMES and length >= 8:
            height, width = (int.from_bytes(data[i : i + 2], "big") for i in (at + 5, at + 7))
            components, progressive = data[at + 9], marker in _PROGRESSIVE
        at += 2 + max(length, 2)
        if marker == _SCAN:
            scanned = True
            match = _SCAN_END.search(data, at)
            if match is None:
                raise _cut(data)
            at = match.start()


def padded(data: bytes, end: int) -> bytes:
    """The JPEG with more entropy-coded data in front of its end marker at ``end``.

    A decoder that has all its blocks ignores it. One that still misses some makes them of it, so that the image
    changes: how to find out that data was missing although the end marker is there.
    """
    restarts = _RESTART.findall(data, 0, end)
    due = (restarts[-1][0] + 1) % 8 if restarts else 0  # where the image was cut at a restart, this one is waited for
    return data[:end] + _FILLER + bytes([0xFF, 0xD0 + due]) + _FILLER + data[end:]


def _cut(data: bytes) -> ImageError:
    return ImageError("truncated", f"{len(data)} bytes of JPEG without an end: the image is cut short")
