"""Bags in, the people of their images out: as from the files; results, timings and the bag beside them."""

import itertools
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")
pytest.importorskip("mcap", reason="bags need the extra [replay]")
pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")

from making import write, write_mcap
from replaying import messages, png, raw, replay, results, stamp, summary, walking
from tiny_model import TOPOLOGY
from tiny_top_down import write_detector, write_pair, write_person

from trt_pose_ros.bags.reader import BagReader
from trt_pose_ros.cli.demo import photographs
from trt_pose_ros.cli.main import main
from trt_pose_ros.evaluation.results import entry, load_results
from trt_pose_ros.messages.images import encoded_image
from trt_pose_ros.messages.skeletons import read_skeletons, read_topology
from trt_pose_ros.pipeline import PosePipeline
from trt_pose_ros.tracking import Following, SmootherOptions

SCRIPT = Path(__file__).parents[3] / "scripts" / "replay"
pytestmark = pytest.mark.usefixtures("small_parts")


def expected(model, cameras, smooth=False):
    """[(camera, Poses)] of the pipeline on the images themselves, followed camera by camera."""
    pipeline = PosePipeline.open(model, "onnxruntime", threads=1, batch=1)
    following = Following(TOPOLOGY)
    following.smoothing = SmootherOptions() if smooth else None
    found = []
    for number, images in enumerate(zip(*cameras.values(), strict=True)):
        for camera, image in zip(cameras, images, strict=True):
            sec, nanosec = divmod(stamp(number), 10**9)
            found.append((camera, following(pipeline([image])[0], camera, sec + 1e-9 * nanosec)))
    return found


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
@pytest.mark.parametrize("kind", [raw, png])
def test_people_are_those_of_the_images_exactly(model, tmp_path, storage, kind):
    write(tmp_path / "bag", messages(30, {"/camera/image": kind}), storage)
    assert replay(model, tmp_path / "out", tmp_path / "bag") == 0
    found = list(load_results(tmp_path / "out"))
    wanted = expected(model, {"": walking(30)})
    assert len(found) == len(wanted) == 30
    for number, ((image, read), (_, poses)) in enumerate(zip(found, wanted, strict=True)):
        assert (image.index, image.stamp, image.width, image.height) == (number, stamp(number), 320, 240)
        assert entry(image, read) == entry(image, poses)
    assert {i for _, poses in found for i in poses.track_ids.tolist()} == {-1, 0, 1}
    assert summary(tmp_path / "out")["identities"] == 2


@pytest.mark.parametrize("kind", [raw, png])
def test_photographs_and_the_bundled_model_give_the_same_people_as_files(tmp_path, kind):
    images = photographs()
    if not images:
        pytest.skip("the demo's photographs are not installed")
    bag = write(
        tmp_path / "bag", [("/image", kind(image, n)[0], stamp(n), kind(image, n)[1]) for n, image in enumerate(images)]
    )
    assert main(["replay", str(bag), "--output", str(tmp_path / "out")]) == 0
    pipeline, found = PosePipeline.open(threads=1), list(load_results(tmp_path / "out"))
    for picture_, (image, read) in zip(images, found, strict=True):
        (poses,) = pipeline([picture_])
        assert entry(image, read)["people"] == entry(image, poses)["people"]
    assert sum(len(poses) for _, poses in found) >= len(images)


def test_two_networks_work_together_as_on_the_images(tmp_path):
    write_detector(tmp_path / "detector.onnx", 60)
    pair = write_pair(tmp_path / "pair.json", tmp_path / "detector.onnx", write_person(tmp_path / "person.onnx"))
    assert replay(str(pair), tmp_path / "out", write(tmp_path / "bag", messages(10))) == 0
    wanted = expected(str(pair), {"": walking(10)})
    results_ = load_results(tmp_path / "out")
    for (image, read), (_, poses) in zip(results_, wanted, strict=True):
        assert entry(image, read) == entry(image, poses)
    assert sum(len(poses) for _, poses in wanted) > 10
    assert results_.header["model"]["person"]["family"] == "heatmap"
    assert set(results_.header["options"]) >= {"decoder", "person", "top_down"}
    (tmp_path / "pose.yaml").write_text("pose_node: {ros__parameters: {top_down.time_budget: 0.1}}")
    assert replay(str(pair), tmp_path / "budget", tmp_path / "bag", "--params", tmp_path / "pose.yaml") == 2


def test_cameras_are_followed_each_by_itself_and_smoothed(model, tmp_path):
    write(tmp_path / "bag", messages(20, {"/front/image": raw, "/left/image_raw": raw}))
    (tmp_path / "pose.yaml").write_text("/**/pose_node: {ros__parameters: {smooth: true}}")
    assert replay(model, tmp_path / "out", tmp_path / "bag", "--params", tmp_path / "pose.yaml") == 0
    wanted = expected(model, {"front": walking(20), "left": walking(20, 10)}, smooth=True)
    found = list(load_results(tmp_path / "out"))
    assert [image.camera for image, _ in found] == ["front", "left"] * 20
    for (image, read), (_, poses) in zip(found, wanted, strict=True):
        assert entry(image, read) == entry(image, poses)
    with BagReader(tmp_path / "out" / "bag") as bag:
        assert {topic: found.count for topic, found in bag.topics.items()} == {
            "/front/skeletons": 20,
            "/left/skeletons": 20,
            "/topology": 1,
        }


def test_the_output_bag_is_what_the_node_sends(model, tmp_path):
    write(tmp_path / "bag", messages(9))
    assert replay(model, tmp_path / "out", tmp_path / "bag", "--annotated", "--markers", "--storage", "sqlite3") == 0
    with BagReader(tmp_path / "out" / "bag") as bag:
        read = {topic: [(r.log_time, bag.decode(r)) for r in bag.messages([topic])] for topic in bag.topics}
    assert sorted(read) == ["/annotated", "/markers", "/skeletons", "/topology"]
    topology = read_topology(read["/topology"][0][1])
    assert topology.keypoints == TOPOLOGY.keypoints
    for (image, poses), (log_time, message), (_, drawn), (_, markers), plain in zip(
        load_results(tmp_path / "out"),
        read["/skeletons"],
        read["/annotated"],
        read["/markers"],
        walking(9),
        strict=True,
    ):
        assert log_time == image.stamp + 5 * 10**6
        assert (message.header.stamp.sec, message.header.frame_id) == (image.stamp // 10**9, "lens")
        assert (message.image_width, message.image_height) == (320, 240)
        assert len(read_skeletons(message, topology)) == (poses.scores >= 0.1).sum()
        assert sum(m.ns == "joints" for m in markers.markers) == len(message.skeletons)
        assert 0 < (encoded_image(drawn).bgr != plain).any(axis=2).sum() < 0.2 * 320 * 240


def test_parameters_reach_network_and_outputs(model, tmp_path):
    (tmp_path / "pose.yaml").write_text(
        "/**: {ros__parameters: {decoder.min_keypoints: 5, track: false, diagnostics: {max_silence: 3.0}}}"
    )
    bag = write(tmp_path / "bag", messages(3))
    assert replay(model, tmp_path / "out", bag, "--params", tmp_path / "pose.yaml") == 0
    options = load_results(tmp_path / "out").header["options"]
    assert (options["decoder"]["min_keypoints"], options["tracking"]) == (5, None)
    (tmp_path / "pose.yaml").write_text("pose_node: {ros__parameters: {person: {threads: 3}}}")
    assert replay(model, tmp_path / "other", bag, "--params", tmp_path / "pose.yaml") == 2


def test_in_recorded_time_it_takes_as_long_as_the_recording(model, tmp_path):
    bag = write(tmp_path / "bag", messages(8))
    begun = time.monotonic()
    assert replay(model, tmp_path / "out", bag, "--rate", "recorded") == 0
    assert time.monotonic() - begun >= 0.7
    assert replay(model, tmp_path / "fast", bag) == 0
    assert results(tmp_path / "out") == results(tmp_path / "fast")


@pytest.mark.parametrize("names", [("a/drive", "b/drive"), ("drive.mcap", "b/drive")])
def test_bags_of_one_name_are_told_apart_by_their_folders(model, tmp_path, names):
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
    bags = []
    for name in names:
        if name.endswith(".mcap"):
            bags.append(write_mcap(tmp_path / name, messages(2)))
        else:
            bags.append(write(tmp_path / name, messages(2)))
    assert replay(model, tmp_path / "out", *bags) == 0
    names = {image.bag for image, _ in load_results(tmp_path / "out")}
    assert len(names) == 2


def test_ros2_run_finds_the_same_program():
    told = subprocess.run([sys.executable, SCRIPT, "--help"], capture_output=True, text=True, check=True).stdout
    assert "usage: trt-pose replay [-h] --output DIR" in told


def test_timings_are_of_every_image_and_stage(model, tmp_path):
    assert replay(model, tmp_path / "out", write(tmp_path / "bag", messages(5))) == 0
    lines = [json.loads(text) for text in (tmp_path / "out" / "timings.jsonl").read_text().splitlines()]
    assert [line["index"] for line in lines] == list(range(5))
    for line in lines:
        assert list(line["ms"]) == ["read", "decode_image", "preprocess", "network", "decode", "track"]
        assert all(value >= 0 for value in line["ms"].values())
    assert np.isfinite(summary(tmp_path / "out")["fps"])
    assert list(itertools.islice(load_results(tmp_path / "out"), 1))
