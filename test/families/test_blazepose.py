from dataclasses import replace

import numpy as np
import pytest

from trt_pose_ros import Topology
from trt_pose_ros.families.blazepose import BlazePoseOutputs, Family
from trt_pose_ros.geometry import Placement
from trt_pose_ros.poses import RAY_RELATIVE

TOPOLOGY = Topology.load("blazepose_33")
OUTPUTS = BlazePoseOutputs("landmarks", "presence", "world")
LANDMARKS = 39
SHAPES = {"landmarks": (None, 5 * LANDMARKS), "presence": (None, 1), "world": (None, 3 * LANDMARKS)}


def family(**options):
    made = Family(TOPOLOGY, OUTPUTS, **options)
    made.check(SHAPES, 256, 256)
    return made


def outputs(people, seed=0):
    """Tensors of random bodies, with what they hold: landmarks [N, 39, 5], presence [N, 1], world [N, 39, 3]."""
    random = np.random.default_rng(seed)
    landmarks = random.normal(0, 4, (people, LANDMARKS, 5)).astype(np.float32)
    landmarks[:, :, :2] += 128
    world = random.normal(0.1, 0.4, (people, LANDMARKS, 3)).astype(np.float32)
    presence = random.uniform(0, 1, (people, 1)).astype(np.float32)
    flat = {"landmarks": landmarks.reshape(people, -1), "presence": presence, "world": world.reshape(people, -1)}
    return flat, landmarks, presence, world


def test_landmarks_are_places_in_the_image_and_in_space():
    flat, landmarks, presence, world = outputs(3)
    places = [Placement((1.0 + n, 2.0), (10.0 * n, -3.0)) for n in range(3)]
    people = family(min_keypoint_score=0.0)(flat, places)
    left, right = TOPOLOGY.index("left_hip"), TOPOLOGY.index("right_hip")
    for n, (poses, k) in enumerate((poses, k) for poses in people for k in range(33)):
        n //= 33
        x, y, _, visible, _ = landmarks[n, k]
        score = presence[n, 0] / (1 + np.exp(-visible))
        expected = [(1 + n) * (x - 0.5) + 10 * n, 2 * (y - 0.5) - 3, score]
        np.testing.assert_allclose(poses.keypoints[0, k], expected, rtol=1e-4)
        root = (world[n, left] + world[n, right]) / 2
        np.testing.assert_allclose(poses.positions[0, k], world[n, k] - root, atol=1e-6)
        seen = poses.position_stddevs[0, k] < 0.15
        assert seen == (visible >= 0)
    assert {poses.position_frame for poses in people} == {RAY_RELATIVE}


def test_a_crop_without_anybody_gives_a_person_of_no_score():
    flat, *_ = outputs(1)
    (poses,) = family()(flat | {"presence": np.zeros((1, 1), np.float32)}, [Placement((1.0, 1.0), (0.0, 0.0))])
    assert poses.scores[0] == 0
    assert not poses.found.any()


def test_huge_logits_are_scores():
    flat, landmarks, *_ = outputs(1)
    landmarks[:, :, 3] = 1e9
    (poses,) = family()(
        flat | {"landmarks": landmarks.reshape(1, -1), "presence": np.ones((1, 1), np.float32)},
        [Placement((1.0, 1.0), (0.0, 0.0))],
    )
    np.testing.assert_allclose(poses.keypoints[0, :, 2], 1)


def test_places_are_the_middle_of_what_sure_heatmaps_say_around_them():
    """The rule in its plain form, one landmark at a time; some landmarks lie at, or beyond, the border."""
    random = np.random.default_rng(7)
    flat, landmarks, *_ = outputs(2, seed=7)
    landmarks[:, :, :2] = random.uniform(-20, 276, (2, LANDMARKS, 2))
    landmarks[:, :, 3] = 5
    maps = random.normal(-3, 2, (2, 64, 64, LANDMARKS)).astype(np.float32)
    flat |= {"landmarks": landmarks.reshape(2, -1), "presence": np.ones((2, 1), np.float32), "maps": maps}
    found = Family(TOPOLOGY, replace(OUTPUTS, heatmaps="maps"))(flat, [Placement((1.0, 1.0), (0.0, 0.0))] * 2)
    corrected = 0
    for n, k in np.ndindex(2, 33):
        x, y = landmarks[n, k, :2]
        column, row = int(np.floor(x / 4)), int(np.floor(y / 4))
        weights = {
            (c, r): 1 / (1 + np.exp(-float(maps[n, r, c, k])))
            for c in range(max(column - 3, 0), min(column + 4, 64))
            for r in range(max(row - 3, 0), min(row + 4, 64))
        }
        if max(weights.values(), default=0) >= 0.5:
            corrected += 1
            x, y = (4 * sum(w * at[i] for at, w in weights.items()) / sum(weights.values()) for i in (0, 1))
        np.testing.assert_allclose(found[n].keypoints[0, k, :2], (x - 0.5, y - 0.5), atol=1e-3)
    assert 10 < corrected < 66


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"landmarks": (1, 4 * 42)}, "168 values, must be 165 or more in steps of 5: topology 'blazepose_33' has 33"),
        ({"landmarks": (1, 5 * 32)}, "160 values"),
        ({"presence": (1, 0)}, "0 values, must be 1"),
        ({"maps": (1, 64, 64, 32)}, "32 values, must be 33 or more"),
        ({"maps": (1, 64, 64)}, r"must be \[batch, height, width, landmarks\]"),
        ({"world": (1, 39, 3)}, r"must be \[batch, values\]"),
    ],
)
def test_what_is_no_such_network_is_refused(shapes, message):
    described = replace(OUTPUTS, heatmaps="maps")
    Family(TOPOLOGY, described).check(SHAPES | {"maps": (None, 64, 64, 39)}, 256, 256)
    with pytest.raises(ValueError, match=message):
        Family(TOPOLOGY, described).check(SHAPES | {"maps": (None, 64, 64, 39)} | shapes, 256, 256)
    with pytest.raises(ValueError, match=r"outputs\.stride is 0"):
        replace(OUTPUTS, stride=0)
    with pytest.raises(ValueError, match="has no left_hip and no right_hip"):
        Family(Topology.load("person_box"), OUTPUTS)
