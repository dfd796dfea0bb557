import numpy as np
import pytest
from tiny_model import write_model

from trt_pose_ros.engine import check, flavour
from trt_pose_ros.model_file import UINT8_LIMIT_KEY
from trt_pose_ros.model_file.metadata import append_metadata

onnx = pytest.importorskip("onnx", reason="the tests' networks are written with the onnx package")
if flavour.find() is None:
    pytest.skip("TensorRT is not installed (make tensorrt-rtx)", allow_module_level=True)

NODE = onnx.helper.make_node
FLOAT, HALF, UINT8 = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.UINT8


def write(path, *nodes, of=FLOAT, **constants):
    """An ONNX file of these nodes, from x to y."""
    graph = onnx.helper.make_graph(
        nodes,
        "test",
        [onnx.helper.make_tensor_value_info("x", of, ["n", 3, 8, 8])],
        [onnx.helper.make_tensor_value_info("y", FLOAT, None)],
        [onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def test_a_model_that_tensorrt_takes_has_no_problems(tmp_path):
    assert check(write_model(tmp_path / "tiny.onnx")) == []


@pytest.mark.parametrize(
    ("nodes", "constants", "of", "named", "cure"),
    [
        ([NODE("Transpose", ["x"], ["y"], name="turn")], {}, UINT8, "Transpose 'turn'", "Cast at once"),
        ([NODE("Relu", ["x"], ["y"], name="rectify")], {}, UINT8, "Relu 'rectify'", "Cast at once"),
        (
            [
                NODE("QuantizeLinear", ["x", "step", "zero"], ["q"], name="quantise"),
                NODE("DequantizeLinear", ["q", "step", "zero"], ["y"], name="back"),
            ],
            {"step": np.float32(0.1), "zero": np.uint8(3)},
            FLOAT,
            "QuantizeLinear 'quantise'",
            "quantise the float model",
        ),
        (
            [
                NODE("QuantizeLinear", ["x", "step", "zero"], ["q"], name="quantise"),
                NODE("DequantizeLinear", ["q", "step", "zero"], ["y"], name="back"),
            ],
            {"step": np.float32(0.1), "zero": np.uint8(0)},  # the parser takes it, and would cut off values from 128 on
            FLOAT,
            "QuantizeLinear",
            "quantise the float model",
        ),
        ([NODE("Unheard", ["x"], ["y"], name="of")], {}, FLOAT, "Unheard 'of'", "no such operator"),
        ([NODE("Det", ["x"], ["y"], name="det")], {}, FLOAT, "Det 'det'", "no such operator"),
        (
            [NODE("Cast", ["x"], ["h"], to=HALF, name="halve"), NODE("Add", ["h", "x"], ["y"], name="sum")],
            {},
            FLOAT,
            "Add 'sum'",
            "a Cast stands before this node",
        ),
        (
            [NODE("Conv", ["x", "w"], ["y"], name="conv")],
            {"w": np.ones((1, 4, 1, 1), np.float32)},
            FLOAT,
            "Conv 'conv'",
            "backend: onnxruntime",
        ),
    ],
    ids=[
        "uint8 transpose",
        "uint8 relu",
        "asymmetric",
        "unsigned",
        "unknown",
        "unsupported",
        "mixed types",
        "wrong shape",
    ],
)
def test_a_complaint_is_one_sentence_that_names_the_node_and_the_cure(tmp_path, nodes, constants, of, named, cure):
    (problem,) = check(write(tmp_path / "bad.onnx", *nodes, of=of, **constants))
    said = str(problem)
    assert said.startswith(f"{named}: ")
    assert cure in said
    assert "\n" not in said
    assert not any(noise in said for noise in ("Error Code", "cudaError", ".cpp", "Assertion"))


def test_half_a_file_and_no_file(tmp_path):
    path = write_model(tmp_path / "half.onnx")
    path.write_bytes(path.read_bytes()[:100])
    (problem,) = check(path)
    assert "damaged or no ONNX model" in str(problem)
    with pytest.raises(FileNotFoundError, match=r"none\.onnx"):
        check(tmp_path / "none.onnx")


def test_a_problem_of_one_file_is_not_told_of_the_next(tmp_path):
    quantised = [NODE("QuantizeLinear", ["x", "s", "z"], ["q"]), NODE("DequantizeLinear", ["q", "s", "z"], ["y"])]
    for _ in range(2):  # TensorRT has one log for the whole process
        assert len(check(write(tmp_path / "bad.onnx", *quantised, s=np.float32(0.1), z=np.uint8(0)))) == 1
        assert check(write_model(tmp_path / "tiny.onnx")) == []


def test_uint8_that_is_said_to_keep_to_127_is_as_good_as_int8(tmp_path):
    quantised = [NODE("QuantizeLinear", ["x", "s", "z"], ["q"]), NODE("DequantizeLinear", ["q", "s", "z"], ["y"])]
    path = write(tmp_path / "good.onnx", *quantised, s=np.float32(0.1), z=np.uint8(0))
    for limit, problems in (("127", 0), ("255", 1)):
        path.write_bytes(append_metadata(path.read_bytes(), UINT8_LIMIT_KEY, limit))
        assert len(check(path)) == problems
