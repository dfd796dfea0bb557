import csv
import json
import os
import re
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from small_disk import small_disk
from tiny_model import person, picture, write_model

from trt_pose_ros.cli.main import main
from trt_pose_ros.media.sources import Live

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")


@pytest.fixture
def model(tmp_path):
    return str(write_model(tmp_path / "tiny.onnx"))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "images"
    path.mkdir()
    cv2.imwrite(str(path / "000000000042.png"), picture([person(150, 100, 120)]))
    cv2.imwrite(str(path / "nobody.png"), picture([]))
    (path / "zz.png").write_bytes(b"broken")
    return path


@pytest.fixture
def clip(tmp_path):
    """Six frames at 10 Hz of one person who walks to the right."""
    return write_clip(tmp_path / "2024.avi", 320, 240)


def write_clip(file, width, height):
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (width, height))
    for x in range(120, 180, 10):
        writer.write(picture([person(x, 100, 120)], width, height))
    writer.release()
    return file


def run(*arguments):
    return main(["run", *map(str, arguments)])


def keypoints(output):
    return json.loads((output / "keypoints.json").read_text())


def test_a_folder_gives_coco_results_and_annotated_images(model, folder, tmp_path, capsys):
    output = tmp_path / "out"
    assert run(folder, "--model", model, "--output", output) == 0
    (found,) = keypoints(output)
    assert found["image_id"] == 42
    assert found["file_name"] == "000000000042.png"
    assert found["category_id"] == 1
    assert len(found["keypoints"]) == 18  # six keypoints of a topology that isn't COCO's
    assert 0 < found["score"] <= 1
    assert "track_id" not in found
    annotated = cv2.imread(str(output / "000000000042.png"))
    assert (annotated != cv2.imread(str(folder / "000000000042.png"))).any()
    assert (cv2.imread(str(output / "nobody.png")) == 0).all()
    printed = capsys.readouterr()
    assert "1 person in 2 images" in printed.out
    assert re.search(r"ms each: read [\d.]+, preprocess [\d.]+, network [\d.]+, .*; [\d.]+ a second \(o", printed.out)
    assert "could not be read: zz.png (6 bytes" in printed.err


def test_bad_files_end_nothing(model, tmp_path, capsys):
    folder = tmp_path / "images"
    folder.mkdir()
    good = picture([person(150, 100, 120)])
    for name in ("000.png", "a.jpg", "a.pgm", "b.pgm", "c.JFIF", "d.jpe"):
        suffix = {".pgm": ".pgm", ".png": ".png"}.get(name[-4:], ".jpg")
        data = cv2.imencode(suffix, good[:, :, 2] if suffix == ".pgm" else good)[1]
        (folder / name).write_bytes(data.tobytes())
    whole = (folder / "a.jpg").read_bytes()
    (folder / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "huge.png").write_bytes(
        bytes.fromhex("89504e470d0a1a0a0000000d49484452000111700001117008020000005b0f3f53")
    )
    (folder / "x.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1")
    (folder / "inner").mkdir()
    (folder / "notes.txt").write_text("nothing")
    os.mkfifo(folder / "pipe.png")
    output = tmp_path / "out"
    assert run(folder, "--model", model, "--output", output) == 0
    written = {"000.png", "a.jpg", "a.png", "b.png", "c.JFIF", "d.jpe", "keypoints.json"}
    assert set(os.listdir(output)) == written
    colourful = {"000.png", "a.jpg", "c.JFIF", "d.jpe"}
    assert {found["file_name"] for found in keypoints(output)} == colourful
    assert len({found["image_id"] for found in keypoints(output)}) == len(colourful)
    told = capsys.readouterr().err
    for name in ("half.jpg", "huge.png", "x.heic", "pipe.png"):
        assert f"could not be read: {name} (" in told
    assert "left out: inner (a folder)" in told
    assert "left out: notes.txt (not an image)" in told


def test_several_images_with_one_number_get_ids_of_their_own(model, tmp_path, capsys):
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("1.png", "001.png", "a.png"):
        cv2.imwrite(str(folder / name), picture([person(150, 100, 120)]))
    assert run(folder, "--model", model, "--output", tmp_path / "out") == 0
    assert {r["file_name"]: r["image_id"] for r in keypoints(tmp_path / "out")} == {
        "001.png": 0,
        "1.png": 1,
        "a.png": 2,
    }
    assert "several files are number 1" in capsys.readouterr().err


def test_several_sources_keep_their_folders(model, folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    cv2.imwrite(str(other / "nobody.png"), picture([person(150, 100, 120)]))
    assert run(folder / "nobody.png", other, "--model", model, "--output", tmp_path / "out") == 0
    assert [r["file_name"] for r in keypoints(tmp_path / "out")] == ["other/nobody.png"]
    assert (tmp_path / "out" / "images" / "nobody.png").exists()
    assert (tmp_path / "out" / "other" / "nobody.png").exists()


def test_a_video_gives_an_annotated_video_with_times_and_identities(model, clip, tmp_path, capsys):
    output = tmp_path / "out"
    assert run(clip, "--model", model, "--output", output, "--backend", "onnxruntime", "--csv") == 0
    found = keypoints(output)
    assert [f["image_id"] for f in found] == [f["frame"] for f in found] == list(range(6))
    assert [f["time"] for f in found] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5], abs=0.01)
    assert {f["file_name"] for f in found} == {"2024.avi"}
    assert {f["track_id"] for f in found[-2:]} == {0}
    necks = [f["keypoints"][3] for f in found]
    np.testing.assert_allclose(np.diff(necks), 10, atol=4)
    capture = cv2.VideoCapture(str(output / "annotated.mp4"))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 6
    assert "6 detections of 1 person with an identity in 6 frames" in capsys.readouterr().out
    with (output / "keypoints.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [float(row["neck_x"]) for row in rows] == necks


def test_a_video_of_odd_size_loses_no_column(model, tmp_path, capsys):
    clip = write_clip(tmp_path / "odd.avi", 321, 241)
    assert run(clip, "--model", model, "--output", tmp_path / "out") == 0
    capture = cv2.VideoCapture(str(tmp_path / "out" / "annotated.mp4"))
    size = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    original = cv2.VideoCapture(str(clip)).read()[1].shape
    assert size >= (original[1], original[0])


def test_faint_people_are_left_out_unless_they_are_wanted(model, folder, tmp_path):
    score = 1.0
    for minimum, expected in ((0.0, 1), (0.1, 1), (1.0, 0)):
        assert run(folder, "--model", model, "--output", tmp_path / "out", "--min-score", minimum) == 0
        found = keypoints(tmp_path / "out")
        assert len(found) == expected
        score = min([score, *(f["score"] for f in found)])
        drawn = cv2.imread(str(tmp_path / "out" / "000000000042.png"))
        assert (drawn != picture([person(150, 100, 120)])).any() == bool(expected)
    assert 0.1 <= score < 1


def test_max_frames_and_no_images(model, folder, tmp_path):
    output = tmp_path / "out"
    assert run(folder, "--model", model, "--output", output, "--max-frames", 1, "--no-images") == 0
    assert [p.name for p in output.iterdir()] == ["keypoints.json"]
    assert len(keypoints(output)) == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere"], "neither an image"),
        (["x" * 300], "x: File name too long"),
        (["99999999999999"], "webcams are numbered"),
        (["{folder}", "--model", "nowhere.onnx"], "nowhere.onnx does not exist"),
        (["{folder}", "--model", "{folder}/zz.png"], "zz.png"),
        (["{folder}", "--model", "{model}", "--input-size", "95x128"], "multiples of 4"),
        (["{folder}", "--model", "{model}", "--output", "{folder}"], "would be overwritten"),
        (["{folder}", "--model", "{model}", "--output", "{model}"], "tiny.onnx is a file: name a folder"),
        (["{folder}", "--model", "{model}", "--output", "{model}/below"], "below: Not a directory"),
        (["{folder}", "--model", "{model}", "--output", "{taken}"], "keypoints.json: a folder has this name"),
        (["{folder}", "--model", "{model}", "--output", "/proc/nowhere"], "/proc/nowhere: No such file"),
        (["{folder}", "--model", "{model}", "--output", "y" * 300], "y: File name too long"),
    ],
)
def test_wrong_input_gives_one_sentence_and_exit_code_2(model, folder, tmp_path, capsys, arguments, complaint):
    (tmp_path / "taken" / "keypoints.json").mkdir(parents=True)
    filled = [a.format(folder=folder, model=model, taken=tmp_path / "taken") for a in arguments]
    if "--output" not in filled:
        filled += ["--output", str(tmp_path / "out")]
    assert run(*filled) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--input-size", "256"], "--input-size: input size '256' is not HEIGHTxWIDTH, such as 256x456"),
        (["--max-frames", "0"], "--max-frames: '0' is not a whole number from 1"),
        (["--max-frames", "-1"], "--max-frames: '-1' is not a whole number from 1"),
        (["--max-frames", "abc"], "--max-frames: 'abc' is not a whole number from 1"),
        (["--max-frames", "²"], "--max-frames: '²' is not a whole number from 1"),
        (["--min-score", "nan"], "--min-score: 'nan' is not a number from 0 to 1"),
        (["--min-score", "2"], "--min-score: '2' is not a number from 0 to 1"),
    ],
)
def test_wrong_arguments_are_named_with_what_they_should_be(capsys, arguments, complaint):
    with pytest.raises(SystemExit) as ended:
        run("x.png", *arguments)
    assert ended.value.code == 2
    assert f"error: argument {complaint}" in capsys.readouterr().err


def test_nothing_that_can_be_read_is_exit_code_1_and_leaves_no_results(model, folder, tmp_path, capsys):
    assert run(folder / "zz.png", "--model", model, "--output", tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert "could not be read: zz.png (6 bytes" in error
    assert "no image could be read from" in error
    assert not list((tmp_path / "out").iterdir())


def test_a_full_disk_is_a_sentence_and_what_was_found_is_kept(model, folder, tmp_path, capsys):
    for number in range(30):
        cv2.imwrite(str(folder / f"{number}.bmp"), picture([person(150, 100, 120)]))
    with small_disk(2000):
        code = run(folder, "--model", model, "--output", tmp_path / "out", "--no-images")
    assert code == 2
    assert "File too large" in capsys.readouterr().err
    assert 2 < len(keypoints(tmp_path / "out")) < 30


def test_the_originals_are_not_touched(model, folder, tmp_path):
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    run(folder, "--model", model, "--output", tmp_path / "out")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_names_of_files_may_be_any_bytes(model, tmp_path, monkeypatch):
    source = tmp_path / os.fsdecode(b"im\xff\xfeages")
    source.mkdir()
    name = os.fsdecode(b"\xe9.png")
    cv2.imwrite(str(tmp_path / "x.png"), picture([person(150, 100, 120)]))
    (tmp_path / "x.png").rename(source / name)
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")  # as with most locales
    output = tmp_path / os.fsdecode(b"o\xff")
    command = [sys.executable, "-m", "trt_pose_ros.cli.main", "run", source, "--model", model, "--output", output]
    result = subprocess.run([*command, "--csv"], capture_output=True)
    assert result.returncode == 0, result.stderr
    assert keypoints(output)[0]["file_name"] == name
    assert b"\xe9.png" in (output / "keypoints.csv").read_bytes()
    assert (output / name).exists()


class _Camera:
    """A capture device of three images."""

    def __init__(self):
        self._left = 3

    def get(self, _):
        return 0.0

    def read(self):
        time.sleep(0.15)
        self._left -= 1
        return (True, picture([person(150, 100, 120)])) if self._left >= 0 else (False, None)

    def release(self):
        pass


def test_a_live_source_has_times_and_an_annotated_video(model, tmp_path, monkeypatch):
    live = Live(99, patience=0.0, capture=_Camera())
    monkeypatch.setattr("trt_pose_ros.cli.run.open_source", lambda _: live)
    assert run("99", "--model", model, "--output", tmp_path / "out") == 0
    found = keypoints(tmp_path / "out")
    assert {f["file_name"] for f in found} == {"webcam 99"}
    times = [f["time"] for f in found]
    assert times == sorted(times)
    frames = cv2.VideoCapture(str(tmp_path / "out" / "annotated.mp4")).get(cv2.CAP_PROP_FRAME_COUNT)
    # at 30 Hz, so images are repeated to keep time
    assert frames == pytest.approx(30 * times[-1], abs=2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_with_what_was_found(model, folder, tmp_path, number):
    for index in range(3000):
        (folder / f"x{index}.png").symlink_to(folder / "000000000042.png")
    command = [sys.executable, "-m", "trt_pose_ros.cli.main", "run", str(folder), "--model", model]
    output = tmp_path / "out"
    process = subprocess.Popen([*command, "--output", str(output)], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(list(output.glob("*.png"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "stopped; what was found so far is kept" in error
    assert 1 <= len(keypoints(output)) < 3000


class TestPeopleInSpace:
    """The person of the pictures stands two metres before a camera of 60 degrees."""

    @pytest.fixture
    def depth(self, folder, tmp_path):
        path = tmp_path / "depth"
        path.mkdir()
        cv2.imwrite(str(path / "000000000042.png"), np.full((240, 320), 2000, np.uint16))
        return path

    def test_depth_gives_positions_and_a_plot_beside_the_picture(self, model, folder, depth, tmp_path, capsys):
        output = tmp_path / "out"
        arguments = ("--fov", 60, "--depth", depth, "--plot-3d", "--csv")
        assert run(folder, "--model", model, "--output", output, *arguments) == 0
        (found,) = keypoints(output)
        places = [place for place in found["positions"] if place]
        assert places
        assert all(1.9 < z < 2.4 for _, _, z in places)
        assert len(found["position_stddevs"]) == len(found["positions"])
        annotated = cv2.imread(str(output / "000000000042.png"))
        assert annotated.shape == (240, 320 + 288, 3)
        assert np.ptp(annotated[:, 320:].astype(int), axis=2).max() > 60  # people in colours
        printed = capsys.readouterr()
        assert "1 person, 1 with places in space in 2 images" in printed.out
        assert "without depth: nobody.png (there is none)" in printed.err
        assert "_x_m" in (output / "keypoints.csv").read_text().splitlines()[0]

    def test_the_calibration_is_that_of_its_file(self, model, folder, depth, tmp_path):
        focal = 160 / np.tan(np.radians(30))
        file = tmp_path / "camera.yaml"
        file.write_text(
            "image_width: 640\nimage_height: 480\ndistortion_model: plumb_bob\n"
            "distortion_coefficients: {data: [0, 0, 0, 0, 0]}\n"
            f"camera_matrix: {{data: [{2 * focal}, 0, 319.5, 0, {2 * focal}, 239.5, 0, 0, 1]}}\n"
            "rectification_matrix: {data: [1, 0, 0, 0, 1, 0, 0, 0, 1]}\n"
            f"projection_matrix: {{data: [{2 * focal}, 0, 319.5, 0, 0, {2 * focal}, 239.5, 0, 0, 0, 1, 0]}}\n"
        )
        for name, camera in (("by_fov", ("--fov", 60)), ("by_file", ("--camera-info", file))):
            assert run(folder, "--model", model, "--output", tmp_path / name, "--depth", depth, *camera) == 0
        assert keypoints(tmp_path / "by_file")[0]["positions"] == keypoints(tmp_path / "by_fov")[0]["positions"]

    def test_a_video_takes_depth_by_frame(self, model, clip, tmp_path, capsys):
        depth = tmp_path / "depth"
        depth.mkdir()
        for frame in range(5):
            np.save(depth / f"{frame:03}.npy", np.full((240, 320), 2.0 + 0.1 * frame, np.float32))
        output = tmp_path / "out"
        arguments = ("--fov", 60, "--depth", depth, "--plot-3d")
        assert run(clip, "--model", model, "--output", output, *arguments) == 0
        means = {r["frame"]: np.mean([p[2] for p in r["positions"] if p]) for r in keypoints(output) if any_place(r)}
        assert means[4] - means[0] == pytest.approx(0.4, abs=0.1)
        assert "without depth: frame 5 (there is none)" in capsys.readouterr().err
        capture = cv2.VideoCapture(str(output / "annotated.mp4"))
        assert capture.get(cv2.CAP_PROP_FRAME_WIDTH) == 320 + 288

    def test_a_camera_alone_tells_no_places_and_this_is_said(self, model, folder, tmp_path, capsys):
        assert run(folder, "--model", model, "--output", tmp_path / "out", "--fov", 60, "--plot-3d") == 0
        assert "note: nobody has a place in space: that takes --depth DIR" in capsys.readouterr().err
        assert "positions" not in keypoints(tmp_path / "out")[0]

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--lift",), "--lift needs the camera"),
            (("--fov", "60", "--lift", "no.onnx"), "no.onnx"),
            (("--plot-3d",), "--plot-3d needs the camera: give --camera-info FILE, or --fov DEGREES"),
            (("--camera-height", "1.2"), "--camera-height needs the camera"),
            (("--fov", "60", "--camera-down", "10"), "--camera-down 10 needs --camera-height"),
            (("--fov", "180"), "sees less than 180 degrees"),
            (("--fov", "60", "--depth", "nowhere"), "--depth nowhere is not a folder"),
            (("--camera-info", "nothing.yaml"), "nothing.yaml"),
        ],
    )
    def test_what_does_not_go_together_is_said_in_one_line(self, model, folder, tmp_path, capsys, arguments, said):
        assert run(folder, "--model", model, "--output", tmp_path / "out", *arguments) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1


def any_place(result):
    return any(result.get("positions", ()))
