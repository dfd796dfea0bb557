"""Parts of a replay survive being bytes, to the last bit; half of one is noticed."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros import Topology
from trt_pose_ros.evaluation.replay.parts import MadeBy, Part, Seen, pack, unpack
from trt_pose_ros.poses import LEFT_HAND, Poses

TOPOLOGY = Topology.load("coco_17")
MADE_BY = MadeBy("openvino 1", "0.1.0", [256, 448], {"decoder": {"min_keypoints": 3}}, TOPOLOGY.to_category())
ARRAYS = ("keypoints", "scores", "track_ids", "kinds", "owner_ids", "positions", "position_stddevs")


def part(counts, in_space):
    random = np.random.default_rng(0)
    people = []
    for count in counts:
        keypoints = random.normal(size=(count, 17, 3)).astype(np.float32)
        keypoints[:, 0] = math.nan, math.nan, 0
        space = {"positions": keypoints, "position_stddevs": keypoints[:, :, 0], "position_frame": "map"}
        fields = {"kinds": [LEFT_HAND] * count, "owner_ids": range(count)} | (space if in_space else {})
        people.append(Poses(TOPOLOGY, keypoints, keypoints[:, 1, 0], **fields) if count else Poses.empty(TOPOLOGY))
    seen = [Seen("/image", 5, 4, "lens", 640, 480, {"network": 0.1 + 0.2}) for _ in counts]
    return Part(seen, people, MADE_BY, "a CPU", {"cpu_seconds": 1.5, "peak_rss_mib": 99.0}, ["something"])


@given(st.lists(st.integers(0, 3), max_size=6), st.booleans())
def test_everything_comes_back_to_the_last_bit(counts, in_space):
    before = part(counts, in_space)
    after = unpack(pack(before))
    assert dataclasses.replace(after, people=()) == dataclasses.replace(before, people=())
    assert [len(poses) for poses in after.people] == counts
    for read, poses in zip(after.people, before.people, strict=True):
        assert read.topology == TOPOLOGY
        for name in ARRAYS:
            if len(poses):
                np.testing.assert_array_equal(getattr(read, name), getattr(poses, name))
        assert read.position_frame == poses.position_frame


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_half_a_part_is_noticed(share):
    data = pack(part([2, 1], False))
    with pytest.raises(ValueError, match="bytes that are no part of a replay"):
        unpack(data[: int(share * len(data))])
