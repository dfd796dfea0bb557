"""Hands through the whole pipeline: a body network, a hand network, and all that lies between."""

from dataclasses import replace

import numpy as np
import pytest
import tiny_model

pytest.importorskip("onnx", reason="the tests' networks are written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' networks run on onnxruntime")

from tiny_top_down import write_hand, write_pair, write_palms

from trt_pose_ros import PosePipeline
from trt_pose_ros.hands import HAND_STAGES
from trt_pose_ros.poses import LEFT_HAND

# a body whose left forearm is there: hands are looked for beyond it
BODY = replace(tiny_model.TOPOLOGY, keypoints=("nose", "left_elbow", "left_wrist", "right_wrist", "left_ankle", "x"))
PICTURE = tiny_model.picture([tiny_model.person(150, 100, 160)])
DISC = 20  # pixels: the heatmap of a joint is flat within its disc, and its peak anywhere there
TWO = tiny_model.picture([tiny_model.person(150, 160, 220), tiny_model.person(430, 250, 260)], 640, 480)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hands")
    return tiny_model.write_model(folder / "body.onnx", topology=BODY), write_hand(folder / "hand.onnx")


@pytest.fixture(scope="module")
def pipeline(files):
    return PosePipeline.open(files[0], "onnxruntime", hands=files[1])


def test_wrists_of_hands_are_where_those_of_bodies_are(pipeline):
    people = pipeline([PICTURE, TWO, np.zeros_like(PICTURE)])
    assert [len(hands) for hands in pipeline.hands] == [1, 2, 0]
    for bodies, hands in zip(people, pipeline.hands, strict=True):
        assert (hands.kinds == LEFT_HAND).all()
        for wrist in hands.keypoint("wrist")[:, :2]:
            assert np.linalg.norm(bodies.keypoint("left_wrist")[:, :2] - wrist, axis=1).min() < DISC
    assert set(HAND_STAGES.values()) <= set(pipeline.times)


def test_owners_are_those_that_the_tracker_knows(pipeline):
    for frame in range(3):
        (people,) = pipeline([TWO], ["front"], [0.1 * frame])
    (hands,) = pipeline.hands
    wrists = {i: body[BODY.index("left_wrist"), :2] for i, body in zip(people.track_ids, people.keypoints, strict=True)}
    assert sorted(hands.owner_ids) == sorted(people.track_ids)
    for owner, hand in zip(hands.owner_ids, hands.keypoints, strict=True):
        np.testing.assert_allclose(hand[0, :2], wrists[owner], atol=DISC)
    assert hands.camera == "front"


def test_people_are_the_same_with_hands_and_without(files, pipeline):
    alone = PosePipeline.open(files[0], "onnxruntime")
    (with_hands,), (without,) = pipeline([TWO]), alone([TWO])
    np.testing.assert_array_equal(with_hands.keypoints, without.keypoints)
    assert alone.hands is None
    assert "hands" not in alone.options


def test_options_of_hands_are_by_name_and_can_be_replaced(files):
    pipeline = PosePipeline.open(files[0], "onnxruntime", hands=files[1], max_hands=1)
    assert pipeline.options["hands"].max_hands == 1
    pipeline([TWO])
    assert len(pipeline.hands[0]) == 1
    pipeline.options = {**pipeline.options, "hands": pipeline.options["hands"].changed(min_hand_size=1000.0)}
    pipeline([TWO])
    assert len(pipeline.hands[0]) == 0


def test_a_model_without_wrists_and_an_option_without_hands_are_refused(files, tmp_path):
    lame = replace(BODY, keypoints=tuple(f"k{i}" for i in range(len(BODY.keypoints))))
    path = tiny_model.write_model(tmp_path / "lame.onnx", topology=lame)
    with pytest.raises(ValueError, match=r"lame.onnx finds no wrists \(tiny\)"):
        PosePipeline.open(path, "onnxruntime", hands=files[1])
    with pytest.raises(ValueError, match="max_hands"):
        PosePipeline.open(files[0], "onnxruntime", max_hands=3)
    with pytest.raises(ValueError, match="a network for hands has topology 'hand_21'"):
        PosePipeline.open(files[0], "onnxruntime", hands=files[0])


def test_nothing_needs_to_be_fetched_unless_another_model_is_named(files, tmp_path, monkeypatch):
    monkeypatch.setenv("TRT_POSE_MODELS", str(tmp_path))
    pipeline = PosePipeline.open(files[0], "onnxruntime", hands=True)
    assert pipeline.hand_finder.network.model.manifest.name == "light_hand"
    with pytest.raises(FileNotFoundError, match="`trt-pose models get mediapipe-hand` fetches it"):
        PosePipeline.open(files[0], "onnxruntime", hands="mediapipe-hand")


def test_lone_hands_are_people_of_their_own(tmp_path):
    """A network that finds palms, here the tiny one by other names, and the hand network in a crop of each."""
    hand = write_hand(tmp_path / "hand.onnx")
    pair = write_pair(tmp_path / "hands.pair.json", write_palms(tmp_path / "palms.onnx"), hand)
    pipeline = PosePipeline.open(pair, "onnxruntime", max_hands=5)
    assert pipeline.topology.name == "hand_21"
    assert set(pipeline.options) == {"decoder", "person", "hands"}
    for frame in range(3):
        (hands,) = pipeline([PICTURE], ["front"], [0.1 * frame])
    wrist = tiny_model.person(150, 100, 160)[BODY.index("left_wrist")]
    np.testing.assert_allclose(hands.keypoint("wrist")[:, :2], [wrist], atol=DISC)
    assert hands.track_ids.tolist() == [0]
    assert {"crop", "person_network", "person_decode"} <= set(pipeline.times)
    pipeline.options = {**pipeline.options, "hands": pipeline.options["hands"].changed(min_hand_size=1000.0)}
    assert len(pipeline([PICTURE])[0]) == 0
