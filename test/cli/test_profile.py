import json

import cv2
import pytest
from tiny_model import person, picture, write_model

from trt_pose_ros.cli.main import main

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")


def test_stages_are_printed_and_written(tmp_path, capsys):
    model = write_model(tmp_path / "tiny.onnx")
    cv2.imwrite(str(tmp_path / "one.png"), picture([person(150, 100, 120)]))
    line = ["profile", "--model", str(model), "--backend", "onnxruntime", "--source", str(tmp_path / "one.png")]
    assert main([*line, "--steps", "3", "--cameras", "2", "--board", "bench", "--json", str(tmp_path / "f.json")]) == 0
    said = capsys.readouterr().out
    for stage in ("decode image", "preprocess", "network", "decode", "track", "draw", "**all**"):
        assert f"| {stage} |" in said
    assert "| bench | onnxruntime" in said
    figures = json.loads((tmp_path / "f.json").read_text())
    assert figures["board"] == "bench"
    assert figures["cameras"] == 2
    assert figures["people"] == 1.0


def test_nothing_to_read_is_said(tmp_path, capsys):
    (tmp_path / "bad.png").write_bytes(b"no image")
    assert main(["profile", "--source", str(tmp_path / "bad.png")]) == 2
    assert "no image could be read from" in capsys.readouterr().err
