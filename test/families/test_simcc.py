import numpy as np
import pytest

from trt_pose_ros import Topology
from trt_pose_ros.families.simcc import Family, SimccOutputs
from trt_pose_ros.geometry import Placement

TOPOLOGY = Topology("t", ("a", "b", "c"), ())
HEIGHT, WIDTH = 16, 12


def family(**outputs):
    made = Family(TOPOLOGY, SimccOutputs("x", "y", **outputs))
    made.check({"x": (None, 3, 2 * WIDTH), "y": (None, 3, 2 * HEIGHT)}, HEIGHT, WIDTH)
    return made


def test_the_highest_bin_of_either_axis_and_the_less_sure_score():
    random = np.random.default_rng(0)
    x, y = (random.uniform(0, 0.5, (4, 3, n)).astype(np.float32) for n in (2 * WIDTH, 2 * HEIGHT))
    places = [Placement((1.0 + n, 2.0), (10.0 * n, -3.0)) for n in range(4)]
    people = family()({"x": x, "y": y}, places)
    for n, k in np.ndindex(4, 3):
        column, row = x[n, k].argmax() / 2, y[n, k].argmax() / 2
        score = min(x[n, k].max(), y[n, k].max())
        expected = [(1 + n) * column + 10 * n, 2 * row - 3, score]
        np.testing.assert_allclose(people[n].keypoints[0, k], expected, rtol=1e-5)


def test_logits_become_likelihoods():
    x, y = np.zeros((1, 3, 2 * WIDTH), np.float32), np.full((1, 3, 2 * HEIGHT), 1000.0, np.float32)
    x[0, 0, 5], x[0, 1, 7], y[0, :, 4] = 10, 3, 1010
    (poses,) = family(logits=True)({"x": x, "y": y}, [Placement((1.0, 1.0), (0.0, 0.0))])
    likelihood = np.exp(10) / (np.exp(10) + 2 * HEIGHT - 1)
    assert poses.keypoints[0, 0].tolist() == pytest.approx([2.5, 2.0, likelihood])
    assert poses.found.tolist() == [[True, True, False]]  # an even spread is no place


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"x": (1, 3, 24), "y": (1, 32)}, "'y' has shape"),
        ({"x": (1, 4, 24), "y": (1, 4, 32)}, "4 keypoints"),
        ({"x": (1, 3, 12), "y": (1, 3, 32)}, "12 bins for an input of 12 pixels in width"),
    ],
)
def test_what_is_no_such_network_is_refused(shapes, message):
    with pytest.raises(ValueError, match=message):
        Family(TOPOLOGY, SimccOutputs("x", "y")).check(shapes, HEIGHT, WIDTH)
    with pytest.raises(ValueError, match=r"outputs\.bins"):
        SimccOutputs("x", "y", bins=0)
