import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros.media.encodings import ENCODINGS, EncodedImage
from trt_pose_ros.model_file import InputSpec
from trt_pose_ros.preprocess import Preprocessor, Region, parse_size


def spec(**changes):
    return InputSpec("x", 64, 96, multiple=8, **changes)


def blob(height, width, x, y, size):
    """A picture with a bright square around pixel (x, y)."""
    image = np.zeros((height, width, 3), np.uint8)
    image[max(0, y - size) : y + size + 1, max(0, x - size) : x + size + 1] = 255
    return image


def centre(picture):
    ys, xs = np.mgrid[: picture.shape[0], : picture.shape[1]]
    weight = picture[:, :, 0].astype(float)
    return (xs * weight).sum() / weight.sum(), (ys * weight).sum() / weight.sum()


@given(
    st.sampled_from(["letterbox", "stretch"]),
    st.integers(100, 400),
    st.integers(100, 400),
    st.floats(0.3, 0.7),
    st.floats(0.3, 0.7),
)
def test_placement_leads_back_to_the_pixel_it_came_from(resize, height, width, fx, fy):
    x, y, size = round(fx * width), round(fy * height), 20
    (canvas,), (placement,) = Preprocessor(spec(resize=resize), 64, 96)([blob(height, width, x, y, size)])
    found = [s * c + o for s, c, o in zip(placement.scale, centre(canvas), placement.offset, strict=True)]
    # half an input pixel, in picture pixels: what bilinear sampling of a square can lose
    assert found == pytest.approx([x, y], abs=0.5 * max(placement.scale))


def test_letterbox_keeps_the_aspect_ratio_and_pads_right_and_bottom():
    wide = np.full((100, 400, 3), 200, np.uint8)
    (canvas,), _ = Preprocessor(spec(pad=(1, 2, 3)), 64, 96)([wide])
    assert (canvas[:24] == 200).all()
    assert (canvas[24:] == (1, 2, 3)).all()


@given(st.sampled_from(["bgr8", "rgb8"]), st.integers(50, 300), st.integers(50, 300), st.sampled_from(["bgr", "rgb"]))
def test_centred_the_image_is_the_same_between_equal_margins(encoding, height, width, color):
    random = np.random.default_rng(height)
    image = EncodedImage(random.integers(0, 256, (height, width, 3), np.uint8), encoding)
    about = {"pad": (1, 2, 3), "color": color}
    (corner,), (at_corner,) = Preprocessor(spec(**about), 64, 96)([image])
    (canvas,), (placement,) = Preprocessor(spec(align="center", **about), 64, 96)([image])
    across, down = (round(size / s) for size, s in zip((width, height), at_corner.scale, strict=True))
    left, top = (96 - across) // 2, (64 - down) // 2
    np.testing.assert_array_equal(canvas[top : top + down, left : left + across], corner[:down, :across])
    margins = np.ones((64, 96), bool)
    margins[top : top + down, left : left + across] = False
    assert (canvas[margins] == (1, 2, 3)).all()
    moved = [o - s * start for o, s, start in zip(at_corner.offset, at_corner.scale, (left, top), strict=True)]
    assert (placement.scale, placement.offset) == (at_corner.scale, pytest.approx(moved))


def test_stretch_fills_the_input():
    (canvas,), (placement,) = Preprocessor(spec(resize="stretch"), 64, 96)([np.full((100, 400, 3), 200, np.uint8)])
    assert (canvas == 200).all()
    assert placement.scale == pytest.approx((400 / 96, 100 / 64))


def test_colour_order_follows_the_network_and_the_picture_is_left_alone():
    image = np.full((64, 96, 3), (10, 20, 30), np.uint8)
    (canvas,), _ = Preprocessor(spec(color="rgb", pad=(0, 0, 0)), 64, 96)([image])
    assert canvas[0, 0].tolist() == [30, 20, 10]
    assert image[0, 0].tolist() == [10, 20, 30]


def test_pictures_of_different_sizes_share_a_batch():
    batch, placements = Preprocessor(spec(), 64, 96)(
        [np.zeros((10, 20, 3), np.uint8), np.zeros((500, 30, 3), np.uint8)]
    )
    assert batch.shape == (2, 64, 96, 3)
    assert placements[0] != placements[1]


def test_a_picture_with_padded_rows_is_read_in_place():
    wide = np.arange(64 * 120 * 3, dtype=np.uint32).astype(np.uint8).reshape(64, 120, 3)
    view = wide[:, :96]
    (canvas,), _ = Preprocessor(spec(), 64, 96)([view])
    assert (canvas == view).all()


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 5, 3), np.uint8),
        np.zeros((5, 5), np.uint8),
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((5, 5, 3), np.float32),
        [[1, 2, 3]],
        None,
    ],
)
def test_what_is_not_a_picture_is_refused(image):
    with pytest.raises(ValueError, match="image"):
        Preprocessor(spec(), 64, 96)([image])


@pytest.mark.parametrize("size", [(60, 96), (64, 0), (-8, 96)])
def test_impossible_input_sizes_are_refused(size):
    with pytest.raises(ValueError, match="multiples of 8"):
        Preprocessor(spec(), *size)


def test_the_padding_has_the_networks_colour_order():
    wide = np.full((100, 400, 3), 200, np.uint8)
    (canvas,), _ = Preprocessor(spec(color="rgb", pad=(1, 2, 3)), 64, 96)([wide])
    assert (canvas[24:] == (1, 2, 3)).all()


def test_images_are_written_into_the_batch_that_is_given():
    batch = np.full((3, 64, 96, 3), 7, np.uint8)
    written, placements = Preprocessor(spec(), 64, 96)([np.full((64, 96, 3), 9, np.uint8)] * 2, batch)
    assert written is batch
    assert len(placements) == 2
    assert batch[:, 0, 0, 0].tolist() == [9, 9, 7]


def sent(encoding, height, width, gap, seed):
    """Noise as a camera sends it, with ``gap`` bytes between rows."""
    kind = ENCODINGS[encoding]
    step = width * kind.channels * np.dtype(kind.dtype).itemsize + gap
    data = np.random.default_rng(seed).integers(0, 256, step * int(height * kind.planes), np.uint8)
    return EncodedImage.of(height, width, step, encoding, data)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(
    height=st.integers(2, 60).map(lambda n: 2 * n),
    width=st.integers(2, 60).map(lambda n: 2 * n),
    gap=st.integers(0, 5),
    color=st.sampled_from(["bgr", "rgb"]),
    resize=st.sampled_from(["letterbox", "stretch"]),
    seed=st.integers(0, 99),
)
def test_what_a_camera_sends_gives_what_its_bgr_gives(encoding, height, width, gap, color, resize, seed):
    image = sent(encoding, height, width, gap, seed)
    preprocess = Preprocessor(spec(color=color, resize=resize, pad=(1, 2, 3)), 64, 96)
    (found,), (placement,) = preprocess([image])
    (expected,), (same,) = preprocess([image.bgr])
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert placement == same


def test_cameras_of_all_kinds_share_a_batch():
    picture = np.random.default_rng(1).integers(0, 256, (50, 70, 3), np.uint8)
    images = [
        sent("yuyv", 40, 60, 3, 1),
        picture[:, ::-1],
        sent("bayer_rggb8", 40, 60, 0, 2),
        sent("nv12", 30, 20, 1, 3),
    ]
    preprocess = Preprocessor(spec(), 64, 96)
    batch, placements = preprocess(images)
    for image, found, placement in zip(images, batch, placements, strict=True):
        (alone,), (same,) = preprocess([image])
        assert np.abs(found.astype(int) - alone).max() <= 1
        assert placement == same


def test_parse_size():
    assert parse_size("256x456") == (256, 456)
    for wrong in ("256", "256x", "x456", "256X456", "1.5x3", ""):
        with pytest.raises(ValueError, match="HEIGHTxWIDTH"):
            parse_size(wrong)


# --- regions ---


def _places(width=40, height=30):
    """An image whose blue and green tell column and row."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, :, 0], image[:, :, 1] = 4 * np.arange(width), 4 * np.arange(height)[:, None]
    return image


@pytest.mark.parametrize("box", [(4.0, 6.0, 36.0, 22.0), (10.5, 3.25, 18.5, 7.25), (0.0, 0.0, 16.0, 8.0)])
def test_a_region_fills_the_input(box):
    of_input = InputSpec("image", 16, 32, multiple=4, resize="stretch")
    batch, (placement,) = Preprocessor(of_input, 16, 32)([Region(_places(), box)])
    x = placement.scale[0] * np.arange(32) + placement.offset[0]
    y = placement.scale[1] * np.arange(16) + placement.offset[1]
    np.testing.assert_allclose([x[0] - placement.scale[0] / 2, x[-1] + placement.scale[0] / 2], box[::2], atol=1e-5)
    np.testing.assert_allclose([y[0] - placement.scale[1] / 2, y[-1] + placement.scale[1] / 2], box[1::2], atol=1e-5)
    inside = np.ix_((y >= 0) & (y <= 29), (x >= 0) & (x <= 39))
    np.testing.assert_allclose(batch[0, :, :, 0][inside], np.broadcast_to(4 * x, (16, 32))[inside], atol=1.01)
    np.testing.assert_allclose(batch[0, :, :, 1][inside], np.broadcast_to(4 * y[:, None], (16, 32))[inside], atol=1.01)


def test_a_region_beyond_the_image_is_padded_and_colours_are_swapped():
    of_input = InputSpec("image", 16, 16, multiple=4, color="rgb", pad=(9, 8, 7))
    white = np.full((20, 20, 3), (1, 2, 3), np.uint8)
    batch, _ = Preprocessor(of_input, 16, 16)([Region(white, (12, 12, 28, 28)), Region(white, (100, 100, 101, 101))])
    assert batch[0, 2, 2].tolist() == [3, 2, 1]
    assert batch[0, 12, 12].tolist() == [9, 8, 7]
    assert (batch[1] == (9, 8, 7)).all()


def test_regions_of_what_a_camera_sends_and_whole_images_among_them():
    of_input = InputSpec("image", 16, 16, multiple=4)
    rgb = EncodedImage(_places()[:, :, ::-1].copy(), "rgb8")
    batch, places = Preprocessor(of_input, 16, 16)(
        [Region(rgb, (0, 0, 20, 20)), _places(), Region(_places(), (0, 0, 20, 20))]
    )
    np.testing.assert_array_equal(batch[0], batch[2])
    alone, (place,) = Preprocessor(of_input, 16, 16)([_places()])
    np.testing.assert_array_equal(batch[1], alone[0])
    assert places[1] == place


@pytest.mark.parametrize("box", [(5, 5, 5, 9), (5, 9, 8, 7), (np.nan, 0, 1, 1), (0, 0, np.inf, 1)])
def test_an_empty_region_is_refused(box):
    with pytest.raises(ValueError, match="is empty"):
        Preprocessor(InputSpec("image", 16, 16, multiple=4), 16, 16)([Region(_places(), box)])


def test_a_turned_region_shows_its_content_upright():
    """What is to the right in the image is up in a region that is turned clockwise by a quarter."""
    image = np.zeros((60, 60, 3), np.uint8)
    image[:, 40:] = 255
    spec = InputSpec("image", 16, 16, multiple=4)
    batch, (placement,) = Preprocessor(spec, 16, 16)([Region(image, (20, 20, 52, 52), np.pi / 2)])
    assert batch[0, :5].min() == 255
    assert batch[0, 11:].max() == 0
    _, (unturned,) = Preprocessor(spec, 16, 16)([Region(image, (20, 20, 52, 52))])
    assert placement == unturned


@pytest.mark.parametrize("angle", [np.nan, np.inf])
def test_a_region_turned_by_no_number_is_refused(angle):
    with pytest.raises(ValueError, match="must be an angle in radians"):
        Preprocessor(InputSpec("image", 16, 16, multiple=4), 16, 16)([Region(_places(), (0, 0, 9, 9), angle)])
