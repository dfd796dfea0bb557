"""What the first bytes of an image file tell: its format and its size, before any memory is taken for it."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

# what people call image files, whether OpenCV reads them here or not: those it cannot read are named, not passed over
IMAGE_SUFFIXES = frozenset(
    {
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".bmp",
        ".dib",
        ".webp",
        ".tif",
        ".tiff",
        ".gif",
        ".avif",
        ".jp2",
        ".j2k",
    }
    | {".ppm", ".pgm", ".pbm", ".pnm", ".pam", ".pfm", ".hdr", ".pic", ".ras", ".sr", ".heic", ".heif", ".jxl", ".exr"}
)

_SIGNATURES = {
    "jpeg": rb"\xff\xd8\xff",
    "png": rb"\x89PNG\r\n\x1a\n",
    "gif": rb"GIF8[79]a",
    "bmp": rb"BM.{4}\0{4}",
    "webp": rb"RIFF.{4}WEBP",
    "tiff": rb"II[*+]\0|MM\0[*+]",
    "pnm": rb"P[1-6]\s+[\d#]|P7\nWIDTH|P7\n#|P[Ff]\n",
    "hdr": rb"#\?(RADIANCE|RGBE)",
    "sun raster": rb"\x59\xa6\x6a\x95",
    "jpeg 2000": rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51",
    "avif": rb".{4}ftypavi[fs]",
    "heic": rb".{4}ftyp(hei[cfmsx]|hev[cmsx]|mif1|msf1)",
    "jpeg xl": rb"\xff\x0a|\0\0\0\x0cJXL ",
    "openexr": rb"\x76\x2f\x31\x01",
}
SIGNATURE_BYTES = 16
_SIGNATURE = re.compile(
    b"|".join(b"(?P<f%d>%s)" % (i, pattern) for i, pattern in enumerate(_SIGNATURES.values())), re.DOTALL
)


def image_format(data: bytes) -> str | None:
    """The name of the image format that ``data`` begins like, None if like none of those known."""
    match = _SIGNATURE.match(data[:SIGNATURE_BYTES])
    return list(_SIGNATURES)[int(str(match.lastgroup)[1:])] if match else None


def image_size(data: bytes, name: str | None) -> tuple[int, int] | None:
    """(width, height) in pixels that the header of format ``name`` tells; None where it could not be found.

    JPEGs have their sizes behind other segments: see :func:`~trt_pose_ros.media.jpeg.parse`.
    """
    reader = _SIZES.get(name or "")
    try:
        return reader(data) if reader else None
    except (struct.error, IndexError):
        return None


def _unpack(layout: str, offset: int) -> Callable[[bytes], tuple[int, int]]:
    def read(data: bytes) -> tuple[int, int]:
        width, height = struct.unpack_from(layout, data, offset)
        return abs(width), abs(height)

    return read


def _of_pnm(data: bytes) -> tuple[int, int] | None:
    head = re.sub(rb"#[^\n]*\n", b"", data[:4096])
    match = re.match(rb"P[1-6Ff]\s+(\d{1,18})\s+(\d{1,18})\s", head)
    match = match or re.match(rb"P7\s+WIDTH (\d{1,18})\s+HEIGHT (\d{1,18})\s", head)
    return (int(match[1]), int(match[2])) if match else None


def _of_webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _of_tiff(data: bytes) -> tuple[int, int] | None:
    order = "<" if data[:2] == b"II" else ">"
    if data[2:4] not in (b"*\0", b"\0*"):  # not the one with 64-bit offsets: OpenCV's own limit guards that
        return None
    (first,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, first)
    found = {}
    for entry in range(first + 2, first + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if tag in (256, 257):
            (found[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, entry + 8)
    return (found[256], found[257]) if len(found) == 2 else None


def _after(mark: bytes, skip: int) -> Callable[[bytes], tuple[int, int] | None]:
    """Two big-endian numbers, ``skip`` bytes behind the name of a box."""

    def read(data: bytes) -> tuple[int, int] | None:
        at = data.find(mark, 0, 65536)
        return None if at < 0 else struct.unpack_from(">II", data, at + len(mark) + skip)

    return read


def _of_jpeg_2000(data: bytes) -> tuple[int, int] | None:
    box = _after(b"ihdr", 0)(data)
    return box[::-1] if box else _unpack(">II", 8)(data)


def _of_hdr(data: bytes) -> tuple[int, int] | None:
    match = re.search(rb"\n[-+]Y (\d{1,18}) [-+]X (\d{1,18})\n", data[:65536])
    return (int(match[2]), int(match[1])) if match else None


_SIZES: dict[str, Callable[[bytes], tuple[int, int] | None]] = {
    "png": _unpack(">II", 16),
    "gif": _unpack("<HH", 6),
    "bmp": _unpack("<ii", 18),
    "webp": _of_webp,
    "tiff": _of_tiff,
    "pnm": _of_pnm,
    "hdr": _of_hdr,
    "sun raster": _unpack(">II", 4),
    "jpeg 2000": _of_jpeg_2000,
    "avif": _after(b"ispe", 4),
}
