import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros import Poses, Topology
from trt_pose_ros.families.boxes import box_poses
from trt_pose_ros.finders.regions import crops, overlaps, person_boxes

few = settings(max_examples=50, deadline=None, derandomize=True)
SEEDS = st.integers(0, 10_000)


def boxes(random, count):
    low = random.uniform(-50, 500, (count, 2))
    return np.concatenate([low, low + random.uniform(0.1, 300, (count, 2))], axis=1)


@few
@given(seed=SEEDS, aspect=st.floats(0.3, 3), scale=st.floats(1, 2))
def test_a_crop_holds_its_box_in_the_middle(seed, aspect, scale):
    some = boxes(np.random.default_rng(seed), 5)
    around = crops(some, aspect, scale)
    sizes, before = around[:, 2:] - around[:, :2], some[:, 2:] - some[:, :2]
    np.testing.assert_allclose(around[:, :2] + around[:, 2:], some[:, :2] + some[:, 2:], atol=1e-6)
    np.testing.assert_allclose(sizes[:, 0] / sizes[:, 1], aspect)
    large = before.max(axis=1) > 4  # tiny ones get a pixel at least
    assert (sizes[large] >= scale * before[large] - 1e-6).all()
    assert (np.isclose(sizes, scale * before).any(axis=1) | ~large).all()


@few
@given(seed=SEEDS)
def test_overlap_by_the_definition(seed):
    random = np.random.default_rng(seed)
    some, others = boxes(random, 4), boxes(random, 3)
    result = overlaps(some, others)
    for a, b in np.ndindex(4, 3):
        x0, y0 = np.maximum(some[a, :2], others[b, :2])
        x1, y1 = np.minimum(some[a, 2:], others[b, 2:])
        common = max(x1 - x0, 0) * max(y1 - y0, 0)
        areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (some[a], others[b])]
        np.testing.assert_allclose(result[a, b], common / (sum(areas) - common), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.diag(overlaps(some, some)), 1)


def test_bodies_reach_beyond_their_keypoints_and_boxes_do_not():
    topology = Topology("t", ("a", "b", "c"), ())
    missing = (np.nan, np.nan, 0)
    people = Poses(topology, [[(10, 20, 1), (30, 60, 1), missing], [missing, missing, missing]], [1, 1])
    found = person_boxes(people, (0.1, 0.2, 0.05))
    np.testing.assert_allclose(found[0], [10 - 4, 20 - 8, 30 + 4, 60 + 2])
    assert np.isnan(found[1]).all()
    given_box = np.array([[1.0, 2.0, 3.0, 4.0]])
    np.testing.assert_allclose(person_boxes(box_poses(given_box, np.ones(1)), (0.1, 0.2, 0.05)), given_box)
