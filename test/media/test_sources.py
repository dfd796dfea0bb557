import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from trt_pose_ros.media.sources import Images, Video, open_source


def image(value):
    return np.full((48, 64, 3), value, np.uint8)


def save(file, value):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(cv2.imencode(".png", image(value))[1].tobytes())
    return file


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "folder"
    for name, value in (("b.png", 20), ("a.png", 10), ("c.png", 30)):
        save(path / name, value)
    return path


@pytest.fixture
def video(tmp_path):
    file = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 12.0, (64, 48))
    for value in range(0, 250, 25):
        writer.write(image(value))
    writer.release()
    return file


def names(source):
    return [frame.name for frame in source]


def test_a_folder_gives_its_images_by_name(folder):
    source = open_source(folder)
    frames = list(source)
    assert [f.name for f in frames] == ["a.png", "b.png", "c.png"]
    assert [f.image[0, 0, 0] for f in frames] == [10, 20, 30]
    assert [f.index for f in frames] == [0, 1, 2]
    assert {f.time for f in frames} == {None}
    assert len(source) == 3
    assert source.rate is None


def test_one_image(folder):
    (frame,) = open_source(folder / "b.png")
    assert frame.image.shape == (48, 64, 3)
    assert frame.name == "b.png"


def test_unreadable_images_are_left_out_and_named_with_the_reason(folder):
    (folder / "b.png").write_bytes(b"broken")
    os.mkfifo(folder / "pipe.jpg")
    (folder / "gone.png").symlink_to("nowhere")
    (folder / "photo.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1")
    source = open_source(folder)
    assert [(f.name, f.index) for f in source] == [("a.png", 0), ("c.png", 2)]
    assert list(source.skipped) == ["b.png", "gone.png", "photo.HEIC", "pipe.jpg"]
    assert "No such file" in source.skipped["gone.png"]
    assert "HEIC" in source.skipped["photo.HEIC"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(folder):
    (folder / "b.png").chmod(0)
    source = open_source(folder)
    assert names(source) == ["a.png", "c.png"]
    assert "Permission denied" in source.skipped["b.png"]


def test_what_a_folder_holds_besides_is_named(folder):
    (folder / "notes.txt").write_text("P3 is not always an image")
    (folder / "inner").mkdir()
    save(folder / ".hidden.png", 9)
    source = open_source(folder)
    assert names(source) == ["a.png", "b.png", "c.png"]
    assert source.ignored == {".hidden.png": "hidden", "inner": "a folder", "notes.txt": "not an image"}


@pytest.mark.parametrize("name", ["x.JPG", "x.jfif", "x.jpe", "x.pgm", "x.png.bak", "x", "x.dat"])
def test_suffix_or_content_make_an_image(tmp_path, name):
    file = save(tmp_path / "f" / name, 50)
    assert isinstance(open_source(file), Images)
    assert names(open_source(file)) == names(open_source(file.parent)) == [name]


def test_a_link_to_an_image_is_one(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder / "a.png")
    (frame,) = open_source(tmp_path / "link")
    assert frame.image[0, 0, 0] == 10
    (tmp_path / "folder link").symlink_to(folder)
    assert len(open_source(tmp_path / "folder link")) == 3


def test_patterns_and_several_sources(folder, tmp_path):
    save(tmp_path / "other" / "a.png", 40)
    save(tmp_path / "other" / "deep" / "z.png", 50)
    assert names(open_source(str(tmp_path / "**" / "*.png"))) == [
        "folder/a.png",
        "folder/b.png",
        "folder/c.png",
        "other/a.png",
        "other/deep/z.png",
    ]
    assert names(open_source([folder / "a.png", folder / "c.png", folder / "a.png"])) == ["a.png", "c.png"]
    several = open_source([str(folder), str(tmp_path / "other/deep/z.png")])
    assert names(several) == ["folder/a.png", "folder/b.png", "folder/c.png", "other/deep/z.png"]
    with pytest.raises(FileNotFoundError, match=r"no file matches"):
        open_source(str(tmp_path / "*.jpg"))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        open_source([folder, "nowhere"])


def test_a_name_with_brackets_is_a_name(tmp_path):
    assert names(open_source(save(tmp_path / "photo[1].png", 5))) == ["photo[1].png"]


def test_images_of_12_bits_are_used_and_told(folder):
    cv2.imwrite(str(folder / "deep.png"), np.linspace(0, 4095, 3072).reshape(48, 64).astype(np.uint16))
    source = open_source(folder)
    deep = [frame.image for frame in source][-1]
    assert (deep.min(), deep.max()) == (0, 255)
    assert list(source.notes) == ["deep.png"]


def test_a_video_gives_every_frame_once_in_order_and_can_be_read_again(video):
    source = open_source(video)
    for _ in range(2):
        frames = list(source)
        assert [int(f.image.mean()) for f in frames] == pytest.approx(list(range(0, 250, 25)), abs=3)
        assert [f.time for f in frames] == pytest.approx([i / 12 for i in range(10)], abs=2e-3)
    assert source.rate == pytest.approx(12)
    assert len(source) == 10
    assert {f.name for f in frames} == {"clip.avi"}
    assert {f.arrived for f in frames} == {None}


def test_an_animation_of_its_own_is_a_video(tmp_path):
    pil = pytest.importorskip("PIL.Image", reason="Pillow writes the animation")
    first, *others = (pil.fromarray(image(value)) for value in (10, 90, 200))
    first.save(tmp_path / "x.gif", save_all=True, append_images=others, duration=100)
    source = open_source(tmp_path / "x.gif")
    assert isinstance(source, Video)
    assert len(list(source)) == 3


def test_a_folder_named_like_a_webcam_is_a_folder(folder, monkeypatch):
    save(folder / "0" / "x.png", 5)
    monkeypatch.chdir(folder)
    assert names(open_source("0")) == ["x.png"]


def test_home_is_found(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    assert names(open_source("~/a.png")) == ["a.png"]
    assert len(open_source("~/*.png")) == 3


@pytest.mark.parametrize(
    ("source", "error", "text"),
    [
        ("nowhere.mp4", FileNotFoundError, "nowhere.mp4"),
        ("empty", ValueError, "holds no images"),
        ("text", ValueError, r"holds no images, only 1 other entries \(notes.txt\)"),
        ("broken.mp4", ValueError, r"cannot open video .*broken\.mp4"),
        ("pipe", ValueError, "pipe or a socket"),
        ("97", ValueError, "cannot open webcam 97"),
        ("99999999999999", ValueError, "webcams are numbered from 0"),
        ("²", FileNotFoundError, "²"),
        ("", ValueError, "source is empty"),
        ("x" * 300, OSError, "x"),
        ("a\0b", FileNotFoundError, "neither an image"),
    ],
)
def test_what_cannot_be_opened_is_named(tmp_path, monkeypatch, source, error, text):
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("text").mkdir()
    Path("text/notes.txt").write_text("nothing")
    Path("broken.mp4").write_bytes(b"broken")
    os.mkfifo("pipe")
    with pytest.raises(error, match=text):
        open_source(source)
