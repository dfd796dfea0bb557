import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros import Poses, Topology
from trt_pose_ros.media.coco import HAND, image_ids, results
from trt_pose_ros.poses import LEFT_HAND, RIGHT_HAND


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["000000123456.jpg", "7.png"], [123456, 7]),
        (["000000000042.png", "nobody.png"], [42, 43]),
        (["1.png", "a.png", "b.png"], [1, 2, 3]),
        (["a.png", "b.png"], [0, 1]),
        (["frame_12.jpg", "12a.jpg", "-3.jpg"], [0, 1, 2]),
        (["0.png"], [0]),
        (["٣.png", "²".join(["", ".png"])], [0, 1]),  # digits elsewhere
        (["99999999999999999999.png", "a.png"], [0, 1]),  # no reader of JSON keeps that exactly
        ([], []),
    ],
)
def test_numbers_are_the_image_id_and_others_count_on_from_them(names, expected):
    assert image_ids(names) == (expected, "")


@pytest.mark.parametrize(
    "names", [["1.png", "001.png", "a.png"], ["a/7.jpg", "b/7.jpg", "9.jpg"], ["5.png", "5.jpg", "6.png"]]
)
def test_numbers_that_occur_twice_are_not_used_and_this_is_said(names):
    ids, note = image_ids(names)
    assert ids == [0, 1, 2]
    assert "several files are number" in note


@given(st.lists(st.from_regex(r"[0-9ab]{1,3}\.(png|jpg)", fullmatch=True), unique=True))
def test_no_two_images_share_an_id(names):
    ids, _ = image_ids(names)
    assert len(set(ids)) == len(names)


def test_pycocotools_reads_the_results_and_finds_them_perfect(tmp_path):
    coco = pytest.importorskip("pycocotools.coco", reason="pycocotools reads the results")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    topology = Topology.load("coco_17")
    keypoints = np.random.default_rng(1).uniform(10, 90, (2, 17, 3))
    keypoints[:, :, 2] = 0.9
    keypoints[1, :, :2] += 200
    names = ["b.png", "000000000007.png", "a.png"]
    ids, _ = image_ids(names)
    poses = Poses(topology, keypoints, [0.9, 0.8])
    found = [r for i, n in zip(ids, names, strict=True) for r in results(poses, i, file_name=n)]
    truth = [
        {"id": n + 1, "image_id": r["image_id"], "category_id": 1, "iscrowd": 0, "num_keypoints": 17, "area": 6400}
        | {"bbox": [10, 10, 80, 80], "keypoints": [v if i % 3 < 2 else 2 for i, v in enumerate(r["keypoints"])]}
        for n, r in enumerate(found)
    ]
    category = {"id": 1, "name": "person", "keypoints": list(topology.keypoints), "skeleton": []}
    images = [{"id": i, "file_name": n, "width": 300, "height": 300} for i, n in zip(ids, names, strict=True)]
    annotations, file = tmp_path / "truth.json", tmp_path / "keypoints.json"
    annotations.write_text(json.dumps({"images": images, "annotations": truth, "categories": [category]}))
    hands = Poses(Topology.load("hand_21"), np.full((1, 21, 3), 0.9), [0.9], kinds=[LEFT_HAND])
    file.write_text(json.dumps(found + results(hands, ids[0])))  # which it passes over
    truth = coco.COCO(str(annotations))
    evaluation = cocoeval.COCOeval(truth, truth.loadRes(str(file)), "keypoints")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1)


def test_a_frame_of_a_video_is_told_with_its_time_and_identities():
    hand = Topology("hand", ("palm", "thumb"), ((0, 1),))
    poses = Poses(hand, [[(1, 2, 1), (3, 4, 1)]] * 2, [1, 0.5], [7, -1])
    first, second = results(poses, 12, file_name="2024.mp4", frame=12, time=0.40004)
    assert (first["file_name"], first["frame"], first["time"], first["track_id"]) == ("2024.mp4", 12, 0.4, 7)
    assert "track_id" not in second
    (image,) = results(poses[1], 12, file_name="a.png")
    assert set(image) == {"image_id", "category_id", "keypoints", "score", "file_name"}


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


def test_hands_are_told_with_their_side_and_owner_and_are_no_people():
    topology = Topology.load("hand_21")
    keypoints = np.full((2, 21, 3), 0.5)
    hands = Poses(topology, keypoints, np.ones(2), kinds=[LEFT_HAND, RIGHT_HAND], owner_ids=[3, -1])
    one, other = results(hands, 7)
    assert (one["category_id"], one["kind"], one["owner_id"], len(one["keypoints"])) == (HAND, "left_hand", 3, 63)
    assert other["kind"] == "right_hand"
    assert "owner_id" not in other
