"""What the compiled Decoder does with arguments that PoseDecoder never passes on: an exception that names them."""

from dataclasses import asdict, fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros.families.paf import DecoderOptions
from trt_pose_ros.native import Decoder, Options

CHANNELS, LINKS, TOLERANCES = [0, 1, 2], [(0, 1, 0, 1), (1, 2, 2, 3)], [0.01, 0.01, 0.01]


def options(**changes):
    result = Options()
    for name, value in (asdict(DecoderOptions()) | changes).items():
        setattr(result, name, value)
    return result


def maps(*shape):
    return np.zeros(shape, np.float32)


def decoder(**changes):
    return Decoder(CHANNELS, LINKS, TOLERANCES, options(**changes))


@pytest.mark.parametrize(
    ("channels", "links", "tolerances", "complaint"),
    [
        ([], [], [], "keypoint_channels is empty"),
        ([], LINKS, TOLERANCES, "keypoint_channels is empty"),
        ([0, -1, 2], LINKS, TOLERANCES, r"keypoint_channels\[1\] is channel -1"),
        (CHANNELS, [(0, 1, 0, 1), (1, 3, 2, 3)], TOLERANCES, r"links\[1\] joins keypoint 3, there are 0 to 2"),
        (CHANNELS, [(-1, 1, 0, 1)], TOLERANCES, r"links\[0\] joins keypoint -1"),
        (CHANNELS, [(1, 1, 0, 1)], TOLERANCES, r"links\[0\] joins keypoint 1 with itself"),
        (CHANNELS, [(0, 1, 0, -5)], TOLERANCES, r"links\[0\] is channel -5"),
        (CHANNELS, LINKS, [0.1, 0.1], "tolerances has 2 values for 3 keypoints"),
        (CHANNELS, LINKS, [], "tolerances has 0 values for 3 keypoints"),
        *(
            (CHANNELS, LINKS, [0.1, 0.1, value], rf"tolerances\[2\] is {text}, must be")
            for value, text in [
                (0.0, "0"),
                (-0.1, "-0.1"),
                (np.nan, "nan"),
                (np.inf, "inf"),
                (1e-30, "1e-30"),
                (1e30, r"1e\+30"),
            ]
        ),
    ],
)
def test_skeletons_that_cannot_be_are_refused(channels, links, tolerances, complaint):
    with pytest.raises(ValueError, match=complaint):
        Decoder(channels, links, tolerances, options())


@pytest.mark.parametrize("option", fields(DecoderOptions), ids=lambda option: option.name)
def test_options_have_the_same_ranges_as_in_python(option):
    low, high = option.metadata["low"], option.metadata["high"]
    for value in (low, high):
        decoder(**{option.name: value})
    beyond = [low - 1, high + 1, *([-(2**31), 2**31 - 1] if isinstance(high, int) else [np.nan, np.inf, -np.inf])]
    for value in beyond:
        with pytest.raises(ValueError, match=f"{option.name} is .*, must be at least"):
            decoder(**{option.name: value})


def test_options_that_nobody_has_set_are_refused():
    with pytest.raises(ValueError, match="peak_threshold is 0, must be at least"):
        Decoder(CHANNELS, LINKS, TOLERANCES, Options())


def misaligned(shape):
    return np.zeros(4 * int(np.prod(shape)) + 1, np.uint8)[1:].view(np.float32).reshape(shape)


def broken_strides(shape):
    """Floats that lie 5 bytes apart along the channels."""
    return np.lib.stride_tricks.as_strided(np.zeros(4096, np.float32), shape, (0, 5, 4 * shape[3], 4))


@pytest.mark.parametrize(
    ("cmap", "paf", "error", "complaint"),
    [
        (maps(3, 8, 8), maps(1, 4, 8, 8), ValueError, r"cmap must be \[images, .*\], got shape \[3, 8, 8\]"),
        (np.zeros((), np.float32), maps(1, 4, 8, 8), ValueError, r"cmap must be .*, got shape \[\]"),
        (maps(1, 3, 8, 8), maps(1, 1, 4, 8, 8), ValueError, "paf must be"),
        (maps(1, 2, 8, 8), maps(1, 4, 8, 8), ValueError, r"cmap of shape \[1, 2, 8, 8\] has no channel 2"),
        (maps(0, 2, 8, 8), maps(0, 4, 8, 8), ValueError, "cmap of .* has no channel 2"),
        (maps(1, 3, 8, 8), maps(1, 3, 8, 8), ValueError, r"paf of shape \[1, 3, 8, 8\] has no channel 3"),
        (maps(2, 3, 8, 8), maps(1, 4, 8, 8), ValueError, "must agree in batch size, height and width"),
        (maps(1, 3, 8, 8), maps(1, 4, 8, 7), ValueError, "must agree in batch size, height and width"),
        (maps(1, 3, 8, 8)[..., ::2], maps(1, 4, 8, 4), ValueError, "cmap must be aligned and its last two dimensions"),
        (maps(1, 3, 8, 8)[:, :, ::-1], maps(1, 4, 8, 8), ValueError, "cmap must be aligned and its last two"),
        (maps(1, 3, 8, 8), maps(1, 4, 8, 8).transpose(0, 1, 3, 2), ValueError, "paf must be aligned and its last two"),
        (misaligned((1, 3, 8, 8)), maps(1, 4, 8, 8), ValueError, "cmap must be aligned"),
        (broken_strides((1, 3, 8, 8)), maps(1, 4, 8, 8), ValueError, "cmap must be aligned"),
        (np.broadcast_to(maps(1, 3, 1, 1), (2**40, 3, 1, 1)), maps(1, 4, 1, 1), ValueError, "cmap of .* is too large"),
        (maps(1, 3, 1, 2**15 + 1), maps(1, 4, 1, 2**15 + 1), ValueError, "cmap of .* is too large"),
        (maps(1, 3, 8, 8).astype(np.float64), maps(1, 4, 8, 8), TypeError, "cmap must be float32, got float64"),
        (maps(1, 3, 8, 8).astype(">f4"), maps(1, 4, 8, 8), TypeError, "cmap must be float32, got >f4"),
        (maps(1, 3, 8, 8), maps(1, 4, 8, 8).view(np.int32), TypeError, "paf must be float32, got int32"),
        ([[[[0.0]]]], maps(1, 4, 8, 8), TypeError, "incompatible function arguments"),
        (None, None, TypeError, "incompatible function arguments"),
    ],
)
def test_maps_that_cannot_be_read_are_refused(cmap, paf, error, complaint):
    with pytest.raises(error, match=complaint):
        decoder().decode(cmap, paf)


@pytest.mark.parametrize("size", [(0, 0), (0, 8), (8, 0)])
def test_maps_without_cells_and_batches_without_images_hold_nobody(size):
    assert [len(scores) for _, scores in decoder().decode(maps(2, 3, *size), maps(2, 4, *size))] == [0, 0]
    assert decoder().decode(maps(0, 3, 8, 8), maps(0, 4, 8, 8)) == []


@given(
    heatmap=st.lists(st.floats(width=32), min_size=25, max_size=25),
    field=st.lists(st.floats(width=32), min_size=25, max_size=25),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_whatever_is_in_the_maps_scores_stay_in_range(heatmap, field):
    cmap = np.tile(np.array(heatmap, np.float32).reshape(5, 5), (1, 3, 1, 1))
    paf = np.tile(np.array(field, np.float32).reshape(5, 5), (1, 4, 1, 1))
    ((keypoints, scores),) = decoder(min_keypoints=1).decode(cmap, paf)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert ((keypoints[..., 2] >= 0) & (keypoints[..., 2] <= 1)).all()


# --- the score of a peak between cells ---

NARROWEST = 0.875  # standard deviation in cells of the narrowest Gaussian that networks are trained on
BETWEEN_TWO = np.exp(0.25 / (2 * NARROWEST**2))  # its top over a cell that is half a cell away: 1.18


def peak_of(heatmap):
    """x, y, score of the one peak."""
    single = Decoder([0], [], [0.1], options(min_keypoints=1))
    ((keypoints, _),) = single.decode(np.array(heatmap, np.float32)[None, None], maps(1, 0, *np.shape(heatmap)))
    assert keypoints.shape == (1, 1, 3)
    return keypoints[0, 0]


@pytest.mark.parametrize(
    ("rows", "columns", "place", "gain"),
    [
        ([3], [3], (3, 3), 1),
        ([3], [3, 4], (3.5, 3), BETWEEN_TWO),
        ([3, 4], [3], (3, 3.5), BETWEEN_TWO),
        ([3, 4], [3, 4], (3.5, 3.5), BETWEEN_TWO**2),
        ([3], [3, 4, 5], (3.5, 3), BETWEEN_TWO),
    ],
)
@pytest.mark.parametrize("value", [0.13, 0.5, 1.0])
def test_a_few_cells_amid_zeros_support_little_more_than_their_value(rows, columns, place, gain, value):
    heatmap = np.zeros((8, 9))
    heatmap[np.ix_(rows, columns)] = value
    np.testing.assert_allclose(peak_of(heatmap), [*place, min(value * gain, 1)], rtol=1e-3)


@given(x=st.floats(2.5, 5.5), y=st.floats(2.5, 5.5), height=st.floats(0.2, 1), sigma=st.floats(NARROWEST, 1.5))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_gaussian_between_cells_gets_its_true_height_and_place(x, y, height, sigma):
    rows, columns = np.mgrid[:9, :9]
    heatmap = height * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
    np.testing.assert_allclose(peak_of(heatmap), [x, y, height], atol=0.01)


@given(around=st.lists(st.floats(-0.5, 0.5), min_size=9, max_size=9))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_surroundings_raise_a_score_beyond_the_bound(around):
    heatmap = np.zeros((9, 9))
    heatmap[3:6, 3:6] = np.reshape(around, (3, 3))
    heatmap[4, 4] = 0.51  # the only peak: all others are its neighbours and lower
    assert 0.509 < peak_of(heatmap)[2] <= 0.5101 * BETWEEN_TWO**2
