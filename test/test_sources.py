import cv2
import numpy as np
import pytest

from trt_pose_ros.sources import open_source


def picture(value):
    return np.full((48, 64, 3), value, np.uint8)


@pytest.fixture
def folder(tmp_path):
    for name, value in (("b.png", 20), ("a.png", 10), ("c.png", 30)):
        cv2.imwrite(str(tmp_path / name), picture(value))
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path


@pytest.fixture
def video(tmp_path):
    file = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*"MJPG"), 12.0, (64, 48))
    for value in range(0, 250, 25):
        writer.write(picture(value))
    writer.release()
    return file


def test_a_folder_gives_its_pictures_by_name(folder):
    source = open_source(folder)
    frames = list(source)
    assert [f.name for f in frames] == ["a.png", "b.png", "c.png"]
    assert [f.image[0, 0, 0] for f in frames] == [10, 20, 30]
    assert [f.index for f in frames] == [0, 1, 2]
    assert len(source) == 3
    assert source.rate is None


def test_one_picture(folder):
    (frame,) = open_source(folder / "b.png")
    assert frame.image.shape == (48, 64, 3)


def test_an_unreadable_picture_is_left_out_and_named(folder):
    (folder / "b.png").write_bytes(b"broken")
    source = open_source(folder)
    assert [f.name for f in source] == ["a.png", "c.png"]
    assert source.skipped == ["b.png"]


def test_a_video_gives_every_frame_once_in_order_and_can_be_read_again(video):
    source = open_source(video)
    for _ in range(2):
        values = [int(frame.image.mean()) for frame in source]
        assert values == pytest.approx(list(range(0, 250, 25)), abs=3)
    assert source.rate == pytest.approx(12)
    assert len(source) == 10


def test_a_folder_named_like_a_webcam_is_a_folder(folder, monkeypatch):
    (folder / "0").mkdir()
    cv2.imwrite(str(folder / "0" / "x.png"), picture(5))
    monkeypatch.chdir(folder)
    assert [f.name for f in open_source("0")] == ["x.png"]


def test_what_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        open_source(tmp_path / "nowhere.mp4")
    with pytest.raises(ValueError, match="holds no pictures"):
        open_source(tmp_path)
    (tmp_path / "broken.mp4").write_bytes(b"broken")
    with pytest.raises(ValueError, match=r"cannot open video .*broken\.mp4"):
        open_source(tmp_path / "broken.mp4")
    with pytest.raises(ValueError, match="cannot open webcam 97"):
        open_source("97")
