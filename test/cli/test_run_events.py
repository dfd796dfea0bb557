"""trt-pose run --events: what people do, in events.json, beside each person, and in the drawings."""

import json

import cv2
import numpy as np
import pytest
from tiny_model import person, picture, write_model

from trt_pose_ros.cli.main import main
from trt_pose_ros.media.event_drawing import BUSY, QUIET

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")
pytest.importorskip("yaml", reason="rules are YAML")

RULES = """
rules:
  large:
    description: Somebody looks large.
    when: {box: {dimension: height, at_least: 0.3}}
    for: 0.2
    until: 0.2
  small:
    description: Somebody looks small.
    when: {box: {dimension: height, at_most: 0.3}}
    for: 0.2
    until: 0.2
"""
ZONES = """
zones:
  middle: {polygon: [[0.4, 0.0], [0.6, 0.0], [0.6, 1.0], [0.4, 1.0]]}
"""


@pytest.fixture
def run(tmp_path):
    """Runs the verb on a source with these rules; gives the output folder."""
    model = write_model(tmp_path / "tiny.onnx")
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "zones.yaml").write_text(ZONES)

    def run(source):
        arguments = [source, "--events", tmp_path / "rules.yaml", "--zones", tmp_path / "zones.yaml"]
        assert main(["run", *map(str, arguments), "--model", str(model), "--output", str(tmp_path / "out")]) == 0
        return tmp_path / "out"

    return run


def read(output, name):
    return json.loads((output / name).read_text())


def test_a_video(run, tmp_path, capsys):
    writer = cv2.VideoWriter(str(tmp_path / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (320, 240))
    for number in range(30):  # somebody walks to the right, and after two seconds seems smaller
        writer.write(picture([person(60 + 4 * number, 100, 88 if number < 20 else 72)]))
    writer.release()
    output = run(tmp_path / "clip.avi")
    events = read(output, "events.json")
    started = next(e for e in events if e["kind"] == "large")
    ended = next(e for e in events if e["kind"] == "large" and e["phase"] == "end")
    assert (started["phase"], started["event_id"], started["file_name"]) == ("start", ended["event_id"], "clip.avi")
    assert started["time"] - started["began"] == pytest.approx(0.2)
    assert started["image_id"] == round(10 * started["time"])
    assert 2.0 < ended["time"] < 2.5
    assert ended["reason"] == "over"
    # every start has its end
    phases = [(e["event_id"], e["phase"]) for e in events if e["phase"] != "update"]
    assert sorted(i for i, phase in phases if phase == "start") == sorted(i for i, phase in phases if phase == "end")
    assert events[-1]["kind"] == "small"
    assert events[-1]["reason"] == "stopped"  # with the video
    # beside each person: what they take part in
    people = read(output, "keypoints.json")
    during = [p for p in people if started["time"] <= p["time"] < ended["time"]]
    assert all(("large" in p["events"]) == (p in during) for p in people)
    assert all(p["track_id"] == started["track_ids"][0] for p in during)
    assert "large 1" in capsys.readouterr().out
    capture, frames = cv2.VideoCapture(str(output / "annotated.mp4")), []
    while (frame := capture.read()[1]) is not None:
        frames.append(np.isclose(frame, BUSY, atol=60).all(axis=2).sum())
        zone = frame[120, 120:136]  # its left edge is at 0.4 of the width
    assert frames[10] > frames[0] + 50
    assert np.isclose(zone, QUIET, atol=60).all(axis=1).any()


def test_pictures_are_each_their_own(run, tmp_path):
    (tmp_path / "pictures").mkdir()
    scenes = {"1.png": [person(50, 100, 120), person(160, 150, 50)], "2.png": [person(160, 100, 150)], "3.png": []}
    for name, people in scenes.items():
        cv2.imwrite(str(tmp_path / "pictures" / name), picture(people))
    output = run(tmp_path / "pictures")
    events, people = read(output, "events.json"), read(output, "keypoints.json")
    assert {e["phase"] for e in events} == {"start"}
    assert sorted((e["image_id"], e["kind"]) for e in events) == [
        (1, "large"),
        (1, "small"),
        (2, "large"),
    ]
    of_first = [p for p in people if p["image_id"] == 1]
    assert sorted(p["events"] for p in of_first) == [["large"], ["small"]]
    # who it is of is told by their place among the people of their image
    large = next(e for e in events if (e["image_id"], e["kind"]) == (1, "large"))
    assert of_first[large["track_ids"][0]]["events"] == ["large"]
    assert "track_id" not in of_first[0]
    assert cv2.imread(str(output / "2.png")).shape == (240, 320, 3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--events", "raise_hand"], "did you mean"),
        (["--events", "/no/such/rules.yaml"], "/no/such/rules.yaml"),
        (["--zones", "zones.yaml"], "--zones is for rules: name some by --events"),
        (["--events", "raised_hand", "--zones", "/no/such/zones.yaml"], "/no/such/zones.yaml"),
    ],
)
def test_wrong_arguments_end_in_a_sentence(tmp_path, capsys, arguments, sentence):
    cv2.imwrite(str(tmp_path / "1.png"), picture([]))
    assert main(["run", str(tmp_path / "1.png"), *arguments, "--output", str(tmp_path / "out")]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_rules_nothing_is_told(tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), picture([person(100, 100, 100)]))
    model = write_model(tmp_path / "tiny.onnx")
    assert main(["run", str(tmp_path / "1.png"), "--model", str(model), "--output", str(tmp_path / "out")]) == 0
    assert not (tmp_path / "out" / "events.json").exists()
    assert "events" not in read(tmp_path / "out", "keypoints.json")[0]
