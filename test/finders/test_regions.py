import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros.finders.regions import crops

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
