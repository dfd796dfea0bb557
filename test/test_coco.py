import json

import numpy as np
import pytest

from trt_pose_ros import Poses, Topology
from trt_pose_ros.coco import image_id, results


@pytest.mark.parametrize(
    ("name", "expected"),
    [("000000123456.jpg", 123456), ("7.png", 7), ("frame_12.jpg", 5), ("12a.jpg", 5), ("-3.jpg", 5), ("clip.mp4", 5)],
)
def test_numeric_names_are_the_image_id_others_are_counted(name, expected):
    assert image_id(name, 5) == expected


def test_results_are_in_coco_order_without_the_neck():
    topology = Topology.load("openpose_18")
    keypoints = np.zeros((1, 18, 3))
    keypoints[0, :, 0] = np.arange(18)
    keypoints[0, :, 2] = 0.5
    keypoints[0, topology.index("left_wrist")] = (np.nan, np.nan, 0)
    (result,) = json.loads(json.dumps(results(Poses(topology, keypoints, [0.75]), 42)))
    coco = Topology.load("coco_17")
    triples = np.reshape(result["keypoints"], (17, 3))
    assert result["image_id"] == 42
    assert result["category_id"] == 1
    assert result["score"] == 0.75
    for name, (x, _, score) in zip(coco.keypoints, triples, strict=True):
        assert (x, score) == ((0, 0) if name == "left_wrist" else (topology.index(name), 0.5))


def test_other_topologies_keep_their_own_keypoints():
    hand = Topology("hand", ("palm", "thumb"), ((0, 1),))
    (result,) = results(Poses(hand, [[(1, 2, 1), (3, 4, 1)]], [1]), 0, category_id=9)
    assert result["keypoints"] == [1, 2, 1, 3, 4, 1]
    assert result["category_id"] == 9


def test_a_data_sets_own_order_goes_by_name():
    hand = Topology("hand", ("palm", "thumb"), ((0, 1),))
    data = Topology("data", ("thumb", "ring", "palm"), ())
    (result,) = results(Poses(hand, [[(1, 2, 1), (3, 4, 1)]], [1]), 0, topology=data)
    assert result["keypoints"] == [3, 4, 1, 0, 0, 0, 1, 2, 1]


def test_nobody_gives_no_result():
    assert results(Poses.empty(Topology.load("coco_17")), 0) == []
