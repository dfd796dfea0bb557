from pathlib import Path

import pytest
from engines import needs_builder, spec
from tiny_model import write_model

from trt_pose_ros.engine import flavour
from trt_pose_ros.engine.build import BuildError, BuildSpec, build
from trt_pose_ros.model_file import DEFAULT_MODEL

onnx = pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "tiny.onnx")


def test_options_are_checked_by_name():
    for wrong in ({"precision": "fp16"}, {"batch": 0}, {"batch": True}, {"workspace": -1}, {"level": 6}):
        ((name, value),) = wrong.items()
        with pytest.raises(ValueError, match=f"^{name} is {value!r}, must be"):
            BuildSpec("m.onnx", "image", 96, 128, **wrong)


class TestWithTheRealBuilder:
    @pytest.fixture(autouse=True)
    def _needs(self):
        needs_builder()

    def test_three_cameras(self, model):
        shares = []
        built = build(spec(model, batch=3), flavour.load(), report=lambda _, share: shares.append(share))
        assert len(bytes(built.engine)) > 10_000
        assert built.layers > 5
        assert shares[0] == 0
        assert shares[-1] == 1
        assert len(shares) > 10
        assert shares == sorted(shares)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"target": "sm_87"}, r"'sm_87', but tensorrt_rtx .* builds for sm_75, .*; build on the board itself"),
            ({"input": "pixels"}, r"no input 'pixels' as its manifest says, only image"),
            ({"precision": "int8"}, r"is not quantised"),
            ({"layout": "nchw"}, r"an input of \?x\?x\?x3, which cannot be 1x3x96x128 \(nchw\)"),
        ],
    )
    def test_what_stands_against_it_is_said(self, model, change, said):
        with pytest.raises(BuildError, match=said):
            build(spec(model, **change), flavour.load())

    def test_float16_must_be_in_the_file_where_no_flag_can_ask_for_it(self, model):
        if flavour.load().interface.precision_flags:
            pytest.skip("this TensorRT lowers precision by itself")
        with pytest.raises(BuildError, match=r"has no float16 in it, .* takes types from the file only"):
            build(spec(model, precision="float16"), flavour.load())

    def test_a_file_of_fixed_size_is_built_at_that_size_only(self, model):
        network = onnx.load(model)
        for dimension, size in zip(network.graph.input[0].type.tensor_type.shape.dim, (1, 96, 128, 3), strict=True):
            dimension.dim_value = size
        onnx.save(network, model)
        assert build(spec(model), flavour.load()).layers > 5
        with pytest.raises(BuildError, match="an input of 1x96x128x3, which cannot be 1x96x160x3"):
            build(spec(model, width=160), flavour.load())

    def test_a_model_that_it_cannot_take_is_refused_in_a_sentence(self, tmp_path):
        network = onnx.load(DEFAULT_MODEL)
        for node in network.graph.node:  # as older versions exported: the uint8 picture is turned before it is cast
            if node.input[0] == "image" and node.op_type == "Cast":
                pytest.skip("to be made of the bundled model by exchanging two nodes")
        onnx.save(network, tmp_path / "old.onnx")
        wanted = BuildSpec(str(tmp_path / "old.onnx"), "image", 256, 448, target="sm_86")
        with pytest.raises(BuildError, match=r"cannot take .*old\.onnx: Transpose '.*': .*UInt8.*Cast at once"):
            build(wanted, flavour.load())


def test_a_stranger_is_not_a_timing_cache(model):
    needs_builder()
    assert build(spec(model), flavour.load(), timing_cache=Path(model).read_bytes()).layers > 5
