"""Skeletons of bags, as what was found and as the truth."""

from dataclasses import replace

import numpy as np
import pytest
import walkers

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [evaluate], is not installed")
pytest.importorskip("rosbags", reason="rosbags, of the extra [replay], is not installed")

from trt_pose_ros import Poses, Topology
from trt_pose_ros.bags.types import message_types
from trt_pose_ros.bags.writer import BagWriter
from trt_pose_ros.evaluation.bag_source import skeletons, truth_of_bag
from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.evaluation.measure import measure
from trt_pose_ros.evaluation.sources import bag_run, replay_run
from trt_pose_ros.messages.header import header
from trt_pose_ros.messages.skeletons import skeleton_array, skeleton_topology

TRUTH = walkers.truth(25)
FOUND = walkers.found(TRUTH)
TYPES = message_types()


def placed(poses, shift=(0, 0, 0)):
    """The same people in space: pixels as centimetres at 4 m."""
    xy = poses.keypoints[:, :, :2] / 100
    positions = np.concatenate([xy, np.full((*xy.shape[:2], 1), 4.0)], axis=2) + np.array(shift)
    return Poses(poses.topology, poses.keypoints, poses.scores, poses.track_ids, positions)


def write_bag(path, topics, topology=walkers.TOPOLOGY):
    """A bag of {topic: poses of each image} and, unless it is None, the topology."""
    with BagWriter(path) as bag:
        if topology is not None:
            bag.write("/topology", skeleton_topology(topology, TYPES), 0)
        for topic, frames in topics.items():
            for i, poses in enumerate(frames):
                message = skeleton_array(poses, header(i * walkers.PERIOD, "camera", TYPES), *walkers.SIZE, TYPES)
                bag.write(topic, message, i * walkers.PERIOD + 1)
    return path


def test_a_bag_has_the_figures_of_the_replay_that_made_it(tmp_path):
    bag = write_bag(tmp_path / "bag", {"/skeletons": FOUND})
    place = {"stamp": lambda i: i * walkers.PERIOD, "topic": lambda i: "/camera/image"}
    truth = GroundTruth(walkers.write_truth(tmp_path / "t.json", TRUTH, **place), None)
    expected = measure(replay_run(walkers.write_replay(tmp_path / "run", FOUND), truth), truth)
    report = measure(bag_run(bag, truth), truth)
    assert report["accuracy"] == expected["accuracy"]
    assert report["identities"] == expected["identities"]
    assert report["source"]["labelled"] == len(TRUTH)
    assert report["frames"][3]["topic"] == "/skeletons"


def test_a_topic_of_the_same_bag_is_the_truth_with_identities_and_positions(tmp_path):
    topics = {"/found": [placed(p, (0.03, 0, 0.04)) for p in FOUND], "/truth": [placed(p) for p in TRUTH]}
    bag = write_bag(tmp_path / "bag", topics)
    truth = GroundTruth(truth_of_bag(bag, "/truth"), None)
    report = measure(bag_run(bag, truth, but="/truth"), truth)
    assert {frame["topic"] for frame in report["frames"]} == {"/found"}
    assert report["identities"]["people"] == 3
    assert report["space"]["mpjpe"] > 50 > report["space"]["pa_mpjpe"]
    perfect = measure(bag_run(bag, truth, ["/truth"]), truth)
    assert perfect["accuracy"]["ap"] == perfect["identities"]["mota"] == 1
    assert perfect["space"]["mpjpe"] == 0
    assert perfect["space"]["joints"] == sum(int(p.found.sum()) for p in TRUTH)


def test_the_topology_is_that_of_the_bag_a_bundled_one_or_its_keypoints(tmp_path):
    own = Topology("own", walkers.TOPOLOGY.keypoints, ((0, 1),), (0.5,) * 17)
    frames = [Poses(own, p.keypoints, p.scores) for p in FOUND[:2]]
    for name, told, expected in (("a", own, own), ("b", None, Topology("own", own.keypoints, ()))):
        first = next(iter(skeletons(write_bag(tmp_path / name, {"/s": frames}, told))))
        assert first.poses.topology == expected
    bundled = next(iter(skeletons(write_bag(tmp_path / "c", {"/s": FOUND[:2]}, None))))
    assert bundled.poses.topology == walkers.TOPOLOGY


def test_hands_are_no_labelled_people(tmp_path):
    hands = [replace(p, kinds=np.array([1, 0, 0])) for p in TRUTH[:4]]
    truth = GroundTruth(truth_of_bag(write_bag(tmp_path / "bag", {"/truth": hands}), "/truth"), None)
    assert [len(people) for people in truth.people.values()] == [2] * 4


def test_topics_that_are_not_there_are_named(tmp_path):
    bag = write_bag(tmp_path / "bag", {"/skeletons": FOUND[:3]})
    with pytest.raises(ValueError, match="has no skeletons on /truth, only on /skeletons"):
        truth_of_bag(bag, "/truth")
    with pytest.raises(ValueError, match="has no skeletons"):
        bag_run(write_bag(tmp_path / "none", {}), None)
