"""Ranges of 8 bits, against a plain search."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

onnx = pytest.importorskip("onnx", reason="ranges are of ONNX models")
pytest.importorskip("onnxruntime", reason="ranges are seen in onnxruntime")

from onnx import TensorProto, helper  # noqa: E402

from trt_pose_training.deploy.ranges import Histogram, best_ranges, ordinary  # noqa: E402


def error(values, highest):
    """Mean squared error of values in 127 steps either way."""
    step = highest / 127
    return np.mean((values - np.rint(np.clip(values, -highest, highest) / step) * step) ** 2)


def histogram(*arrays):
    result = Histogram()
    for values in arrays:
        result.add(np.float32(values))
    return result


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**31),
    st.sampled_from(["normal", "laplace", "standard_cauchy", "exponential"]),
    st.floats(1e-3, 1e3),
)
def test_the_range_is_as_good_as_any_other_clip(seed, kind, scale):
    random = np.random.default_rng(seed)
    parts = [np.clip(f * scale * getattr(random, kind)(size=3000), -100 * scale, 100 * scale) for f in (0.3, 1, 0.5)]
    values = np.concatenate(parts)
    low, high = histogram(*parts).best_range()
    assert low == (-high if values.min() < 0 else 0)
    largest = np.abs(values).max()
    best = min(error(values, clip * largest) for clip in np.geomspace(1, 1 / 64, 100))
    assert error(values, high) <= 1.1 * best + (2 * largest) ** 2 / 16384**2


def test_few_large_values_are_clipped_and_many_are_not():
    random = np.random.default_rng(0)
    many = random.exponential(size=10**6)
    low, high = histogram(np.append(many, 40.0)).best_range()
    assert low == 0
    assert 5 < high < 25
    assert histogram(np.append(many, np.full(10**4, 40.0))).best_range()[1] > 35


def test_zeros_alone_have_a_range():
    assert histogram(np.zeros(5)).best_range() == (0, 0)
    assert histogram(np.zeros(5), [1.0, 2.0], np.zeros(5)).best_range() == (0, 2)


def model():
    """Twice its input."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("input", "output")]
    graph = helper.make_graph([helper.make_node("Add", ["input", "input"], ["output"])], "g", ends[:1], ends[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_ranges_are_those_of_tensors_over_all_images():
    inputs = [{"input": np.float32(values)} for values in ([0, 1, 2], [-3, 0, 0])]
    ranges = best_ranges(model(), ["input", "output"], inputs)
    assert ranges == {"input": (-3, 3), "output": (-6, 6)}
    assert best_ranges(model(), ["output"], inputs[:1]) == {"output": (0, 4)}


def test_a_image_that_makes_a_network_explode_is_not_ordinary():
    inputs = [{"input": np.float32([0, size])} for size in (1, 2, 3, 2, 30, 0)]
    assert ordinary(model(), ["input", "output"], inputs) == [True, True, True, True, False, True]
    assert ordinary(model(), ["input"], inputs[:1]) == [True]
    assert ordinary(model(), ["input"], [inputs[5], inputs[5], inputs[1]]) == [True, True, True]
