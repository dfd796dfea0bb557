import cv2
import numpy as np
import pytest
import yaml
from mjpeg_server import serving

pytest.importorskip("rosbags", reason="bags need the extra [replay]")

from rosbags.highlevel import AnyReader

from trt_pose_ros.cli.main import main
from trt_pose_ros.messages.header import stamp_ns
from trt_pose_ros.messages.images import encoded_image

CALIBRATION = {
    "image_width": 64,
    "image_height": 48,
    "distortion_model": "plumb_bob",
    "distortion_coefficients": {"data": [0.1, 0.0, 0.0, 0.0, 0.0]},
    "camera_matrix": {"data": [50.0, 0, 32, 0, 50, 24, 0, 0, 1]},
    "rectification_matrix": {"data": [1.0, 0, 0, 0, 1, 0, 0, 0, 1]},
    "projection_matrix": {"data": [50.0, 0, 32, 0, 0, 50, 24, 0, 0, 0, 1, 0]},
}


def picture(number):
    """Colours that change from pixel to pixel and from picture to picture."""
    return np.random.default_rng(number).integers(0, 256, (48, 64, 3), np.uint8)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "pictures"
    path.mkdir()
    for number in (0, 1, 3):
        cv2.imwrite(str(path / f"{number}.png"), picture(number))
    (path / "2.png").write_bytes(b"no picture")
    return path


@pytest.fixture
def clip(tmp_path):
    """Four frames at 20 Hz."""
    file = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (64, 48))
    for number in range(4):
        writer.write(np.full((48, 64, 3), 50 * number, np.uint8))
    writer.release()
    return file


def run(*arguments):
    return main(["bag-from-video", *map(str, arguments)])


def messages(bag):
    """{topic: [(time of reception, message)]} of a bag, by its own definitions."""
    found = {}
    with AnyReader([bag]) as reader:
        for connection, stamp, raw in reader.messages():
            found.setdefault(connection.topic, []).append((stamp, reader.deserialize(raw, connection.msgtype)))
    return found


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
@pytest.mark.parametrize(("kind", "topic"), [("raw", "/camera/image"), ("png", "/camera/image/compressed")])
def test_pictures_come_back_bit_by_bit(folder, tmp_path, capsys, kind, topic, storage):
    assert run(folder, "--output", tmp_path / "bag", "--compressed", kind, "--storage", storage) == 0
    said = capsys.readouterr()
    assert f"images: 3 on {topic}" in said.out
    assert "could not be read: 2.png" in said.err
    found = messages(tmp_path / "bag")
    assert found.keys() == {topic, "/camera/camera_info"}
    for number, (stamp, message) in zip((0, 1, 3), found[topic], strict=True):
        np.testing.assert_array_equal(encoded_image(message).bgr, picture(number))
        assert stamp == stamp_ns(message) == 10**9 + number * 10**8  # the unreadable one leaves a gap
        assert message.header.frame_id == "camera"
    assert [stamp for stamp, _ in found["/camera/camera_info"]] == [stamp for stamp, _ in found[topic]]
    assert {(m.width, m.height, m.k[0]) for _, m in found["/camera/camera_info"]} == {(64, 48, 0.0)}


def test_a_video_has_its_own_times_and_a_camera_its_calibration(clip, tmp_path):
    (tmp_path / "lens.yaml").write_text(yaml.safe_dump(CALIBRATION))
    given = ["--topic", "/front/rgb", "--frame-id", "lens", "--start", "100", "--camera-info", tmp_path / "lens.yaml"]
    assert run(clip, "--output", tmp_path / "bag", *given) == 0
    found = messages(tmp_path / "bag")
    assert [stamp for stamp, _ in found["/front/rgb"]] == [100 * 10**9 + number * 5 * 10**7 for number in range(4)]
    for _, info in found["/front/camera_info"]:
        assert (info.header.frame_id, info.distortion_model) == ("lens", "plumb_bob")
        assert (info.k[0], info.d[0], info.p[5]) == (50.0, 0.1, 50.0)


def test_the_rate_overrules_the_video(clip, tmp_path):
    assert run(clip, "--output", tmp_path / "bag", "--rate", "4") == 0
    assert [stamp for stamp, _ in messages(tmp_path / "bag")["/camera/image"]] == [
        10**9 + number * 25 * 10**7 for number in range(4)
    ]


def test_several_cameras_are_interleaved(clip, folder, tmp_path):
    assert run(clip, folder, "--cameras", "left", "right", "--output", tmp_path / "bag", "--compressed", "jpeg") == 0
    with AnyReader([tmp_path / "bag"]) as reader:
        order = [(c.topic, stamp) for c, stamp, _ in reader.messages() if c.topic.endswith("compressed")]
    assert [stamp for _, stamp in order] == sorted(stamp for _, stamp in order)
    topics = [topic for topic, _ in order]
    assert (topics.count("/left/image/compressed"), topics.count("/right/image/compressed")) == (4, 3)
    assert topics[:3] == ["/left/image/compressed", "/right/image/compressed", "/left/image/compressed"]


def test_no_more_than_asked_for(clip, tmp_path):
    assert run(clip, "--output", tmp_path / "bag", "--max-frames", "2") == 0
    assert len(messages(tmp_path / "bag")["/camera/image"]) == 2


def test_a_calibration_of_another_size_is_refused_and_leaves_nothing(clip, tmp_path, capsys):
    (tmp_path / "lens.yaml").write_text(yaml.safe_dump(CALIBRATION | {"image_width": 640}))
    assert run(clip, "--output", tmp_path / "bag", "--camera-info", tmp_path / "lens.yaml") == 2
    assert "an image of 64x48 pixels, but the calibration is of 640x48" in capsys.readouterr().err
    assert not (tmp_path / "bag").exists()


def test_a_bag_is_not_overwritten(clip, tmp_path, capsys):
    (tmp_path / "bag").mkdir()
    assert run(clip, "--output", tmp_path / "bag") == 2
    assert "bag exists already" in capsys.readouterr().err


def test_a_stream_without_an_end_is_refused(tmp_path, capsys):
    with serving(lambda _: picture(0)) as camera:
        assert run(f"{camera.url}/camera", "--output", tmp_path / "bag") == 2
    assert "has no end: publish it with" in capsys.readouterr().err
    assert not (tmp_path / "bag").exists()


def test_without_a_readable_picture_there_is_no_bag(tmp_path, capsys):
    (tmp_path / "1.png").write_bytes(b"no picture")
    assert run(tmp_path / "1.png", "--output", tmp_path / "bag") == 1
    assert "no image could be read" in capsys.readouterr().err
    assert not (tmp_path / "bag").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a", "--cameras", "left", "right"], "1 sources for the 2 cameras left, right: one for each"),
        (["a", "b", "--cameras", "left", "left"], "a name is there twice"),
        (["a", "--cameras", "left", "--topic", "/x"], "--topic and --frame-id are for an only camera"),
        (["a", "--camera-info", "1.yaml", "2.yaml"], "--camera-info names 2 files for one camera"),
        (["a", "--cameras", "my/lens"], "'my/lens' is not a name of letters"),
        (["nowhere"], "source 'nowhere' is neither an image"),
        (["a", "--topic", "image"], "'image' is not a topic"),
        (["a", "--rate", "0"], "'0' is not a number above 0"),
    ],
)
def test_contradictions_are_named(arguments, sentence, tmp_path, capsys):
    try:
        code = run(*arguments, "--output", tmp_path / "bag")
    except SystemExit as exit:  # argparse's own
        code = exit.code
    assert code == 2
    assert sentence in capsys.readouterr().err
