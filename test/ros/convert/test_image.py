import array
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from trt_pose_ros.ros.convert.image import ImageError, bgr_to_compressed, bgr_to_image, to_bgr

# encoding -> a pixel of blue 10, green 20, red 30 in it, and what it is in BGR
PIXELS = {
    "bgr8": ([10, 20, 30], [10, 20, 30]),
    "8UC3": ([10, 20, 30], [10, 20, 30]),
    "rgb8": ([30, 20, 10], [10, 20, 30]),
    "bgra8": ([10, 20, 30, 99], [10, 20, 30]),
    "rgba8": ([30, 20, 10, 99], [10, 20, 30]),
    "mono8": ([40], [40, 40, 40]),
    "8UC1": ([40], [40, 40, 40]),
}


def message(encoding, pixels, padding=0):
    """An Image of uint8 [h, w, channels] whose rows are followed by ``padding`` bytes of rubbish."""
    height, width, channels = pixels.shape
    rows = np.full((height, width * channels + padding), 255, np.uint8)
    rows[:, : width * channels] = pixels.reshape(height, -1)
    data = array.array("B", rows.tobytes())
    return Image(height=height, width=width, encoding=encoding, step=rows.shape[1], data=data)


@pytest.mark.parametrize("encoding", PIXELS)
@given(height=st.integers(1, 9), width=st.integers(1, 9), padding=st.integers(0, 7))
def test_every_encoding_and_step(encoding, height, width, padding):
    given_pixel, expected = PIXELS[encoding]
    pixels = np.tile(np.array(given_pixel, np.uint8), (height, width, 1))
    pixels[-1, -1, 0] = 200
    image = to_bgr(message(encoding, pixels, padding))
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    assert 200 in image[-1, -1]
    image[-1, -1] = expected
    np.testing.assert_array_equal(image, np.tile(np.array(expected, np.uint8), (height, width, 1)))


@given(height=st.integers(1, 40), width=st.integers(1, 40), seed=st.integers(0, 99))
def test_round_trip(height, width, seed):
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    header = Header(frame_id="somewhere")
    image = bgr_to_image(picture, header)
    assert image.header is header
    np.testing.assert_array_equal(to_bgr(image), picture)
    # a view that is not contiguous, too
    np.testing.assert_array_equal(to_bgr(bgr_to_image(picture[:, ::-1], header)), picture[:, ::-1])


def test_a_compressed_round_trip_is_close():
    picture = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8), (0, 0), 5)
    compressed = bgr_to_compressed(picture, Header(), 95)
    assert "jpeg" in compressed.format
    assert np.abs(to_bgr(compressed).astype(int) - picture).mean() < 3


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
        ({"encoding": "16UC1"}, "encoding", "bgr8, 8UC3, rgb8"),
    ],
)
def test_what_contradicts_itself_is_refused_with_the_cause(change, cause, sentence):
    image = message("bgr8", np.zeros((3, 4, 3), np.uint8))
    for name, value in change.items():
        setattr(image, name, value)
    with pytest.raises(ImageError, match=sentence) as caught:
        to_bgr(image)
    assert caught.value.cause == cause


def encoded(suffix, height=48, width=64):
    picture = np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8)
    return cv2.imencode(suffix, picture)[1].tobytes()


@given(data=st.binary(min_size=1, max_size=200))
def test_garbage_is_not_a_picture(data):
    with pytest.raises(ImageError) as caught:
        to_bgr(CompressedImage(format="jpeg", data=array.array("B", data)))
    assert caught.value.cause in ("undecodable", "truncated")


def test_a_compressed_image_without_data():
    with pytest.raises(ImageError) as caught:
        to_bgr(CompressedImage(format="jpeg"))
    assert caught.value.cause == "empty"


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@given(share=st.floats(0.01, 0.99))
def test_a_picture_cut_short_is_refused(suffix, share):
    data = encoded(suffix)
    with pytest.raises(ImageError) as caught:
        to_bgr(CompressedImage(format=suffix, data=array.array("B", data[: int(share * len(data))])))
    assert caught.value.cause == {".jpg": "truncated", ".png": "undecodable"}[suffix]


def test_a_png_that_claims_to_be_huge_is_refused_before_memory_is_taken():
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(ImageError) as caught:
        to_bgr(CompressedImage(format="png", data=array.array("B", data)))
    assert caught.value.cause in ("truncated", "undecodable")
