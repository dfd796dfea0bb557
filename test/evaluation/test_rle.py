"""Counts of run-length encoded masks, against pycocotools."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

mask = pytest.importorskip("pycocotools.mask", reason="pycocotools, of the extra [evaluate], is not installed")

from trt_pose_ros.evaluation.rle import decompress, fills  # noqa: E402

MASKS = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=24), elements=st.integers(0, 1))


def encoded(pixels):
    """pycocotools' compressed RLE, as JSON has it."""
    code = mask.encode(np.asfortranarray(pixels))
    return {"size": [int(side) for side in code["size"]], "counts": code["counts"].decode()}


@given(MASKS)
def test_counts_are_those_of_pycocotools(pixels):
    code = encoded(pixels)
    counts = decompress(code["counts"])
    height, width = pixels.shape
    assert fills(code, height, width)
    assert fills(code | {"counts": counts}, height, width)
    values = np.repeat(np.arange(len(counts)) % 2, counts)
    np.testing.assert_array_equal(values.reshape(width, height).T, pixels)  # column by column


@given(MASKS, st.data())
def test_what_is_taken_for_a_mask_pycocotools_decodes(pixels, data):
    code = encoded(pixels)
    place = data.draw(st.integers(0, len(code["counts"])))
    inserted = data.draw(st.text(st.characters(min_codepoint=46, max_codepoint=113), max_size=3))
    changed = code["counts"][:place] + inserted + code["counts"][place + data.draw(st.integers(0, 2)) :]
    height, width = pixels.shape
    if fills(code | {"counts": changed}, height, width):
        assert mask.decode(code | {"counts": changed}).shape == pixels.shape


@pytest.mark.parametrize(
    "counts",
    [
        None,
        5,
        "",
        "o",  # goes on, but ends
        "oooooooo1",  # more than 32 bits
        "é",
        "\0",
        "\ud800",
        [],
        [5, -1, 8],
        [12.0],
        [True] * 12,
        ["12"],
        [6, 7],
        "1" * 13,
    ],
)
def test_counts_that_are_none_or_do_not_fill_the_mask(counts):
    assert not fills({"size": [3, 4], "counts": counts}, 3, 4)


@pytest.mark.parametrize("size", [None, [4, 3], [3.0, 4], [3, 4, 1], "34", [True, 12]])
def test_other_sizes(size):
    assert fills({"size": [3, 4], "counts": [12]}, 3, 4)
    assert not fills({"size": size, "counts": [12]}, 3, 4)
