import cv2
import numpy as np
import pytest
from small_disk import small_disk

from trt_pose_ros.media import video
from trt_pose_ros.media.video import VideoWriter


@pytest.fixture(params=["av", "opencv"])
def encoder(request, monkeypatch):
    """Each of the two libraries in turn."""
    if request.param == "opencv":
        monkeypatch.setattr(video, "_pyav", lambda: None)
    elif video._pyav() is None:
        pytest.skip("PyAV is not installed")
    return request.param


def image(value, width=64, height=48):
    return np.full((height, width, 3), value, np.uint8)


def read(file):
    capture, frames = cv2.VideoCapture(str(file)), []
    while (frame := capture.read())[0]:
        frames.append(frame[1])
    return frames, capture.get(cv2.CAP_PROP_FPS)


def test_every_image_has_its_place(tmp_path, encoder):
    writer = VideoWriter(tmp_path / "x.mp4", 12.5)
    for value in range(0, 200, 20):
        writer.write(image(value))
    writer.close()
    frames, rate = read(tmp_path / "x.mp4")
    assert [f.mean() for f in frames] == pytest.approx(list(range(0, 200, 20)), abs=6)
    assert rate == pytest.approx(12.5)


def test_the_codec_is_told_unless_browsers_play_it(tmp_path, encoder):
    writer = VideoWriter(tmp_path / "x.mp4", 10)
    writer.write(image(1))
    writer.close()
    assert [note for note in writer.notes if "browsers do not play" in note] == writer.notes
    capture = cv2.VideoCapture(str(tmp_path / "x.mp4"))
    fourcc = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little").decode()
    assert (fourcc in ("avc1", "h264")) == (writer.notes == [])


@pytest.mark.parametrize(("width", "height"), [(321, 241), (320, 241), (321, 240), (3, 3)])
def test_odd_sizes_lose_nothing(tmp_path, encoder, width, height):
    if encoder == "av" and width < 16:
        width, height = 17, 17  # the least H.264 has
    writer = VideoWriter(tmp_path / "x.mp4", 10)
    picture = image(40, width, height)
    picture[:, width // 2 :] = 200
    for _ in range(3):
        writer.write(picture)
    writer.close()
    frames, _ = read(tmp_path / "x.mp4")
    assert frames[0].shape == (height + height % 2, width + width % 2, 3)
    assert frames[0][:height, width - 1].mean() == pytest.approx(200, abs=12)
    assert any(f"{width}x{height} became" in note for note in writer.notes)


def test_a_clip_keeps_time(tmp_path, encoder):
    writer = VideoWriter(tmp_path / "x.mp4", 10)
    for value, time in ((0, 5.0), (50, 5.1), (100, 5.11), (150, 5.5), (200, 5.62)):
        writer.write(image(value), time)
    writer.close()
    frames, _ = read(tmp_path / "x.mp4")
    # at 5.0, 5.1, ...; the one of 5.11 comes too early for the next place
    assert [f.mean() for f in frames] == pytest.approx([0, 50, 50, 50, 50, 150, 200], abs=6)


def test_a_long_pause_is_cut(tmp_path, encoder):
    writer = VideoWriter(tmp_path / "x.mp4", 2)
    for time in (0.0, 0.5, 10000.0, 10000.5):
        writer.write(image(9), time)
    writer.close()
    assert len(read(tmp_path / "x.mp4")[0]) == 4 + 20


def test_other_sizes_are_scaled_to_the_first(tmp_path, encoder):
    writer = VideoWriter(tmp_path / "x.mp4", 10)
    for size in ((64, 48), (128, 96), (31, 17)):
        writer.write(image(90, *size))
    writer.close()
    frames, _ = read(tmp_path / "x.mp4")
    assert [f.shape for f in frames] == [(48, 64, 3)] * 3


def test_what_cannot_be_written_is_named(tmp_path, encoder):
    writer = VideoWriter(tmp_path / "nowhere" / "x.mp4", 10)
    with pytest.raises(OSError, match=r"nowhere/x\.mp4"):
        writer.write(image(1))
    writer.close()


def test_a_full_disk_is_told(tmp_path, encoder):
    writer = VideoWriter(tmp_path / "x.mp4", 10)
    random = np.random.default_rng(0)
    # one encoder tells at once, the other at the end
    with small_disk(30_000), pytest.raises(OSError, match=r"x\.mp4"):  # noqa: PT012
        for _ in range(60):
            writer.write(random.integers(0, 255, (240, 320, 3), np.uint8))
        writer.close()


def test_nothing_written_leaves_no_file(tmp_path, encoder):
    VideoWriter(tmp_path / "x.mp4", 10).close()
    assert not list(tmp_path.iterdir())
