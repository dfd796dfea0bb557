"""What is written is read: people, identities, what is missing; and what is no such file is told."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trt_pose_ros import Topology
from trt_pose_ros.evaluation.results import FILE, Image, entry, header, line, load_results
from trt_pose_ros.poses import MISSING, Poses

TOPOLOGY = Topology.load("coco_17")
IMAGE = Image("drive", "/front/image", "front", 7, 1_700_000_000_123_456_789, 640, 480)
COORDINATES = st.floats(-1e4, 1e4, width=32)
SCORES = st.floats(0, 1, width=32)


def write(path, *entries):
    first = header({"name": "m", "sha256": "0", "family": "paf"}, TOPOLOGY, {"batch": 1}, ["drive"])
    path.write_bytes(b"".join(map(line, (first, *entries))))
    return path


@st.composite
def people(draw):
    count = draw(st.integers(0, 3))
    keypoints = draw(arrays(np.float32, (count, 17, 3), elements=COORDINATES))
    keypoints[:, :, 2] = draw(arrays(np.float32, (count, 17), elements=SCORES))
    keypoints[keypoints[:, :, 2] == 0] = MISSING
    positions = draw(st.none() | arrays(np.float32, (count, 17, 3), elements=COORDINATES | st.just(math.nan)))
    stddevs = draw(st.none() | arrays(np.float32, (count, 17), elements=SCORES | st.just(math.nan)))
    return Poses(
        TOPOLOGY,
        keypoints,
        draw(arrays(np.float32, count, elements=SCORES)),
        draw(arrays(np.int32, count, elements=st.integers(-1, 100))),
        positions,
        None if positions is None else stddevs,
        kinds=draw(arrays(np.uint8, count, elements=st.integers(0, 2))),
        owner_ids=draw(arrays(np.int32, count, elements=st.integers(-1, 100))),
        position_frame=draw(st.sampled_from(["", "map"])),
    )


@given(people())
def test_people_come_back_as_they_were(tmp_path_factory, poses):
    path = write(tmp_path_factory.mktemp("r") / FILE, entry(IMAGE, poses))
    ((image, read),) = load_results(path)
    assert image == IMAGE
    assert read.camera == "front"
    np.testing.assert_allclose(read.keypoints[:, :, :2], poses.keypoints[:, :, :2], atol=1e-3, rtol=1e-6)
    np.testing.assert_allclose(read.keypoints[:, :, 2], poses.keypoints[:, :, 2], atol=1e-5)
    np.testing.assert_array_equal(read.track_ids, poses.track_ids)
    np.testing.assert_array_equal(read.kinds, poses.kinds)
    np.testing.assert_array_equal(read.owner_ids, poses.owner_ids)
    if len(poses) and poses.positions is not None:
        whole = np.isfinite(poses.positions).all(axis=2, keepdims=True)
        expected = np.where(whole, poses.positions, np.nan)
        np.testing.assert_allclose(read.positions, expected, atol=1e-4, rtol=1e-6)
        assert read.position_frame == poses.position_frame
        if poses.position_stddevs is None:
            assert read.position_stddevs is None
        else:
            expected = np.where(whole[:, :, 0], poses.position_stddevs, np.nan)
            np.testing.assert_allclose(read.position_stddevs, expected, atol=1e-4)
    else:
        assert read.positions is None


def test_a_folder_is_opened_and_read_again_and_again(tmp_path):
    write(tmp_path / FILE, entry(IMAGE, Poses.empty(TOPOLOGY)))
    results = load_results(tmp_path)
    assert results.topology == TOPOLOGY
    assert results.header["bags"] == ["drive"]
    assert [len(list(results)) for _ in range(2)] == [1, 1]


def test_a_line_is_json_without_nan(tmp_path):
    poses = Poses(TOPOLOGY, np.tile(MISSING, (1, 17, 1)), [0.123456789])
    written = entry(IMAGE, poses)
    assert json.loads(line(written)) == written
    assert written["people"][0]["score"] == 0.12346
    assert written["people"][0]["keypoints"][0] == [None, None, 0]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b"nonsense",
        b'{"format":"coco"}',
        b'{"format":"trt_pose_ros.results","version":1}',
        b'{"format":"trt_pose_ros.results","version":1,"topology":{"name":"a","keypoints":3,"skeleton":[]}}',
    ],
)
def test_what_is_no_file_of_results_is_told(tmp_path, text):
    (tmp_path / FILE).write_bytes(text)
    with pytest.raises(ValueError, match=r"does not hold results of trt-pose replay"):
        load_results(tmp_path)


def test_a_later_version_is_told(tmp_path):
    first = header({}, TOPOLOGY, {}, []) | {"version": 2}
    (tmp_path / FILE).write_bytes(line(first))
    with pytest.raises(ValueError, match="version is 2, only 1 is known: update"):
        load_results(tmp_path)


@pytest.mark.parametrize("change", [{"people": 3}, {"people": [{}]}, {"people": [{"kind": "cat"}]}, {"index": None}])
def test_a_broken_line_is_named(tmp_path, change):
    good = entry(IMAGE, Poses.empty(TOPOLOGY))
    broken = {**good, **change}
    if change == {"index": None}:
        del broken["index"]
    path = write(tmp_path / FILE, good, broken)
    with pytest.raises(ValueError, match=r"results\.jsonl, line 3: not an image's results"):
        list(load_results(path))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"results\.jsonl"):
        load_results(tmp_path)
