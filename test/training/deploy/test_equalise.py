"""Equalising changes ranges and nothing else."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="equalising needs the onnx package")
pytest.importorskip("onnxruntime", reason="ranges are seen in onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from trt_pose_training.deploy.equalise import equalise  # noqa: E402
from trt_pose_training.deploy.observe import observe  # noqa: E402


class Graph:
    """ONNX graphs of convolutions whose channels have ranges from 1 to 30."""

    def __init__(self):
        self.random = np.random.default_rng(0)
        self.nodes, self.weights = [], {}

    def convolution(self, source, output, inputs, outputs, group=1, weight=None):
        weight = weight or f"{output}.weight"
        if weight not in self.weights:
            sizes = np.exp(self.random.uniform(0, np.log(30), (outputs, 1, 1, 1)))
            self.weights[weight] = sizes * self.random.normal(size=(outputs, inputs // group, 3, 3))
            self.weights[f"{weight}.bias"] = sizes[:, 0, 0, 0] * self.random.normal(size=outputs)
        self.add("Conv", [source, weight, f"{weight}.bias"], output, pads=[1, 1, 1, 1], group=group)

    def add(self, kind, sources, output, **attributes):
        self.nodes.append(helper.make_node(kind, sources, [output], **attributes))

    def model(self, *outputs):
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        start = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 4, "h", "w"])
        weights = [numpy_helper.from_array(w.astype(np.float32), name) for name, w in self.weights.items()]
        graph = helper.make_graph(self.nodes, "graph", [start], ends, weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def images():
    return [{"input": p} for p in np.random.default_rng(1).normal(size=(3, 1, 4, 8, 6)).astype(np.float32)]


def spread(model, tensor):
    """Largest range of a channel over the smallest."""
    ranges = np.max([np.abs(seen[tensor]).max((0, 2, 3)) for seen in observe(model, [tensor], images())], axis=0)
    return ranges.max() / ranges.min()


def equalised(model):
    """The equalised model, whose results are those of the model."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    equalise(result, images())
    outputs = [output.name for output in model.graph.output]
    for one, other in zip(*(observe(m, outputs, images()) for m in (model, result)), strict=True):
        for name in outputs:
            np.testing.assert_allclose(one[name], other[name], rtol=1e-3, atol=1e-4 * np.abs(one[name]).max())
    return result


def test_channels_between_convolutions_get_one_range():
    graph = Graph()
    graph.convolution("input", "a", 4, 8)
    graph.add("Relu", ["a"], "b")
    graph.convolution("b", "output", 8, 5)
    model = graph.model("output")
    assert spread(model, "b") > 10
    assert spread(equalised(model), "b") == pytest.approx(1, rel=1e-3)


def test_all_that_a_sum_adds_shares_its_factors():
    graph = Graph()
    graph.convolution("input", "a", 4, 8)
    for i, (source, result) in enumerate((("a", "b"), ("b", "c"))):
        graph.convolution(source, f"first{i}", 8, 8)
        graph.add("Relu", [f"first{i}"], f"second{i}")
        graph.convolution(f"second{i}", f"third{i}", 8, 8)
        graph.add("Add", [source, f"third{i}"], result)
    graph.convolution("c", "output", 8, 5)
    model = graph.model("output")
    after = equalised(model)
    for tensor in ("second0", "second1"):
        assert spread(after, tensor) == pytest.approx(1, rel=1e-3)
    assert spread(after, "c") < spread(model, "c") / 2


def test_factors_go_through_concatenations_groups_and_sizes():
    graph = Graph()
    graph.convolution("input", "a", 4, 8)
    graph.convolution("a", "b", 8, 8, group=8)  # depthwise
    graph.convolution("b", "c", 8, 6, group=2)
    graph.add("MaxPool", ["c"], "d", kernel_shape=[2, 2], strides=[2, 2])
    graph.weights["scales"] = np.array([1, 1, 2, 2])
    graph.add("Resize", ["d", "", "scales"], "e", mode="nearest")
    graph.add("Concat", ["e", "b"], "f", axis=1)
    graph.convolution("f", "output", 14, 5)
    model = graph.model("output")
    after = equalised(model)
    assert spread(model, "f") > 50
    for tensor in ("a", "e"):
        assert spread(after, tensor) == pytest.approx(1, rel=1e-3)
    assert spread(after, "f") < 20


def test_what_cannot_be_scaled_stays_as_it_is():
    graph = Graph()
    graph.convolution("input", "a", 4, 4)  # goes into a sigmoid
    graph.add("Sigmoid", ["a"], "b")
    graph.convolution("b", "c", 4, 4)  # is an output, too
    graph.convolution("c", "d", 4, 4, weight="shared")
    graph.convolution("d", "e", 4, 4, weight="shared")
    graph.convolution("e", "f", 4, 4)  # is added to what has one channel
    graph.weights["one"] = np.ones((1, 1, 1, 1))
    graph.add("Add", ["f", "one"], "output")
    model = graph.model("output", "c")
    assert equalised(model) == model


def test_a_dead_channel_and_a_dead_tensor_break_nothing():
    graph = Graph()
    graph.convolution("input", "a", 4, 8)
    graph.convolution("a", "output", 8, 5)
    graph.weights["a.weight"][2] = graph.weights["a.weight.bias"][2] = 0
    equalised(graph.model("output"))
    graph.weights["a.weight"][:] = graph.weights["a.weight.bias"][:] = 0
    equalised(graph.model("output"))
