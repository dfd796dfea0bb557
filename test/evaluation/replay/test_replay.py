"""Bags in, the people of their images out: as from the files, in every way of working, and after a kill."""

import itertools
import json
import os
import signal
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

from making import IMAGE, STEP, TYPES, cdr, walking, write, write_mcap
from tiny_model import TOPOLOGY, picture, write_model

from trt_pose_ros.bags.reader import BagReader
from trt_pose_ros.cli.main import main
from trt_pose_ros.evaluation.results import entry, load_results
from trt_pose_ros.messages.header import header
from trt_pose_ros.messages.images import bgr_to_compressed, bgr_to_image, encoded_image
from trt_pose_ros.messages.skeletons import read_skeletons, read_topology
from trt_pose_ros.pipeline import PosePipeline
from trt_pose_ros.tracking import Following, SmootherOptions

COMPRESSED = "sensor_msgs/msg/CompressedImage"


def stamp(number):
    return 10**18 + number * STEP


def raw(image, number, frame_id="lens"):
    return IMAGE, cdr(bgr_to_image(image, header(stamp(number), frame_id, TYPES), TYPES))


def png(image, number):
    return COMPRESSED, cdr(bgr_to_compressed(image, header(stamp(number), "lens", TYPES), TYPES, "png"))


def messages(count, topics=None):
    """Images of each topic, {topic: kind}, in turn; each recorded five milliseconds after its stamp."""
    topics = topics or {"/image": raw}
    streams = [
        [(topic, make, image) for image in walking(count, 10 * i)] for i, (topic, make) in enumerate(topics.items())
    ]
    return [
        (topic, *make(image, number), stamp(number) + 5 * 10**6 + place)
        for number, images in enumerate(zip(*streams, strict=True))
        for place, (topic, make, image) in enumerate(images)
    ]


def make_bag(path, found, storage="mcap"):
    return write(path, [(topic, kind, log_time, data) for topic, kind, data, log_time in found], storage)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(write_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr("trt_pose_ros.evaluation.replay.replay.PART", 7)


def replay(model, output, *arguments):
    return main(["replay", *map(str, arguments), "--model", model, "--output", str(output), "--backend", "onnxruntime"])


def results(output):
    return (output / "results.jsonl").read_bytes()


def summary(output):
    return json.loads((output / "summary.json").read_text())


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
    make_bag(tmp_path / "bag", messages(30, {"/camera/image": kind}), storage)
    assert replay(model, tmp_path / "out", tmp_path / "bag") == 0
    found = list(load_results(tmp_path / "out"))
    wanted = expected(model, {"": walking(30)})
    assert len(found) == len(wanted) == 30
    for number, ((image, read), (_, poses)) in enumerate(zip(found, wanted, strict=True)):
        assert (image.index, image.stamp, image.width, image.height) == (number, stamp(number), 320, 240)
        assert entry(image, read) == entry(image, poses)
    assert {i for _, poses in found for i in poses.track_ids.tolist()} == {-1, 0, 1}
    assert summary(tmp_path / "out")["identities"] == 2


def test_cameras_are_followed_each_by_itself_and_smoothed(model, tmp_path):
    make_bag(tmp_path / "bag", messages(20, {"/front/image": raw, "/left/image_raw": raw}))
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
    make_bag(tmp_path / "bag", messages(9))
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


def test_any_number_of_processes_gives_the_same_bytes(model, tmp_path):
    bags = [make_bag(tmp_path / name, messages(25)) for name in ("a", "b")]
    assert replay(model, tmp_path / "one", *bags) == 0
    assert replay(model, tmp_path / "two", *bags, "--jobs", 2) == 0
    assert results(tmp_path / "one") == results(tmp_path / "two")
    assert [image.bag for image, _ in load_results(tmp_path / "two")] == ["a"] * 25 + ["b"] * 25
    for name in "ab":  # a bag each, beside the original
        with BagReader(tmp_path / "two" / "bag" / name) as bag:
            assert bag.topics["/skeletons"].count == 25


@pytest.mark.parametrize("jobs", [1, 2])
def test_after_a_kill_it_goes_on_to_the_same_bytes(tmp_path, jobs):
    slow = str(write_model(tmp_path / "slow.onnx", work=20))
    bag = make_bag(tmp_path / "bag", messages(60))
    command = """
import sys
import trt_pose_ros.evaluation.replay.replay as replay
from trt_pose_ros.cli.main import main
replay.PART = 7
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""
    program = tmp_path / "program.py"
    program.write_text(command)
    arguments = ["replay", str(bag), "--model", slow, "--backend", "onnxruntime", "--jobs", str(jobs)]
    output = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, program, *arguments, "--output", output])
    while process.poll() is None and len(list(output.glob("unfinished/*.npz"))) < 2:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL  # it was not done yet
    assert replay(slow, output, bag, "--jobs", jobs) == 0
    assert summary(output)["resumed"] >= 0.2
    assert replay(slow, tmp_path / "whole", bag) == 0
    assert results(output) == results(tmp_path / "whole")
    assert not (output / "unfinished").exists()


def test_a_killed_worker_is_replaced(model, tmp_path, monkeypatch, capsys):
    bag = make_bag(tmp_path / "bag", messages(60))
    assert replay(model, tmp_path / "one", bag) == 0
    killed = []

    def kill_one(images, total):
        for image in images:
            if not killed:
                children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
                workers = [c for c in children if "spawn_main" in Path(f"/proc/{c}/cmdline").read_text()]
                os.kill(int(workers[0]), signal.SIGKILL)
                killed.append(workers[0])
            yield image

    monkeypatch.setattr("trt_pose_ros.cli.replay._show", kill_one)
    assert replay(model, tmp_path / "two", bag, "--jobs", 2) == 0
    assert killed
    assert results(tmp_path / "one") == results(tmp_path / "two")


def test_a_finished_folder_is_kept_unless_told(model, tmp_path, capsys):
    bag = make_bag(tmp_path / "bag", messages(3))
    assert replay(model, tmp_path / "out", bag) == 0
    before = results(tmp_path / "out")
    assert replay(model, tmp_path / "out", bag) == 2
    assert "holds results already: name another folder, or give --overwrite" in capsys.readouterr().err
    assert replay(model, tmp_path / "out", bag, "--overwrite") == 0
    assert results(tmp_path / "out") == before


def test_an_unfinished_folder_of_something_else_is_kept_too(model, tmp_path, capsys):
    bag = make_bag(tmp_path / "bag", messages(3))
    (tmp_path / "out" / "unfinished").mkdir(parents=True)
    (tmp_path / "out" / "unfinished" / "plan.json").write_text('{"model": "another"}')
    assert replay(model, tmp_path / "out", bag) == 2
    assert "holds an unfinished replay with another version, model" in capsys.readouterr().err


def test_bad_images_are_counted_and_the_others_are_read(model, tmp_path, capsys):
    found = messages(30)
    bad = {
        3: (IMAGE, b"\0\1\0\0not a message"),
        5: (IMAGE, cdr(TYPES[IMAGE](**vars(image_message()) | {"encoding": "purple"}))),
        9: (IMAGE, cdr(TYPES[IMAGE](**vars(image_message()) | {"height": 0}))),
        29: (IMAGE, cdr(TYPES[IMAGE](**vars(image_message()) | {"step": 1}))),
    }
    for number, content in bad.items():
        found[number] = (found[number][0], *content, found[number][3])
    bag = make_bag(tmp_path / "bag", found)
    assert replay(model, tmp_path / "out", bag, "--annotated", "--batch", 4) == 0
    told = summary(tmp_path / "out")
    assert (told["images"], told["unreadable"]) == (26, {"empty": 1, "encoding": 1, "message": 1, "step": 1})
    assert told["unreadable_images"][0] == "bag, /image, image 3: 17 bytes that are no sensor_msgs/msg/Image"
    indices = [image.index for image, _ in load_results(tmp_path / "out")]
    assert indices == [i for i in range(30) if i not in bad]
    output = capsys.readouterr()
    assert "26 images" in output.out
    assert "not readable: 1 empty, 1 encoding, 1 message, 1 step" in output.out
    assert "encoding 'purple' is not supported" in output.err


def image_message():
    return bgr_to_image(picture([]), header(0, "lens", TYPES), TYPES)


def test_times_that_jump_are_told(model, tmp_path, capsys):
    again = messages(10)
    for number, (topic, kind, data, log_time) in enumerate(messages(10)):
        again.append((topic, kind, data, log_time + 20 * STEP + number))
    bag = make_bag(tmp_path / "bag", again)
    assert replay(model, tmp_path / "out", bag) == 0
    assert summary(tmp_path / "out")["jumps_back"] == {"bag, /image": {"times": 1, "largest_s": 0.9}}
    assert "time went back 1 times, by 0.9 s at most" in capsys.readouterr().out
    assert [image.index for image, _ in load_results(tmp_path / "out")] == list(range(20))


def test_images_without_a_stamp_are_followed_by_the_time_of_recording(model, tmp_path):
    found = [
        ("/image", IMAGE, cdr(bgr_to_image(image, header(0, "lens", TYPES), TYPES)), stamp(number))
        for number, image in enumerate(walking(10))
    ]
    assert replay(model, tmp_path / "out", make_bag(tmp_path / "bag", found)) == 0
    assert (summary(tmp_path / "out")["unstamped"], summary(tmp_path / "out")["identities"]) == (10, 2)


def test_of_a_bag_that_is_cut_short_the_beginning_is_used(model, tmp_path, capsys):
    bag = make_bag(tmp_path / "bag", messages(40))
    (file,) = bag.glob("*.mcap")
    os.truncate(file, int(0.6 * file.stat().st_size))
    assert replay(model, tmp_path / "out", bag) == 0
    images = summary(tmp_path / "out")["images"]
    assert 15 <= images < 30
    assert f"; {images} of its messages can be read" in capsys.readouterr().err


def test_lost_images_of_a_damaged_chunk_are_counted(model, tmp_path):
    found = [(topic, kind, log_time, data) for topic, kind, data, log_time in messages(40)]
    path = write_mcap(tmp_path / "a.mcap", found, chunk_size=500_000)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    assert replay(model, tmp_path / "out", path) == 0
    told = summary(tmp_path / "out")
    assert told["lost"] == 40 - told["images"] > 0
    assert "damaged" in told["problems"][0]


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["nowhere"], 2, "there is no bag nowhere"),
        (["{empty}"], 1, "there are no images in"),
        (["{bag}", "--topics", "/other"], 2, "the bag has no images on /other, its images are on /image"),
        (["{bag}", "{bag}"], 2, "is given twice"),
        (["{bag}", "--rate", "recorded", "--jobs", "2"], 2, "--rate recorded is one process's"),
        (["{bag}", "--params", "{params}"], 2, "unknown parameter 'smoth', did you mean 'smooth'?"),
        (["{bag}", "--ray", "nowhere:1"], 2, "no Ray cluster at 'nowhere:1'"),
    ],
)
def test_what_is_wrong_is_one_line(model, tmp_path, capsys, arguments, code, error):
    if "--ray" in arguments:
        pytest.importorskip("ray", reason="clusters need the extra [cluster]")
    (tmp_path / "params.yaml").write_text("pose_node: {ros__parameters: {smoth: true}}")
    places = {
        "bag": make_bag(tmp_path / "bag", messages(2)),
        "empty": make_bag(tmp_path / "empty", []),
        "params": tmp_path / "params.yaml",
    }
    assert replay(model, tmp_path / "out", *(a.format(**places) for a in arguments)) == code
    assert error in capsys.readouterr().err.splitlines()[-1]


def test_parameters_reach_network_and_outputs(model, tmp_path):
    (tmp_path / "pose.yaml").write_text(
        "/**: {ros__parameters: {decoder.min_keypoints: 5, track: false, diagnostics: {max_silence: 3.0}}}"
    )
    bag = make_bag(tmp_path / "bag", messages(3))
    assert replay(model, tmp_path / "out", bag, "--params", tmp_path / "pose.yaml") == 0
    options = load_results(tmp_path / "out").header["options"]
    assert (options["decoder"]["min_keypoints"], options["tracking"]) == (5, None)
    (tmp_path / "pose.yaml").write_text("pose_node: {ros__parameters: {person: {threads: 3}}}")
    assert replay(model, tmp_path / "other", bag, "--params", tmp_path / "pose.yaml") == 2


def test_in_recorded_time_it_takes_as_long_as_the_recording(model, tmp_path):
    bag = make_bag(tmp_path / "bag", messages(8))
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
            found = [(topic, kind, log_time, data) for topic, kind, data, log_time in messages(2)]
            bags.append(write_mcap(tmp_path / name, found))
        else:
            bags.append(make_bag(tmp_path / name, messages(2)))
    assert replay(model, tmp_path / "out", *bags) == 0
    names = {image.bag for image, _ in load_results(tmp_path / "out")}
    assert len(names) == 2


def test_timings_are_of_every_image_and_stage(model, tmp_path):
    assert replay(model, tmp_path / "out", make_bag(tmp_path / "bag", messages(5))) == 0
    lines = [json.loads(text) for text in (tmp_path / "out" / "timings.jsonl").read_text().splitlines()]
    assert [line["index"] for line in lines] == list(range(5))
    for line in lines:
        assert list(line["ms"]) == ["read", "decode_image", "preprocess", "network", "decode", "track"]
        assert all(value >= 0 for value in line["ms"].values())
    assert np.isfinite(summary(tmp_path / "out")["fps"])
    assert list(itertools.islice(load_results(tmp_path / "out"), 1))
