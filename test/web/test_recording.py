import shutil
import threading
from types import SimpleNamespace

import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")

from making import cdr, image

from trt_pose_ros import Topology
from trt_pose_ros.bags.reader import BagReader
from trt_pose_ros.bags.types import message_types
from trt_pose_ros.messages.skeletons import skeleton_array, skeleton_topology
from trt_pose_ros.poses import Poses
from trt_pose_ros.web.recording import Recorder, Replay

TYPES = message_types()
TOPOLOGY = Topology.load("coco_17")
IMAGE, SKELETONS = "sensor_msgs/msg/Image", "trt_pose_ros/msg/SkeletonArray"


def skeletons(of):
    return skeleton_array(Poses.empty(TOPOLOGY), of.header, of.width, of.height, TYPES)


def record(recorder, count=3):
    recorder.take("/topology", "trt_pose_ros/msg/SkeletonTopology", cdr(skeleton_topology(TOPOLOGY, TYPES)), True)
    recorder.start()
    name = recorder.name
    for number in range(count):
        shot = image(number)
        recorder.take("/camera/image_raw", IMAGE, cdr(shot), False)
        recorder.take("/skeletons", SKELETONS, cdr(skeletons(shot)), False)
    recorder.stop()
    return name


def test_what_is_recorded_can_be_read_with_what_was_latched_before(tmp_path):
    recorder = Recorder(str(tmp_path / "bags"))
    name = record(recorder)
    assert recorder.bags() == [name]
    with BagReader(recorder.path(name)) as bag:
        assert {t: about.count for t, about in bag.topics.items()} == {
            "/topology": 1,
            "/camera/image_raw": 3,
            "/skeletons": 3,
        }


def test_two_in_one_second_have_two_names(tmp_path):
    recorder = Recorder(str(tmp_path))
    names = {record(recorder, 1) for _ in range(3)}
    assert len(names) == 3
    assert set(recorder.bags()) == names


def test_nothing_is_written_while_nobody_records(tmp_path):
    recorder = Recorder(str(tmp_path))
    recorder.take("/image", IMAGE, cdr(image(0)), False)
    assert (recorder.name, recorder.messages, recorder.bags()) == ("", 0, [])


def test_without_room_it_stops_and_says_so(tmp_path, monkeypatch):
    recorder = Recorder(str(tmp_path))
    recorder.start()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2**20))
    for _ in range(200):
        recorder.take("/image", IMAGE, cdr(image(0)), False)
    assert "MiB are free" in recorder.problem
    assert not recorder.name
    assert len(recorder.bags()) == 1
    with pytest.raises(OSError, match="MiB are free"):
        recorder.start()


def test_a_message_that_cannot_be_written_ends_it_with_the_reason(tmp_path):
    recorder = Recorder(str(tmp_path))
    recorder.start()
    recorder.take("/odd", "no_msgs/msg/Such", b"", False)
    assert "'no_msgs/msg/Such' is not known" in recorder.problem
    assert not recorder.name


@pytest.mark.parametrize("name", ["", ".", "..", "../bags", "/etc", 3, None, ["x"]])
def test_only_bags_of_the_folder_have_a_path(tmp_path, name):
    recorder = Recorder(str(tmp_path / "bags"))
    record(recorder)
    with pytest.raises(ValueError, match="there is no bag"):
        recorder.path(name)


class Seen:
    """What a replay has shown."""

    def __init__(self):
        self.pictures, self.people, self.topologies, self.problems = [], [], [], []
        self.ended = threading.Event()

    def replay(self, path):
        def picture(camera, stamp, load, size):
            self.pictures.append((camera, stamp, load().width))

        def people(camera, layer, message):
            self.people.append((layer, message.header.stamp.nanosec))

        def end(problem):
            self.problems.append(problem)
            self.ended.set()

        return Replay(path, picture, people, self.topologies.append, end)


def test_a_bag_is_replayed_in_its_order_under_its_name(tmp_path):
    recorder, seen = Recorder(str(tmp_path)), Seen()
    name = record(recorder)
    replay = seen.replay(recorder.path(name))
    assert seen.ended.wait(60)
    replay.stop()
    assert seen.problems == [""]
    assert [camera for camera, _, _ in seen.pictures] == [name] * 3
    assert [stamp % 10**9 for _, stamp, _ in seen.pictures] == [nanosec for _, nanosec in seen.people]
    assert {layer for layer, _ in seen.people} == {"skeletons"}
    assert [t.name for t in seen.topologies] == ["coco_17"]


def test_a_replay_can_be_stopped(tmp_path):
    recorder, seen = Recorder(str(tmp_path)), Seen()
    recorder.start()
    name = recorder.name
    recorder._bag.write_raw("/image", IMAGE, cdr(image(0)), 10**18)
    recorder._bag.write_raw("/image", IMAGE, cdr(image(1)), 10**18 + 10**12)  # a quarter of an hour later
    recorder.stop()
    replay = seen.replay(recorder.path(name))
    replay.stop()
    assert not replay.is_alive()
    assert len(seen.pictures) <= 1


def test_a_bag_that_cannot_be_read_is_told(tmp_path):
    recorder, seen = Recorder(str(tmp_path)), Seen()
    name = record(recorder)
    for file in recorder.path(name).glob("*.mcap"):
        file.unlink()
    seen.replay(recorder.path(name))
    assert seen.ended.wait(60)
    assert seen.problems[0].startswith(f"{name}: ")
