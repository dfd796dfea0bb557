import cv2
import numpy as np
import pytest

from trt_pose_ros.media.depth_files import DepthFiles, read_depth
from trt_pose_ros.media.errors import ImageError

MILLIMETRES = np.arange(12, dtype=np.uint16).reshape(3, 4) * 500


def write(file, values):
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".npy":
        np.save(file, values)
    else:
        assert cv2.imwrite(str(file), values)
    return file


@pytest.mark.parametrize("suffix", [".png", ".tiff", ".npy", ".pgm"])
def test_values_of_16_bits_are_read_as_they_are(tmp_path, suffix):
    read = read_depth(write(tmp_path / f"a{suffix}", MILLIMETRES))
    assert read.dtype == np.uint16
    np.testing.assert_array_equal(read, MILLIMETRES)


@pytest.mark.parametrize(("suffix", "kind"), [(".tiff", np.float32), (".npy", np.float32), (".npy", np.float64)])
def test_metres_keep_what_was_not_measured(tmp_path, suffix, kind):
    metres = np.where(MILLIMETRES > 0, MILLIMETRES * 1e-3, np.nan).astype(kind)
    read = read_depth(write(tmp_path / f"a{suffix}", metres))
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, metres, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("a.png", np.zeros((3, 4), np.uint8), "holds uint8: depth images are of 16 bits"),
        ("a.png", np.zeros((3, 4, 3), np.uint16), "no image of one channel"),
        ("a.npy", np.zeros((3, 4), np.int32), "holds int32"),
        ("a.npy", np.zeros((0, 4), np.float32), "no image of one channel"),
    ],
)
def test_what_is_no_depth_image_is_said(tmp_path, name, values, why):
    with pytest.raises(ImageError, match=why):
        read_depth(write(tmp_path / name, values))


@pytest.mark.parametrize("name", ["a.png", "a.tiff", "a.npy"])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_damaged_files_are_an_error_in_words(tmp_path, name, share):
    file = write(tmp_path / name, MILLIMETRES)
    data = file.read_bytes()
    file.write_bytes(b"nonsense"[: len(data)] if share else b"")
    with pytest.raises(ImageError):
        read_depth(file)
    with pytest.raises(ImageError, match="cannot be read"):
        read_depth(tmp_path / "missing.png")


def test_pickles_are_not_opened(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(ImageError):
        read_depth(tmp_path / "a.npy")


def test_images_find_theirs_by_name_and_frames_by_number(tmp_path):
    for name in ("b/7.png", "a.tiff", "c.png"):
        write(tmp_path / name, MILLIMETRES)
    (tmp_path / "notes.txt").write_text("")
    files = DepthFiles(tmp_path)
    assert len(files) == 3
    assert files.of_image("b/7.jpg") == tmp_path / "b/7.png"
    assert files.of_image("a.jpg") == tmp_path / "a.tiff"
    assert files.of_image("7.jpg") is None
    assert [files.of_frame(i) and files.of_frame(i).name for i in range(4)] == ["a.tiff", "7.png", "c.png", None]


def test_an_image_with_two_is_not_guessed(tmp_path):
    write(tmp_path / "a.png", MILLIMETRES)
    write(tmp_path / "a.npy", MILLIMETRES)
    with pytest.raises(ValueError, match="several depth images"):
        DepthFiles(tmp_path).of_image("a.jpg")


def test_a_folder_of_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no depth images"):
        DepthFiles(tmp_path)
    with pytest.raises(NotADirectoryError):
        DepthFiles(tmp_path / "nothing")
