import array
import io
import os
import struct
import zlib

import cv2
import numpy as np
import pytest

from trt_pose_ros.media.errors import ImageError
from trt_pose_ros.media.images import decode_image, read_image, read_image_with_note

FORMATS = {
    "jpeg": (".jpg", []),
    "jpeg with restarts": (".jpg", [cv2.IMWRITE_JPEG_RST_INTERVAL, 4]),
    "jpeg optimised": (".jpg", [cv2.IMWRITE_JPEG_OPTIMIZE, 1]),
    "progressive": (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
    "png": (".png", []),
    "bmp": (".bmp", []),
    "webp": (".webp", []),
    "tiff": (".tif", []),
    "tiff uncompressed": (".tif", [cv2.IMWRITE_TIFF_COMPRESSION, 1]),
    "ppm": (".ppm", []),
    "sun raster": (".ras", []),
    "jpeg 2000": (".jp2", []),
}


def encoded(image, name="jpeg"):
    suffix, options = FORMATS[name]
    return cv2.imencode(suffix, image, options)[1].tobytes()


def cause(data, **options):
    with pytest.raises(ImageError) as caught:
        decode_image(data, **options)
    return caught.value.cause


def png(width, height, bits=8, color=2, rows=b""):
    """A PNG of any claimed size."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def with_exif(jpeg, orientation, thumbnail=b""):
    """The JPEG with an EXIF segment that asks for an orientation and holds a thumbnail."""
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x112, 3, 1, orientation) + b"\0\0\0\0" + thumbnail
    segment = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


@pytest.mark.parametrize("name", FORMATS)
def test_whole_images_are_decoded_whatever_follows_them(photo, name):
    data = encoded(photo, name)
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(decode_image(data), expected)
    np.testing.assert_array_equal(decode_image(data + b"anything else" * 9), expected)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda d: array.array("B", d), np.array])
def test_bytes_come_in_any_buffer(photo, kind):
    data = encoded(photo)
    data = np.frombuffer(data, np.uint8) if kind is np.array else data
    assert decode_image(kind(data)).shape == photo.shape


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, 0.9, 0.98, -1])
def test_an_image_that_is_cut_short_is_none(photo, name, part):
    data = encoded(photo, name)
    assert cause(data[: round(part * len(data)) if part > 0 else part]) in ("truncated", "undecodable")


@pytest.mark.parametrize("name", [name for name in FORMATS if "jpeg" in name and "2000" not in name])
@pytest.mark.parametrize("part", [0.3, 0.5, 0.7, 0.9, 0.97])
def test_an_end_marker_does_not_make_half_a_jpeg_whole(photo, name, part):
    data = encoded(photo, name)
    half = data[: round(part * len(data))].rstrip(b"\xff")
    assert cause(half + b"\xff\xd9") == "truncated"
    assert cause(half + data) == "truncated"


@pytest.mark.parametrize("part", [0.2, 0.3, 0.5, 0.9, 0.97])
def test_a_progressive_jpeg_cut_within_a_scan_is_none(photo, part):
    data = encoded(photo, "progressive")
    # not where one scan ends and the next has not begun: that is a coarse image, but an image
    half = data[: round(part * len(data))].rstrip(b"\xff")
    assert cause(half + b"\xff\xd9") == "truncated"


def test_the_end_of_a_thumbnail_is_not_the_end_of_the_image(photo):
    thumbnail = cv2.imencode(".jpg", cv2.resize(photo, (40, 30)))[1].tobytes()
    whole = with_exif(encoded(photo), 1, thumbnail)
    assert decode_image(whole).shape == photo.shape
    assert thumbnail[-2:] in whole[: len(whole) // 2]
    assert cause(whole[: len(whole) * 3 // 4]) == "truncated"


@pytest.mark.parametrize("name", [name for name in FORMATS if "jpeg" in name or name == "progressive"])
def test_grey_images_are_not_taken_for_missing_ones(name):
    grey = np.full((90, 120, 3), 128, np.uint8)
    assert (decode_image(encoded(grey, name)) == 128).all()


def test_a_damaged_png_is_none(photo):
    data = bytearray(encoded(photo, "png"))
    data[len(data) // 2] ^= 1
    assert cause(bytes(data)) == "undecodable"
    assert cause(data[:-12]) == "undecodable"  # without IEND


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b"broken", "undecodable"),
        (b"\xff\xd8\xff", "truncated"),
        (b"\x89PNG\r\n\x1a\n", "undecodable"),
        (b"BM", "undecodable"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "undecodable"),
    ],
)
def test_no_image_at_all(data, expected):
    assert cause(data) == expected


@pytest.mark.parametrize("size", [(70000, 70000), (20000, 20000), (2**31 - 1, 2**31 - 1), (2**27 + 1, 1)])
@pytest.mark.parametrize("name", ["png", "bmp", "ppm", "pam", "pfm", "hdr", "tiff", "webp", "sun raster", "avif"])
def test_huge_images_are_refused_before_they_take_memory(name, size):
    width, height = size
    if name == "webp":
        width, height = 2**24, 2**24
    data = {
        "png": png(width, height),
        "bmp": b"BM" + bytes(16) + struct.pack("<ii", width, -height) + bytes(99),
        "ppm": b"P6\n# a comment\n%d %d\n255\n" % (width, height),
        "pam": b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH 3\n" % (width, height),
        "pfm": b"PF\n%d %d\n-1.0\n" % (width, height),
        "hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y %d +X %d\n" % (height, width),
        "tiff": b"MM\0*\0\0\0\x08\0\x02" + struct.pack(">HHIIHHII", 256, 4, 1, width, 257, 4, 1, height),
        "webp": b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\xff" * 6,
        "sun raster": b"\x59\xa6\x6a\x95" + struct.pack(">II", width, height) + bytes(99),
        "avif": b"\0\0\0\x18ftypavif" + bytes(30) + b"ispe\0\0\0\0" + struct.pack(">II", width, height),
    }[name]
    with pytest.raises(ImageError, match=f"{width}x{height} pixels, at most 134 million") as caught:
        decode_image(data)
    assert caught.value.cause == "too_large"


def test_a_huge_jpeg_is_refused(photo):
    data = bytearray(encoded(photo))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 65000, 65000)
    assert cause(data) == "too_large"


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_transparency_palettes_and_grey_become_bgr(photo, suffix):
    grey = photo[:, :, 0]
    np.testing.assert_allclose(decode_image(cv2.imencode(suffix, grey)[1]), np.dstack([grey] * 3), atol=12)
    if suffix == ".png":
        alpha = np.dstack([photo, np.zeros_like(grey)])
        np.testing.assert_array_equal(decode_image(cv2.imencode(suffix, alpha)[1]), photo)


def test_a_palette_is_looked_up():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 3, 0, 0, 0))
    data += chunk(b"PLTE", bytes([10, 20, 30, 40, 50, 60])) + chunk(b"IDAT", zlib.compress(b"\0\1\0"))
    assert decode_image(data + chunk(b"IEND", b"")).tolist() == [[[60, 50, 40], [30, 20, 10]]]


def test_cmyk_becomes_bgr(photo):
    pil = pytest.importorskip("PIL.Image", reason="Pillow writes the CMYK image")
    with pil.fromarray(photo[:, :, ::-1]) as image:
        file = io.BytesIO()
        image.convert("CMYK").save(file, "JPEG", quality=95)
    assert np.abs(decode_image(file.getvalue()).astype(int) - photo).mean() < 4


def test_orientation_is_heeded_for_files_and_not_for_cameras(photo):
    turned = with_exif(encoded(photo), 6)
    assert decode_image(turned).shape == (120, 90, 3)
    assert decode_image(turned, upright=False).shape == (90, 120, 3)


@pytest.mark.parametrize("bits", [9, 10, 12, 14])
def test_grey_of_some_bits_in_16_fills_the_range(tmp_path, photo, bits):
    file = tmp_path / "deep.png"
    grey = photo[:, :, 0].astype(np.float64) - photo[:, :, 0].min()
    cv2.imwrite(str(file), np.uint16(grey * (2**bits - 1) / grey.max()))
    image, note = read_image_with_note(file)
    assert image.dtype == np.uint8
    np.testing.assert_allclose(image[:, :, 1], grey * 255 / grey.max(), atol=1)
    assert f"to {2**bits - 1} " in note


def test_colour_of_12_bits_in_16_keeps_its_hues(tmp_path, photo):
    file = tmp_path / "deep.png"
    cv2.imwrite(str(file), photo.astype(np.uint16) * 16)
    image, note = read_image_with_note(file)
    np.testing.assert_array_equal(image, photo)
    assert note == "uses 12 of its 16 bits: made 16 times as bright"


def test_colour_of_16_bits_is_as_ever(tmp_path, photo):
    file = tmp_path / "deep.png"
    cv2.imwrite(str(file), photo.astype(np.uint16) * 257)
    image, note = read_image_with_note(file)
    np.testing.assert_array_equal(image, photo)
    assert note == ""


@pytest.mark.parametrize("value", [0, 5, 65535])
def test_even_grey_of_16_bits_does_no_harm(value):
    image = decode_image(cv2.imencode(".png", np.full((20, 30), value, np.uint16))[1])
    assert image.tolist() == np.full((20, 30, 3), round(value / 257)).tolist()


def test_float_images_survive_nan_and_infinity():
    values = np.float32([[0.0, 0.5, 1.0], [np.nan, -1.0, 0.25]])
    image = decode_image(cv2.imencode(".pfm", np.dstack([values, values * 0.5, values]))[1])
    assert image[0].tolist() == [[0, 0, 0], [128, 64, 128], [255, 128, 255]]
    endless = np.float32([[np.inf, -np.inf, np.nan], [0, 0, 1]])
    assert decode_image(cv2.imencode(".pfm", endless)[1]).tolist() == [
        [[255] * 3, [0] * 3, [0] * 3],
        [[0] * 3] * 2 + [[255] * 3],
    ]


def test_files_that_cannot_be_read_say_why(tmp_path):
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    for path, text in ((pipe, "not a file"), (tmp_path, "not a file"), (tmp_path / "none.jpg", "No such file")):
        with pytest.raises(ImageError, match=text) as caught:
            read_image(path)
        assert caught.value.cause == "unreadable"
