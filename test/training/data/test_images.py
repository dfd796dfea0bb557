"""Reading images, whole and reduced."""

import cv2
import numpy as np
import pytest

from trt_pose_training.data.images import Reader, read, reduction


def smooth(width, height):
    y, x = np.mgrid[:height, :width]
    return np.rint(np.dstack([x * 255 / width, y * 255 / height, (x + y) * 127 / width])).astype(np.uint8)


@pytest.mark.parametrize(("scale", "factor"), [(1.0, 1), (0.51, 1), (0.5, 2), (0.3, 2), (0.25, 4), (0.01, 8)])
def test_only_jpegs_are_reduced_and_never_below_what_is_needed(scale, factor):
    assert reduction("a.JPG", scale) == factor
    assert reduction("a.png", scale) == 1


@pytest.mark.parametrize("factor", [2, 4, 8])
@pytest.mark.parametrize("size", [(320, 240), (321, 243), (327, 247)])
def test_a_reduced_pixel_covers_factor_by_factor_pixels(tmp_path, factor, size):
    """On a ramp, the mean of the pixels covered is the ramp's value at the middle of them."""
    file = tmp_path / "a.jpg"
    image = smooth(*size)
    cv2.imwrite(str(file), image, [cv2.IMWRITE_JPEG_QUALITY, 100, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111])
    reduced = read(file, size, factor)
    height, width = reduced.shape[:2]
    assert (width, height) == (-(-size[0] // factor), -(-size[1] // factor))
    # in pixels: where the ramp has the value that was found, less where it should be, but for the last, padded ones
    x = reduced[:, :-1, 0].mean(0) * size[0] / 255 - (np.arange(width - 1) * factor + (factor - 1) / 2)
    y = reduced[:-1, :, 1].mean(1) * size[1] / 255 - (np.arange(height - 1) * factor + (factor - 1) / 2)
    for shift in (x, y):
        assert abs(shift.mean()) < 0.05 * factor  # a twentieth of a reduced pixel
        assert abs(shift).max() < 1.5  # JPEG's rounding


def test_a_image_is_read_upright_or_as_stored_as_its_annotations_need(tmp_path):
    # a JPEG with an EXIF orientation of 6: to be turned by 90 degrees
    plain = cv2.imencode(".jpg", smooth(64, 32))[1].tobytes()
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    file = tmp_path / "a.jpg"
    file.write_bytes(plain[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + plain[2:])
    assert read(file).shape == (64, 32, 3)
    for factor in (1, 2):
        assert read(file, (32, 64), factor).shape == (64 // factor, 32 // factor, 3)
        assert read(file, (64, 32), factor).shape == (32 // factor, 64 // factor, 3)


def test_what_cannot_be_read_is_named(tmp_path):
    file = tmp_path / "a.jpg"
    with pytest.raises(ValueError, match=r"cannot read image .*a\.jpg"):
        read(file)
    cv2.imwrite(str(file), smooth(64, 32))
    with pytest.raises(ValueError, match=r"a\.jpg is 64x32 pixels, but 60x32 in its annotations"):
        read(file, (60, 32))


def test_images_are_kept_as_far_as_there_is_room(tmp_path):
    files = [tmp_path / f"{i}.jpg" for i in range(3)]
    for i, file in enumerate(files):
        cv2.imwrite(str(file), smooth(64, 32) // (i + 1))
    expected = {(file, factor): read(file, (64, 32), factor) for file in files for factor in (1, 2)}
    size = 64 * 32 * 3
    reader = Reader(2 * size + size // 4)  # two whole ones and a reduced one
    order = [(files[0], 1), (files[1], 1), (files[2], 1), (files[0], 2), (files[1], 2)]
    for file, factor in order:
        np.testing.assert_array_equal(reader(file, (64, 32), factor), expected[file, factor])
    for file in files:
        file.unlink()
    for file, factor in (order[0], order[1], order[3]):
        image = reader(file, (64, 32), factor)
        np.testing.assert_array_equal(image, expected[file, factor])
        with pytest.raises(ValueError, match="read-only"):
            image[:] = 0
    for file, factor in (order[2], order[4]):
        with pytest.raises(ValueError, match="cannot read"):
            reader(file, (64, 32), factor)


def test_a_kept_image_is_still_compared_with_its_annotations(tmp_path):
    file = tmp_path / "a.jpg"
    cv2.imwrite(str(file), smooth(64, 32))
    reader = Reader(10**6)
    reader(file, (64, 32))
    with pytest.raises(ValueError, match="64x32 pixels, but 60x32"):
        reader(file, (60, 32))
