"""resize_into: a camera's image into the network's input."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import resize as oracle

from trt_pose_ros.native import resize_into

CHANNELS = {"bgr8": 3, "rgb8": 3, "bgra8": 4, "rgba8": 4, "mono8": 1, "nv12": 1, "nv21": 1}
CHANNELS |= dict.fromkeys(("yuv422_yuy2", "yuyv", "yuv422", "uyvy"), 2)
TO_BGR = {
    "rgb8": cv2.COLOR_RGB2BGR,
    "bgra8": cv2.COLOR_BGRA2BGR,
    "rgba8": cv2.COLOR_RGBA2BGR,
    "mono8": cv2.COLOR_GRAY2BGR,
    "yuv422_yuy2": cv2.COLOR_YUV2BGR_YUYV,
    "yuv422": cv2.COLOR_YUV2BGR_UYVY,
    "nv12": cv2.COLOR_YUV2BGR_NV12,
    "nv21": cv2.COLOR_YUV2BGR_NV21,
}


def image_of(encoding, height, width, seed=0, gap=0):
    """Noise, the hardest of images, as ``encoding`` lays it out, with ``gap`` bytes between rows."""
    rows = height * 3 // 2 if encoding.startswith("nv") else height
    row = width * CHANNELS[encoding]
    data = np.random.default_rng(seed).integers(0, 256, (rows, row + gap), np.uint8)
    return (
        data[:, :row].reshape(rows, row)
        if gap == 0
        else np.lib.stride_tricks.as_strided(data, (rows, row), (row + gap, 1))
    )


def pixels_of(encoding, height, width, **more):
    """The same as [rows, width, channels]."""
    flat = image_of(encoding, height, width, **more)
    channels = CHANNELS[encoding]
    shape, strides = (len(flat), width, channels), (flat.strides[0], channels, 1)
    return np.lib.stride_tricks.as_strided(flat, shape, strides)


def resized(image, encoding, size, **more):
    inputs = np.full((1, *size, 3), 77, np.uint8)
    resize_into([image], [encoding], inputs, [size], **more)
    return inputs[0]


@pytest.mark.parametrize("encoding", CHANNELS)
@given(
    height=st.integers(1, 40).map(lambda n: 2 * n),
    width=st.integers(1, 40).map(lambda n: 2 * n),
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    gap=st.integers(0, 9),
    color=st.sampled_from(["bgr", "rgb"]),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_equals_the_numpy_reference(encoding, height, width, size, gap, color, seed):
    image = pixels_of(encoding, height, width, gap=gap, seed=seed)
    expected = oracle.resized(image, encoding, *size, color)
    assert np.abs(resized(image, encoding, size, color=color) - expected).max() <= 0.51


@pytest.mark.parametrize("encoding", ["bgr8", *TO_BGR])
@pytest.mark.parametrize("size", [(352, 352), (198, 352), (540, 960), (1080, 1920), (1200, 2000), (7, 2500)])
def test_is_within_one_grey_level_of_opencv(encoding, size):
    image = pixels_of(encoding, 1080, 1920)
    bgr = cv2.cvtColor(np.ascontiguousarray(image), TO_BGR[encoding]) if encoding in TO_BGR else image
    expected = cv2.resize(bgr, size[::-1], interpolation=cv2.INTER_LINEAR)
    assert np.abs(resized(image, encoding, size).astype(int) - expected).max() <= 1


@pytest.mark.parametrize("encoding", ["bgr8", "rgb8", "bgra8", "rgba8", "mono8"])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 2), (2, 1), (1, 9), (5, 1), (3, 3)])
def test_the_same_size_changes_nothing_and_tiny_images_are_read_to_their_last_byte(encoding, height, width):
    image = pixels_of(encoding, height, width)
    assert np.array_equal(resized(image, encoding, (height, width)), oracle.to_bgr(image, encoding))
    assert (resized(image, encoding, (4 * height, 4 * width))[0, 0] == oracle.to_bgr(image, encoding)[0, 0]).all()


def test_the_centre_of_a_pixel_stays_where_it_is():
    """A ramp by column tells the place: input pixel x shows image pixel (x + 0.5) * scale - 0.5."""
    ramp = np.tile(np.arange(200, dtype=np.uint8), (10, 1))
    row = resized(ramp, "mono8", (5, 80))[2, :, 0]
    places = (np.arange(80) + 0.5) * 200 / 80 - 0.5
    assert np.abs(row - places).max() <= 0.5


def test_the_rest_is_padded_in_the_order_of_the_input():
    inputs = np.full((3, 6, 8, 3), 99, np.uint8)
    grey = np.full((4, 4), 50, np.uint8)
    resize_into([grey, grey], ["mono8", "mono8"], inputs, [(3, 8), (6, 5)], color="rgb", pad=(1, 2, 3))
    assert (inputs[0, :3] == 50).all()
    assert (inputs[0, 3:] == (1, 2, 3)).all()
    assert (inputs[1, :, :5] == 50).all()
    assert (inputs[1, :, 5:] == (1, 2, 3)).all()
    assert (inputs[2] == 99).all()  # beyond the images given


def test_threads_and_strides_change_nothing():
    images = [pixels_of("bgr8", 40 + i, 60, seed=i) for i in range(7)]
    expected = np.stack([resized(image, "bgr8", (20, 30)) for image in images])
    room = np.zeros((14, 40, 30, 3), np.uint8)
    for inputs in (room[:7, :20], room[::-2, 10:30], np.zeros((7, 20, 30, 3), np.uint8)):
        resize_into(images, ["bgr8"] * 7, inputs, [(20, 30)] * 7, threads=3)
        assert np.array_equal(inputs, expected)
    upside_down = np.ascontiguousarray(images[0][::-1])[::-1]
    assert np.array_equal(resized(upside_down, "bgr8", (20, 30)), expected[0])


def test_nothing_beside_the_input_is_written():
    room = np.full((22, 96), 7, np.uint8)
    inputs = np.lib.stride_tricks.as_strided(room[1:], (1, 20, 30, 3), (0, 96, 3, 1))
    resize_into([pixels_of("bgr8", 9, 9)], ["bgr8"], inputs, [(20, 30)])
    assert (room[0] == 7).all()
    assert (room[-1] == 7).all()
    assert (room[1:-1, 90:] == 7).all()


def test_no_image_is_no_work():
    resize_into([], [], np.zeros((0, 8, 8, 3), np.uint8), [])


BGR = np.zeros((4, 6, 3), np.uint8)
INPUTS = np.zeros((1, 8, 8, 3), np.uint8)


@pytest.mark.parametrize(
    ("change", "error", "complaint"),
    [
        ({"images": [BGR.astype(np.float32)]}, ValueError, r"images\[0\] in bgr8 must be uint8 .* 3\], got float32"),
        ({"images": [BGR.view(np.int8)]}, ValueError, "must be uint8 .* got int8"),
        ({"images": [BGR[0]]}, ValueError, r"must be uint8 .* got uint8 \[6, 3\]"),
        ({"images": [BGR[:, :, :2]]}, ValueError, r"must be uint8 .* got uint8 \[4, 6, 2\]"),
        ({"images": [BGR[:, ::2]]}, ValueError, r"images\[0\] must have rows without gaps"),
        ({"images": [BGR[:, ::-1]]}, ValueError, r"images\[0\] must have rows without gaps"),
        ({"images": [BGR[:, :, ::-1]]}, ValueError, r"images\[0\] must have rows without gaps"),
        ({"images": [BGR[:0]]}, ValueError, r"images\[0\] is empty: \[0, 6, 3\]"),
        ({"images": [BGR[:, :0]]}, ValueError, r"images\[0\] is empty: \[4, 0, 3\]"),
        ({"images": [np.broadcast_to(BGR[:1], (2**40, 6, 3))]}, ValueError, r"images\[0\] of shape .* is too large"),
        ({"images": []}, ValueError, "encodings has 1 values for 0 images"),
        ({"images": None}, TypeError, "incompatible function arguments"),
        ({"encodings": ["jpeg"]}, ValueError, r"images\[0\] has encoding 'jpeg', known are bgr8, "),
        ({"encodings": ["nv12"]}, ValueError, r"in nv12 must be uint8 \[rows, width, 1\]"),
        ({"images": [np.zeros((4, 6, 1), np.uint8)], "encodings": ["nv12"]}, ValueError, "rows 1.5 times"),
        ({"images": [np.zeros((6, 5), np.uint8)], "encodings": ["nv21"]}, ValueError, "width must be even"),
        ({"images": [np.zeros((6, 5, 2), np.uint8)], "encodings": ["yuv422"]}, ValueError, "width must be even$"),
        ({"sizes": []}, ValueError, "sizes has 0 values for 1 images"),
        ({"sizes": [(0, 8)]}, ValueError, r"sizes\[0\] is 0 x 8, must be at least 1 x 1 and at most 8 x 8"),
        ({"sizes": [(8, -1)]}, ValueError, r"sizes\[0\] is 8 x -1, must be"),
        ({"sizes": [(9, 8)]}, ValueError, r"sizes\[0\] is 9 x 8, must be"),
        ({"inputs": INPUTS[0]}, ValueError, r"inputs must be uint8 .* got uint8 \[8, 8, 3\]"),
        ({"inputs": INPUTS.astype(np.float32)}, ValueError, "inputs must be uint8 .* got float32"),
        ({"inputs": INPUTS[:0]}, ValueError, "inputs has room for 0 images, got 1"),
        ({"inputs": INPUTS[:, :, ::2], "sizes": [(8, 4)]}, ValueError, "inputs must have rows without gaps"),
        ({"inputs": np.broadcast_to(INPUTS[0], (1, 8, 8, 3))}, ValueError, "inputs is read-only"),
        ({"color": "grey"}, ValueError, "color must be 'bgr' or 'rgb', got 'grey'"),
        ({"pad": (0, 0, 256)}, TypeError, "incompatible function arguments"),
        ({"threads": 0}, ValueError, "threads is 0, must be at least 1 and at most 256"),
        ({"threads": 10**6}, ValueError, "threads is 1000000, must be"),
    ],
)
def test_wrong_arguments_are_named(change, error, complaint):
    arguments = {"images": [BGR], "encodings": ["bgr8"], "inputs": INPUTS, "sizes": [(8, 8)]} | change
    with pytest.raises(error, match=complaint):
        resize_into(**arguments)
