import json

import cv2
import pytest
from tiny_model import person, picture, write_model

from trt_pose_ros.cli.main import main

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "tiny.onnx")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "one.png"), picture([person(150, 100, 120)]))
    cv2.imwrite(str(tmp_path / "images" / "other.png"), picture([], 200, 100))
    return tmp_path / "images"


def run(*arguments):
    return main(["profile", *map(str, arguments)])


def test_table_json_and_plot(model, folder, tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib", reason="the plot needs matplotlib")
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    figures, plot = tmp_path / "figures.json", tmp_path / "figures.png"
    arguments = ("--model", model, "--backend", "onnxruntime", "--batch", 1, 2, "--passes", 3, "--board", "bench")
    assert run(folder, *arguments, "--json", figures, "--plot", plot) == 0
    said = capsys.readouterr().out
    assert said.startswith("tiny at 96x128, onnxruntime ")
    assert "for 8 bits: " in said
    assert "(ONEDNN_MAX_CPU_ISA=AVX2)" in said
    assert "JPEG images of 320x240, 200x100" in said
    assert "| stage | batch 1 | batch 2 |" in said
    assert said.count("| bench | onnxruntime ") == 2
    kept = json.loads(figures.read_text())
    assert [p["batch"] for p in kept["profiles"]] == [1, 2]
    stages = [stage for stage in kept["profiles"][0]["stages"] if stage != "message"]  # that is with ROS only
    assert stages == ["decode_image", "preprocess", "network", "decode", "track", "draw", "all"]
    assert cv2.imread(str(plot)).shape[1] > 100


def test_the_message_is_a_stage_where_ros_is(model, folder, capsys):
    pytest.importorskip("rclpy", reason="ROS 2 is not installed")
    assert run(folder, "--model", model, "--passes", 2) == 0
    assert "| message | " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["nowhere"], 2, "'nowhere' is neither"),
        (["--model", "nowhere.onnx"], 2, "nowhere.onnx"),
        (["{folder}", "--model", "{model}", "--json", "{folder}/no/such.json"], 2, "such.json"),
    ],
)
def test_wrong_input_is_one_sentence(model, folder, capsys, arguments, code, complaint):
    assert run(*(a.format(folder=folder, model=model) for a in arguments), "--passes", 1) == code
    said = capsys.readouterr().err
    assert complaint in said
    assert "Traceback" not in said


def test_a_batch_of_none_is_refused(capsys):
    with pytest.raises(SystemExit):
        run("--batch", 0)
    assert "'0' is not a whole number from 1" in capsys.readouterr().err
