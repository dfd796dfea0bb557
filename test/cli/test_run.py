import json

import cv2
import numpy as np
import pytest
from tiny_model import person, picture, write_model

from trt_pose_ros.cli.main import main

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")


@pytest.fixture
def model(tmp_path):
    return str(write_model(tmp_path / "tiny.onnx"))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "pictures"
    path.mkdir()
    cv2.imwrite(str(path / "000000000042.png"), picture([person(150, 100, 120)]))
    cv2.imwrite(str(path / "nobody.png"), picture([]))
    (path / "zz.png").write_bytes(b"broken")
    return path


def run(*arguments):
    return main(["run", *map(str, arguments)])


def test_a_folder_gives_coco_results_and_annotated_pictures(model, folder, tmp_path, capsys):
    output = tmp_path / "out"
    assert run(folder, "--model", model, "--output", output) == 0
    (found,) = json.loads((output / "keypoints.json").read_text())
    assert found["image_id"] == 42
    assert found["category_id"] == 1
    assert len(found["keypoints"]) == 18  # six keypoints of a topology that isn't COCO's
    assert 0 < found["score"] <= 1
    annotated = cv2.imread(str(output / "000000000042.png"))
    assert (annotated != cv2.imread(str(folder / "000000000042.png"))).any()
    assert (cv2.imread(str(output / "nobody.png")) == 0).all()
    printed = capsys.readouterr()
    assert "1 people in 2 pictures" in printed.out
    assert "zz.png" in printed.err


def test_a_video_gives_an_annotated_video_of_the_same_length(model, tmp_path):
    clip = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter_fourcc(*"MJPG"), 10.0, (320, 240))
    for x in range(120, 180, 10):
        writer.write(picture([person(x, 100, 120)]))
    writer.release()
    output = tmp_path / "out"
    assert run(clip, "--model", model, "--output", output, "--backend", "onnxruntime") == 0
    found = json.loads((output / "keypoints.json").read_text())
    assert [f["image_id"] for f in found] == list(range(6))
    necks = [f["keypoints"][3] for f in found]
    np.testing.assert_allclose(np.diff(necks), 10, atol=4)
    capture = cv2.VideoCapture(str(output / "annotated.mp4"))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 6


def test_max_frames_and_no_pictures(model, folder, tmp_path):
    output = tmp_path / "out"
    assert run(folder, "--model", model, "--output", output, "--max-frames", 1, "--no-pictures") == 0
    assert [p.name for p in output.iterdir()] == ["keypoints.json"]
    assert len(json.loads((output / "keypoints.json").read_text())) == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere"], "neither a picture"),
        (["{folder}", "--model", "nowhere.onnx"], "nowhere.onnx does not exist"),
        (["{folder}", "--model", "{folder}/zz.png"], "carries no manifest"),
        (["{folder}", "--model", "{model}", "--input-size", "95x128"], "multiples of 4"),
        (["{folder}", "--model", "{model}", "--output", "{folder}"], "would be overwritten"),
        (["{folder}/zz.png", "--model", "{model}"], "no picture could be read"),
    ],
)
def test_wrong_input_gives_one_sentence_and_exit_code_2(model, folder, tmp_path, capsys, arguments, complaint):
    filled = [a.format(folder=folder, model=model) for a in arguments]
    if "--output" not in filled:
        filled += ["--output", str(tmp_path / "out")]
    assert run(*filled) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert "Traceback" not in error


def test_the_originals_are_not_touched(model, folder, tmp_path):
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    run(folder, "--model", model, "--output", tmp_path / "out")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
