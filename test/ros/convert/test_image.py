import array
import struct
import zlib
from collections import Counter

import cv2
import numpy as np
import pytest
from fuzz import TRANSPORTS
from hypothesis import given
from hypothesis import strategies as st
from mutations import CASES, mutated_bytes
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from trt_pose_ros.media.encodings import ENCODINGS
from trt_pose_ros.media.errors import ImageError
from trt_pose_ros.messages.images import encoded_image
from trt_pose_ros.ros.convert.image import bgr_to_compressed, bgr_to_image

# encoding -> a pixel of blue 10, green 20, red 30 in it, and what it is in BGR
PIXELS = {
    "bgr8": ([10, 20, 30], [10, 20, 30]),
    "8UC3": ([10, 20, 30], [10, 20, 30]),
    "rgb8": ([30, 20, 10], [10, 20, 30]),
    "bgra8": ([10, 20, 30, 99], [10, 20, 30]),
    "rgba8": ([30, 20, 10, 99], [10, 20, 30]),
    "mono8": ([40], [40, 40, 40]),
    "8UC1": ([40], [40, 40, 40]),
    "8UC4": ([10, 20, 30, 99], [10, 20, 30]),
}


def message(encoding, pixels, padding=0, height=None, bigendian=False):
    """An Image of [rows, w, channels], each row followed by ``padding`` bytes; ``height`` where it differs."""
    count, width, _ = pixels.shape
    content = pixels.astype(pixels.dtype.newbyteorder(">" if bigendian else "<")).reshape(count, -1).view(np.uint8)
    rows = np.full((count, content.shape[1] + padding), 255, np.uint8)
    rows[:, : content.shape[1]] = content
    return Image(
        height=height or count,
        width=width,
        encoding=encoding,
        step=rows.shape[1],
        data=array.array("B", rows.tobytes()),
        is_bigendian=bigendian,
    )


@pytest.mark.parametrize("encoding", PIXELS)
@given(height=st.integers(1, 9), width=st.integers(1, 9), padding=st.integers(0, 7))
def test_every_encoding_and_step(encoding, height, width, padding):
    given_pixel, expected = PIXELS[encoding]
    pixels = np.tile(np.array(given_pixel, np.uint8), (height, width, 1))
    pixels[-1, -1, 0] = 200
    image = encoded_image(message(encoding, pixels, padding)).bgr
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    assert 200 in image[-1, -1]
    image[-1, -1] = expected
    np.testing.assert_array_equal(image, np.tile(np.array(expected, np.uint8), (height, width, 1)))


# encoding -> a pixel of blue 10, green 20, red 30 in it, times 257: all 16 bits
WIDE_PIXELS = {
    "bgr16": [10, 20, 30],
    "16UC3": [10, 20, 30],
    "rgb16": [30, 20, 10],
    "bgra16": [10, 20, 30, 99],
    "16UC4": [10, 20, 30, 99],
    "rgba16": [30, 20, 10, 99],
}


@pytest.mark.parametrize("bigendian", [False, True])
@pytest.mark.parametrize("encoding", WIDE_PIXELS)
@given(height=st.integers(1, 9), width=st.integers(1, 9), padding=st.integers(0, 7))
def test_colour_of_16_bits(encoding, bigendian, height, width, padding):
    pixels = np.tile(257 * np.array(WIDE_PIXELS[encoding], np.uint16), (height, width, 1))
    image = encoded_image(message(encoding, pixels, padding, bigendian=bigendian)).bgr
    np.testing.assert_array_equal(image, np.tile(np.uint8([10, 20, 30]), (height, width, 1)))


@pytest.mark.parametrize("encoding", ["mono16", "16UC1"])
@pytest.mark.parametrize("bigendian", [False, True])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 2048, 4095], [0, 128, 255]),  # 12 bits
        ([7000, 7510, 8000], [0, 130, 255]),  # a thermal camera
        ([0, 32896, 65535], [0, 128, 255]),
        ([10280, 10280, 10280], [40, 40, 40]),  # nothing to stretch
    ],
)
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_grey_of_16_bits_is_shown_by_its_range(encoding, bigendian, values, expected, padding):
    image = encoded_image(message(encoding, np.uint16(values).reshape(3, 1, 1), padding, bigendian=bigendian)).bgr
    np.testing.assert_array_equal(image, np.uint8(expected).reshape(3, 1, 1).repeat(3, axis=2))


# (Y, U, V) in video range, and the BGR that BT.601 makes of it
YUV = {
    (16, 128, 128): (0, 0, 0),
    (235, 128, 128): (255, 255, 255),
    (81, 90, 240): (0, 0, 254),
    (41, 240, 110): (255, 0, 0),
}


@pytest.mark.parametrize("padding", [0, 3])
@pytest.mark.parametrize(("yuv", "bgr"), YUV.items())
@pytest.mark.parametrize("encoding", ["yuv422", "uyvy", "yuv422_yuy2", "yuyv", "nv12", "nv21", "nv24"])
def test_yuv(encoding, yuv, bgr, padding):
    y, u, v = yuv
    height, width = 4, 6
    if encoding in ("yuv422", "uyvy"):
        rows = np.tile(np.uint8([[u, y], [v, y]]), (height, width // 2, 1))
    elif encoding in ("yuv422_yuy2", "yuyv"):
        rows = np.tile(np.uint8([[y, u], [y, v]]), (height, width // 2, 1))
    else:
        chroma = [v, u] if encoding == "nv21" else [u, v]
        planes = {"nv24": 2 * height}.get(encoding, height // 2)
        rows = np.concatenate([np.full((height, width), y), np.tile(chroma, (planes, width // 2))]).astype(np.uint8)
        rows = rows[:, :, None]
    image = encoded_image(message(encoding, rows, padding, height=height)).bgr
    assert image.shape == (height, width, 3)
    np.testing.assert_allclose(image, np.tile(np.uint8(bgr), (height, width, 1)), atol=2)


@pytest.mark.parametrize("encoding", ["yuv422_yuy2", "nv12", "nv24"])
def test_yuv_brightness_is_each_pixel_s_own(encoding):
    luma = np.random.default_rng(3).integers(16, 236, (6, 8)).astype(np.uint8)
    if encoding == "yuv422_yuy2":
        rows = np.stack([luma, np.full_like(luma, 128)], axis=2)
    else:
        rows = np.concatenate([luma, np.full(({"nv12": 3, "nv24": 12}[encoding], 8), 128, np.uint8)])[:, :, None]
    image = encoded_image(message(encoding, rows, height=6)).bgr
    expected = np.clip((luma.astype(float) - 16) * 255 / 219, 0, 255)
    np.testing.assert_allclose(image, np.repeat(expected[:, :, None], 3, axis=2), atol=2)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
@pytest.mark.parametrize("lit", ["b", "g", "r"])
def test_bayer(pattern, lit, kind):
    """A mosaic of which one colour is lit is that colour."""
    cell = np.array([200 if colour == lit else 0 for colour in pattern], kind).reshape(2, 2)
    name = f"bayer_{pattern}{8 * kind().itemsize}"
    image = encoded_image(message(name, np.tile(cell, (4, 5))[:, :, None], 1)).bgr
    assert image.shape == (8, 10, 3)
    level = 200 if kind is np.uint8 else 255
    np.testing.assert_array_equal(image, np.tile(np.uint8([level * (c == lit) for c in "bgr"]), (8, 10, 1)))


def test_every_encoding_is_tested():
    here = {f"bayer_{p}{b}" for p in ("rggb", "bggr", "gbrg", "grbg") for b in (8, 16)} | {"mono16", "16UC1"}
    yuv = {"yuv422", "uyvy", "yuv422_yuy2", "yuyv", "nv12", "nv21", "nv24"}
    assert set(ENCODINGS) == set(PIXELS) | set(WIDE_PIXELS) | here | yuv


@given(height=st.integers(1, 40), width=st.integers(1, 40), seed=st.integers(0, 99))
def test_round_trip(height, width, seed):
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    header = Header(frame_id="somewhere")
    image = bgr_to_image(picture, header)
    assert image.header is header
    np.testing.assert_array_equal(encoded_image(image).bgr, picture)
    # a view that is not contiguous, too
    np.testing.assert_array_equal(encoded_image(bgr_to_image(picture[:, ::-1], header)).bgr, picture[:, ::-1])


def test_a_compressed_round_trip_is_close():
    picture = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8), (0, 0), 5)
    compressed = bgr_to_compressed(picture, Header(), quality=95)
    assert "jpeg" in compressed.format
    assert np.abs(encoded_image(compressed).bgr.astype(int) - picture).mean() < 3


@pytest.mark.parametrize(
    ("change", "cause", "sentence"),
    [
        ({"height": 0, "data": []}, "empty", "image of 4x0 pixels is empty"),
        ({"width": 0}, "empty", "image of 0x3 pixels is empty"),
        ({"step": 11}, "step", "step 11 is too small for 4 pixels of bgr8, at least 12"),
        ({"step": 0}, "step", "step 0 is too small"),
        ({"width": 2**32 - 1}, "step", "too small for 4294967295 pixels"),
        ({"data": [0] * 35}, "truncated", "35 bytes of data, step 12 and height 3 need 36"),
        ({"data": []}, "truncated", "0 bytes of data"),
        ({"data": [0] * 37}, "truncated", "37 bytes of data"),
        ({"step": 13}, "truncated", "step 13 and height 3 need 39"),
        ({"height": 2**32 - 1}, "truncated", "36 bytes of data"),
        ({"encoding": ""}, "encoding", "encoding '' is not supported"),
        ({"encoding": "BGR8"}, "encoding", "encoding 'BGR8' is not supported"),
        ({"encoding": "32FC1"}, "encoding", "bgr8, 8UC3, rgb8"),
        ({"encoding": "bgr16"}, "step", "step 12 is too small for 4 pixels of bgr16, at least 24"),
        ({"encoding": "nv12"}, "size", "multiples of 2 and 2"),
        ({"encoding": "yuv422_yuy2", "width": 3}, "size", "multiples of 2 and 1"),
        ({"encoding": "bayer_rggb8"}, "size", "image of 4x3 pixels in bayer_rggb8"),
        ({"encoding": "bayer_rggb8", "height": 2}, "size", "too small, at least 4"),
        ({"encoding": "nv21", "height": 4}, "truncated", "36 bytes of data, step 12 and height 4 need 72"),
        ({"encoding": "nv24"}, "truncated", "need 108 in nv24"),
    ],
)
def test_what_contradicts_itself_is_refused_with_the_cause(change, cause, sentence):
    image = message("bgr8", np.zeros((3, 4, 3), np.uint8))
    for name, value in change.items():
        setattr(image, name, value)
    with pytest.raises(ImageError, match=sentence) as caught:
        encoded_image(image)
    assert caught.value.cause == cause


def encoded(suffix, height=48, width=64):
    picture = np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8)
    return cv2.imencode(suffix, picture)[1].tobytes()


@given(data=st.binary(min_size=1, max_size=200))
def test_garbage_is_not_a_picture(data):
    with pytest.raises(ImageError) as caught:
        encoded_image(CompressedImage(format="jpeg", data=array.array("B", data)))
    assert caught.value.cause in ("undecodable", "truncated")


def test_a_compressed_image_without_data():
    with pytest.raises(ImageError) as caught:
        encoded_image(CompressedImage(format="jpeg"))
    assert caught.value.cause == "empty"


def test_an_orientation_in_the_file_turns_nothing():
    """camera_info is of the sensor's rows and columns; a turned image would no longer fit."""
    jpeg = cv2.imencode(".jpg", np.zeros((24, 32, 3), np.uint8))[1].tobytes()
    exif = b"Exif\0\0" + b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x0112, 3, 1, 6, 0)
    turned = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]
    assert cv2.imdecode(np.frombuffer(turned, np.uint8), cv2.IMREAD_COLOR).shape == (32, 24, 3)
    assert encoded_image(CompressedImage(format="jpeg", data=array.array("B", turned))).bgr.shape == (24, 32, 3)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@given(share=st.floats(0.01, 0.99))
def test_a_picture_cut_short_is_refused(suffix, share):
    data = encoded(suffix)
    with pytest.raises(ImageError) as caught:
        encoded_image(CompressedImage(format=suffix, data=array.array("B", data[: int(share * len(data))])))
    assert caught.value.cause == {".jpg": "truncated", ".png": "undecodable"}[suffix]


def test_an_end_marker_further_on_does_not_make_half_a_jpeg_whole():
    data = encoded(".jpg")
    for rest in (b"\xff\xd9", data):
        with pytest.raises(ImageError) as caught:
            encoded_image(CompressedImage(format="jpeg", data=array.array("B", data[: len(data) // 2] + rest)))
        assert caught.value.cause == "truncated"


def test_a_png_that_claims_to_be_huge_is_refused_before_memory_is_taken():
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(ImageError) as caught:
        encoded_image(CompressedImage(format="png", data=array.array("B", data)))
    assert caught.value.cause == "too_large"


@pytest.mark.parametrize("kind", ["raw", "compressed"])
def test_mutated_messages(kind):
    """An image or an ImageError with a cause, whatever the message holds."""
    random, (_, _, good, wrong) = np.random.default_rng(13), TRANSPORTS[kind]
    picture = cv2.GaussianBlur(random.integers(0, 256, (48, 64, 3), np.uint8), (0, 0), 2)
    causes = Counter()
    for _ in range(CASES):
        made = wrong(random, picture)
        if kind == "compressed" and random.random() < 0.5:
            encoded = cv2.imencode(str(random.choice([".png", ".webp", ".bmp", ".tiff", ".jpg"])), picture)[1].tobytes()
            made.data = array.array("B", mutated_bytes(random, encoded))
        try:
            image = encoded_image(made).bgr
        except ImageError as error:
            causes[error.cause] += 1
        else:
            assert image.dtype == np.uint8
            assert image.ndim == 3
            assert image.shape[2] == 3
            causes["good"] += 1
    expected = {"raw": {"good", "truncated", "step", "encoding"}, "compressed": {"good", "truncated", "undecodable"}}
    assert expected[kind] <= set(causes) <= expected[kind] | {"empty", "size", "too_large"}
    np.testing.assert_equal(encoded_image(good(picture, Header())).bgr.shape, picture.shape)
