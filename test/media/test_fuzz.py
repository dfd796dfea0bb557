"""Damaged images, folders of them and names of sources: an ImageError with a cause, never anything else, never half."""

import io

import cv2
import numpy as np
import pytest
from mutations import CASES, mutated_bytes

from trt_pose_ros.media.errors import ImageError
from trt_pose_ros.media.images import decode_image
from trt_pose_ros.media.sources import open_source

CAUSES = {"empty", "truncated", "undecodable", "too_large"}
SUFFIXES = (".jpg", ".png", ".bmp", ".webp", ".tif", ".ppm", ".pfm", ".hdr", ".ras", ".jp2", ".pam")


@pytest.fixture(scope="module")
def samples(photo):
    """Bytes of good images of every format, small, so that a mutation meets its header often."""
    small = cv2.resize(photo, (64, 48))
    deep = small.astype(np.uint16) * 16
    grey = small[:, :, 0]
    found = [cv2.imencode(suffix, small)[1] for suffix in SUFFIXES if suffix not in (".pfm", ".hdr")]
    found += [cv2.imencode(suffix, small.astype(np.float32) / 255)[1] for suffix in (".pfm", ".hdr")]
    found += [cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1]]
    found += [cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_RST_INTERVAL, 2])[1]]
    found += [cv2.imencode(suffix, image)[1] for suffix in (".png", ".tif") for image in (deep, grey, deep[:, :, 0])]
    found += [cv2.imencode(".pgm", grey)[1], cv2.imencode(".png", np.dstack([small, grey]))[1]]
    return [data.tobytes() for data in found]


def test_mutated_images(samples):
    random = np.random.default_rng(0)
    decoded = 0
    for case in range(CASES):
        data = mutated_bytes(random, samples[case % len(samples)])
        try:
            image = decode_image(data, upright=bool(case % 2))
        except ImageError as error:
            assert error.cause in CAUSES  # noqa: PT017 - either outcome is right
        else:
            decoded += 1
            assert image.dtype == np.uint8
            assert image.ndim == 3
            assert image.shape[2] == 3
            assert image.size > 0
    assert 0 < decoded < CASES


def test_images_cut_anywhere_are_refused(samples):
    random = np.random.default_rng(1)
    for case in range(CASES):
        data = samples[case % len(samples)]
        length = int(random.integers(0, len(data)))
        try:
            image = decode_image(data[:length])
        except ImageError as error:
            assert error.cause in CAUSES  # noqa: PT017 - either outcome is right
        else:
            # what was cut held nothing of the image: padding, or tags that have a default
            np.testing.assert_array_equal(image, decode_image(data))


def test_jpegs_cut_anywhere_with_an_end_marker_are_refused(photo):
    random = np.random.default_rng(2)
    options = ([], [cv2.IMWRITE_JPEG_RST_INTERVAL, 3], [cv2.IMWRITE_JPEG_OPTIMIZE, 1], [cv2.IMWRITE_JPEG_QUALITY, 30])
    whole = [cv2.imencode(".jpg", photo, option)[1].tobytes() for option in options]
    for case in range(CASES):
        data = whole[case % len(whole)]
        scan = data.index(b"\xff\xda") + 14
        cut = data[: int(random.integers(scan, len(data) - 300))].rstrip(b"\xff")
        with pytest.raises(ImageError) as caught:
            decode_image(cut + b"\xff\xd9")
        assert caught.value.cause == "truncated"


def test_folders_of_mutated_files(tmp_path, samples):
    random = np.random.default_rng(3)
    names = [f"{i}{s}" for i, s in enumerate((*SUFFIXES, "", ".txt", ".JPG", ".heic", ".dat"))]
    for name in names:
        (tmp_path / name).write_bytes(mutated_bytes(random, samples[int(random.integers(len(samples)))]))
    (tmp_path / "good.png").write_bytes(samples[1])
    for _ in range(max(1, CASES // len(names))):
        changed = tmp_path / str(random.choice(names))
        changed.write_bytes(mutated_bytes(random, samples[int(random.integers(len(samples)))]))
        source = open_source(tmp_path)
        read = [frame.name for frame in source]
        assert "good.png" in read
        assert sorted([*read, *source.skipped, *source.ignored]) == sorted([*names, "good.png"])


def test_mutated_names_of_sources(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(4)
    valid = [b"image.png", b"folder/", b"clip.mp4", b"999", b"~/x.jpg", b"**/*.png", b"photo[0-9].png", b"./a/../b"]
    for case in range(CASES):
        text = mutated_bytes(random, valid[case % len(valid)]).decode("utf-8", "surrogateescape")
        if "://" in text or (text.isdigit() and len(text) < 4):
            continue  # a stream or a webcam: nothing is mutated there, but it takes seconds
        try:
            open_source(text)
        except (OSError, ValueError) as error:
            assert str(error)  # noqa: PT017 - either outcome is right


def test_mutated_videos(tmp_path, photo):
    file = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (40, 30))
    for _ in range(4):
        writer.write(cv2.resize(photo, (40, 30)))
    writer.release()
    valid, random = file.read_bytes(), np.random.default_rng(5)
    for _ in range(max(20, CASES // 20)):
        file.write_bytes(mutated_bytes(random, valid))
        try:
            for frame in open_source(file):
                assert frame.image.dtype == np.uint8
        except ValueError as error:
            assert "clip.avi" in str(error) or "holds no images" in str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize("data", [b"", bytes(1000), b"\xff" * 100_000, b"\xff\xd8" * 50_000])
def test_nonsense_takes_no_time(data):
    with pytest.raises(ImageError):
        decode_image(data)
    with pytest.raises(ImageError):
        decode_image(io.BytesIO(b"\xff\xd8\xff" + data).getvalue())
