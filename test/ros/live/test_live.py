"""trt-pose replay --live: a bag through real nodes over DDS."""

import contextlib
import json
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny_model
from harness import wait_until

pytest.importorskip("rosbags", reason="bags need the extra [replay]")

from trt_pose_ros.bags.images import Camera, write_image
from trt_pose_ros.bags.writer import BagWriter
from trt_pose_ros.cli.main import main
from trt_pose_ros.evaluation.results import load_results
from trt_pose_ros.pipeline import PosePipeline
from trt_pose_ros.ros.live.session import Session

SECOND = 10**9
COUNT = 6
ANSWERING = [sys.executable, str(Path(__file__).with_name("answering.py"))]


def picture(number):
    return tiny_model.picture([tiny_model.person(90 + 10 * number, 100, 90)])


def write_bag(path, topics, kind="raw"):
    with BagWriter(path) as writer:
        for number in range(COUNT):
            for topic in topics:
                write_image(writer, Camera(topic, "lens", kind), picture(number), SECOND + number * 2 * 10**8)
    return path


@pytest.fixture(scope="module")
def bag(tmp_path_factory):
    return write_bag(tmp_path_factory.mktemp("bag") / "walk", ["/camera/image"])


def live(*words):
    return main(["replay", *map(str, words)])


def lines(file):
    return [json.loads(text) for text in file.read_text().splitlines()]


def test_the_node_finds_in_a_bag_what_the_pipeline_finds_in_its_images(bag, model, tmp_path, capsys):
    assert live(bag, "--live", "--model", model, "--output", tmp_path, "--rates", "5", "--seconds", "1") == 0
    times = lines(tmp_path / "timings.jsonl")
    assert [(t["bag"], t["topic"], t["index"], t["stamp"]) for t in times] == [
        ("walk", "/camera/image", number, SECOND + number * 2 * 10**8) for number in range(COUNT)
    ]
    answered = {t["index"]: t["latency"] for t in times if "dropped" not in t}
    assert answered, "on the busiest machine one of six images at 5 Hz is answered"
    assert all(0 < latency < 60000 for latency in answered.values())

    results = load_results(tmp_path)
    assert results.topology.keypoints == tiny_model.TOPOLOGY.keypoints
    pipeline = PosePipeline.open(model)
    found = {image.index: poses for image, poses in results}
    assert found.keys() == answered.keys()
    for index, poses in found.items():
        (expected,) = pipeline([picture(index)])
        np.testing.assert_allclose(poses.keypoints, expected.keypoints, atol=2e-3)

    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["images"], summary["dropped"]) == (COUNT, COUNT - len(answered))
    assert summary["live"]["recorded"]["published_rate"] == pytest.approx(5.0, rel=0.3)
    (rate,) = summary["live"]["rates"]
    assert (rate["rate"], rate["published"]) == (5.0, 30)
    # what the node says of itself is what arrives here
    assert rate["fates"]["processed"] == 30 - rate["missed"]
    assert sum(rate["fates"].values()) == 30
    assert summary["cpu_seconds"] > 0
    assert summary["peak_rss_mib"] > 10
    assert summary["backend"]
    assert "recorded times: 6 images" in capsys.readouterr().err


def test_compressed_images_of_two_cameras(model, tmp_path):
    bag = write_bag(tmp_path / "two", ["/left/image", "/right/image"], "png")
    assert live(bag, "--live", "--model", model, "--output", tmp_path / "out", "--speed", "0.5") == 0
    times = lines(tmp_path / "out" / "timings.jsonl")
    assert len(times) == 2 * COUNT
    assert {t["topic"] for t in times} == {"/left/image/compressed", "/right/image/compressed"}
    for image, poses in load_results(tmp_path / "out"):
        assert image.camera == image.topic.split("/")[1]
        assert len(poses) == 1


def test_every_image_that_is_not_answered_is_counted(bag):
    def command(namespace, names):
        return [*ANSWERING, json.dumps(names or [""]), "--ros-args", "-r", f"__ns:={namespace}"]

    with Session(bag, ["/camera/image"], command) as session:
        played = session.play(rate=20.0, count=40)
        again = session.play()
    assert played.run.rate == 20.0
    # half of what it gets; on the way some may be lost as well, and the player tells of all that it sent
    assert 20 <= played.run.dropped < 40
    assert played.run.dropped == sum(message is None for message in played.skeletons)
    assert "images dropped" in played.run.why_not_held()
    assert [p.number for p in played.published] == [number % COUNT for number in range(40)]
    assert [p.recorded for p in again.published] == [SECOND + number * 2 * 10**8 for number in range(COUNT)]
    stamps = np.array([p.stamp for p in again.published])
    assert np.diff(stamps).min() > 0
    assert (stamps[-1] - stamps[0]) / 1e9 == pytest.approx(1.0, abs=0.5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_processes(bag, model, tmp_path, processes, number):
    verb = [sys.executable, "-m", "trt_pose_ros.cli.main", "replay", bag, "--live"]
    process = processes(*verb, "--model", model, "--output", tmp_path / "out", "--speed", "0.1")
    others = []

    def both():
        others[:] = started_by(process.pid)
        return len(others) == 2 or process.exit_code is not None

    wait_until(both, "the node and the player")
    assert len(others) == 2, process.output
    process.send(number)
    assert process.wait() == 130
    assert "Traceback" not in process.output
    assert not started_by(process.pid)
    assert not (tmp_path / "out").exists()


def started_by(pid):
    """The command lines of node and player of a live replay, which have its namespace among their arguments."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"__ns:=/trt_pose_live_{pid}" in file.read_text().split("\0"):
                found.append(file.read_text())
    return found


def test_a_node_that_ends_is_told(bag, tmp_path, capsys):
    assert live(bag, "--live", "--model", tmp_path / "missing.onnx", "--output", tmp_path / "out") == 2
    assert "the node has ended with exit code 1: see what it has logged" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_played_is_said(bag, tmp_path, capsys):
    params = tmp_path / "params.yaml"
    params.write_text("other_node:\n  ros__parameters:\n    a: 1\n")
    done = tmp_path / "done"
    done.mkdir()
    (done / "results.jsonl").touch()
    for words, sentence in (
        ([bag, bag], "--live plays one bag, not 2"),
        ([bag, "--topics", "/b"], "no images on /b, its images are on /camera/image"),
        ([tmp_path / "nothing"], "there is no bag"),
        ([bag, "--params", params], "holds no parameters for"),
        ([bag, "--output", done], "holds results already"),
    ):
        assert live("--live", "--output", tmp_path / "out", *words) == 2
        assert sentence in capsys.readouterr().err
