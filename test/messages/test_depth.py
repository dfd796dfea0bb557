"""Depth images as they come in messages, against the values that were put in."""

import struct
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros.media.errors import ImageError
from trt_pose_ros.messages.depth import depth_values

VALUES = np.arange(12, dtype=np.uint16).reshape(3, 4) * 500


def image(values, encoding, padding=0, big_endian=False, **changes):
    rows = values.astype(values.dtype.newbyteorder(">" if big_endian else "<")).view(np.uint8).reshape(len(values), -1)
    rows = np.concatenate([rows, np.full((len(values), padding), 9, np.uint8)], axis=1)
    fields = {"height": len(values), "width": values.shape[1], "encoding": encoding, "is_bigendian": big_endian}
    return SimpleNamespace(**{**fields, "step": rows.shape[1], "data": rows.tobytes(), **changes})


def compressed(data, how="16UC1; compressedDepth png"):
    return SimpleNamespace(format=how, data=data)


def png(values, a=0.0, b=0.0):
    return struct.pack("<iff", 0, a, b) + cv2.imencode(".png", values)[1].tobytes()


@given(st.integers(0, 7), st.booleans())
def test_millimetres_with_any_step_and_order(padding, big_endian):
    values, unit = depth_values(image(VALUES, "16UC1", padding, big_endian))
    assert (values.dtype, unit) == (np.uint16, 0.001)
    np.testing.assert_array_equal(values, VALUES)
    assert values.flags["C_CONTIGUOUS"]


@given(st.integers(0, 7), st.booleans())
def test_metres(padding, big_endian):
    metres = np.where(VALUES > 0, VALUES / 1000, np.nan).astype(np.float32)
    values, unit = depth_values(image(metres, "32FC1", padding, big_endian))
    assert (values.dtype, unit) == (np.float32, 1.0)
    np.testing.assert_array_equal(values, metres)


@pytest.mark.parametrize("how", ["16UC1; compressedDepth png", "16UC1; compressedDepth"])
def test_compressed_millimetres(how):
    values, unit = depth_values(compressed(png(VALUES), how))
    np.testing.assert_array_equal(values, VALUES)
    assert unit == 0.001


def test_compressed_metres_are_inverse_depths():
    """compressedDepth keeps a / depth + b of metres, quantised to 16 bits; 0 where nothing was measured."""
    a, b = 5000.0, 12.0
    depths = np.array([[0.5, 1.0], [2.5, np.nan]])
    stored = np.where(np.isnan(depths), 0, np.rint(a / np.nan_to_num(depths, nan=1.0) + b)).astype(np.uint16)
    values, unit = depth_values(compressed(png(stored, a, b), "32FC1; compressedDepth png"))
    np.testing.assert_allclose(values, depths, rtol=1e-3)
    assert (values.dtype, unit) == (np.float32, 1.0)


@pytest.mark.parametrize(
    ("message", "cause", "sentence"),
    [
        (image(VALUES, "16UC1", height=0), "empty", "depth image of 4x0 pixels"),
        (image(VALUES, "rgb8"), "encoding", "encoding 'rgb8' is no depth, only 16UC1, mono16, 32FC1"),
        (image(VALUES, "16UC1", step=7), "step", "step 7 is too small for 4 pixels of depth in 16UC1, at least 8"),
        (image(VALUES, "16UC1", data=b"12"), "truncated", "2 bytes of depth, step 8 and height 3 need 24"),
        (compressed(png(VALUES), "jpeg"), "encoding", "depth of format 'jpeg', must be '16UC1; compressedDepth png'"),
        (compressed(png(VALUES), "16UC1; compressedDepth rvl"), "encoding", "must be"),
        (compressed(png(VALUES), "bgr8; compressedDepth png"), "encoding", "encoding 'bgr8' is no depth"),
        (compressed(png(VALUES)[:20]), "truncated", "20 bytes of depth"),
        (compressed(b""), "truncated", "0 bytes of depth"),
        (compressed(png(VALUES.astype(np.uint8))), "truncated", "hold no PNG of 16 bits"),
    ],
    ids=range(10),
)
def test_what_is_no_depth_image(message, cause, sentence):
    with pytest.raises(ImageError, match=sentence) as caught:
        depth_values(message)
    assert caught.value.cause == cause
