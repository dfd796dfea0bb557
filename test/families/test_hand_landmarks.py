import numpy as np
import pytest

from trt_pose_ros import Topology
from trt_pose_ros.families.hand_landmarks import Family, HandLandmarkOutputs
from trt_pose_ros.geometry import Placement
from trt_pose_ros.poses import LEFT_HAND, RAY_RELATIVE, RIGHT_HAND

HAND = Topology.load("hand_21")
OUTPUTS = HandLandmarkOutputs("landmarks", "presence", "right", "world")
SHAPES = {"landmarks": (None, 63), "presence": (None, 1), "right": (None, 1), "world": (None, 63)}


def family(**options):
    made = Family(HAND, OUTPUTS, **options)
    made.check(SHAPES, 224, 224)
    return made


def outputs(hands, seed=0):
    random = np.random.default_rng(seed)
    return {
        "landmarks": random.uniform(0, 224, (hands, 63)).astype(np.float32),
        "presence": random.uniform(0.1, 1, (hands, 1)).astype(np.float32),
        "right": random.uniform(0, 1, (hands, 1)).astype(np.float32),
        "world": random.normal(0, 0.05, (hands, 63)).astype(np.float32),
    }


def test_landmarks_are_places_in_the_image_and_from_the_wrist_in_space():
    tensors = outputs(5)
    placements = [Placement((0.5 + n, 2.0), (10.0 * n, -3.0)) for n in range(5)]
    hands = family()(tensors, placements)
    for n, hand in enumerate(hands):
        assert len(hand) == 1
        presence = tensors["presence"][n, 0]
        assert hand.scores[0] == pytest.approx(presence)
        assert hand.kinds[0] == (RIGHT_HAND if tensors["right"][n, 0] > 0.5 else LEFT_HAND)
        for k in range(21):
            x, y, _ = tensors["landmarks"][n, 3 * k : 3 * k + 3]
            expected = ((0.5 + n) * (x - 0.5) + 10 * n, 2 * (y - 0.5) - 3, presence)
            np.testing.assert_allclose(hand.keypoints[0, k], expected, rtol=1e-4)
            away = tensors["world"][n, 3 * k : 3 * k + 3] - tensors["world"][n, :3]
            np.testing.assert_allclose(hand.positions[0, k], away, atol=1e-6)
    assert {hand.position_frame for hand in hands} == {RAY_RELATIVE}


def test_where_there_is_no_hand_the_score_says_so():
    tensors = outputs(1) | {"presence": np.zeros((1, 1), np.float32)}
    (hand,) = family()(tensors, [Placement((1.0, 1.0), (0.0, 0.0))])
    assert hand.scores[0] == 0
    assert not hand.found.any()


def test_outputs_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"output 'world' has shape \[1, 60\], must be \[batch, 63\].*21 keypoints"):
        Family(HAND, OUTPUTS).check(SHAPES | {"world": (1, 60)}, 224, 224)
    with pytest.raises(ValueError, match="'coco_17' has no wrist"):
        Family(Topology.load("coco_17"), OUTPUTS)
