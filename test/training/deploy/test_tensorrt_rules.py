"""The rules for TensorRT, against its own parser where it is installed."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="rules are of ONNX files")
pytest.importorskip("torch", reason="training needs torch: make training")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from tiny_model import write_model  # noqa: E402

from trt_pose_ros.engine import check, flavour  # noqa: E402
from trt_pose_ros.model_file import LIGHT, UINT8_LIMIT_KEY  # noqa: E402
from trt_pose_training.deploy.tensorrt_rules import broken_rules, expect_tensorrt  # noqa: E402

NODE = helper.make_node
QUANTISED = [NODE("QuantizeLinear", ["x", "s", "z"], ["q"], "to"), NODE("DequantizeLinear", ["q", "s", "z"], ["y"])]


def write(path, *nodes, kind=TensorProto.FLOAT, opset=17, limit=None, rank=4, **constants):
    """An ONNX file of these nodes, from x to y."""
    ends = [
        helper.make_tensor_value_info("x", kind, ["n", 3, 8, 8]),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, [f"side {i}" for i in range(rank)]),
    ]
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "test", ends[:1], ends[1:], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    if limit:
        model.metadata_props.add(key=UINT8_LIMIT_KEY, value=limit)
    onnx.save(model, path)
    return path


def parser_agrees(path, refused):
    """Whether TensorRT's own parser says the same, as far as it is installed."""
    return not flavour.find() or bool(check(path)) == refused


@pytest.mark.parametrize("model", ["bundled", "tiny"])
def test_our_models_break_none(model, tmp_path):
    path = LIGHT if model == "bundled" else write_model(tmp_path / "tiny.onnx")
    assert broken_rules(path) == []
    assert parser_agrees(path, False)
    expect_tensorrt(path)


CONSTANTS = {"s": np.float32(0.1), "z": np.int8(0)}


@pytest.mark.parametrize(
    ("nodes", "more"),
    [
        (QUANTISED, CONSTANTS),
        (QUANTISED, CONSTANTS | {"z": np.uint8(0), "limit": "127"}),
        ([NODE("Cast", ["x"], ["c"], to=1), NODE("Relu", ["c"], ["y"])], {"kind": TensorProto.UINT8}),
    ],
    ids=["int8", "7 bits", "cast"],
)
def test_what_tensorrt_takes(tmp_path, nodes, more):
    path = write(tmp_path / "good.onnx", *nodes, **more)
    assert broken_rules(path) == []
    assert parser_agrees(path, False)


@pytest.mark.parametrize(
    ("nodes", "more", "rule"),
    [
        ([NODE("Transpose", ["x"], ["t"], "turn"), NODE("Cast", ["t"], ["y"], to=1)], {"kind": TensorProto.UINT8},
         "Transpose 'turn': a uint8 input must go into Cast at once"),
        (QUANTISED, CONSTANTS | {"z": np.uint8(3)}, "QuantizeLinear 'to': its zero point must be 0"),
        (QUANTISED, CONSTANTS | {"z": np.int8(-3)}, "QuantizeLinear 'to': its zero point must be 0"),
        (QUANTISED, CONSTANTS | {"z": np.uint8(0)}, "QuantizeLinear 'to': uint8 would be taken for int8"),
        (QUANTISED, CONSTANTS | {"z": np.uint8(0), "limit": "255"}, "uint8 would be taken for int8"),
        ([NODE("Det", ["x"], ["y"], "volume")], {"rank": 2}, "Det 'volume': TensorRT 8.5 has no such operator"),
        ([NODE("Add", ["x", "h"], ["y"], "sum")], {"h": np.float16(1)}, "no valid ONNX"),
    ],
    ids=["transpose", "asymmetric", "asymmetric int8", "unsigned", "8 bits", "unknown", "mixed"],
)  # fmt: skip
def test_what_it_does_not(tmp_path, nodes, more, rule):
    path = write(tmp_path / "bad.onnx", *nodes, **more)
    assert rule in broken_rules(path)[0]
    assert parser_agrees(path, True)
    with pytest.raises(ValueError, match=r"TensorRT cannot take .*bad\.onnx: "):
        expect_tensorrt(path)


def test_newer_opsets_are_for_newer_versions_only(tmp_path):
    path = write(tmp_path / "new.onnx", NODE("Relu", ["x"], ["y"]), opset=18)
    assert broken_rules(path) == ["opset 18 is newer than TensorRT 8.5 reads, which is 17"]
    assert parser_agrees(path, False)  # the one that is installed is newer
