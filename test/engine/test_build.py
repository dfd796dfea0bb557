from enum import IntEnum
from pathlib import Path

import numpy as np
import pytest
from engines import TARGET, needs_builder, spec
from tiny_model import write_model

from trt_pose_ros.engine import flavour
from trt_pose_ros.engine.build import BuildError, BuildSpec, build
from trt_pose_ros.model_file import LIGHT, ModelFile

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

    def test_the_bundled_model_for_three_cameras(self):
        model = ModelFile.load(LIGHT)
        tensor = model.manifest.input
        for precision in ("auto", "int8"):
            wanted = BuildSpec(
                str(model.path), tensor.name, tensor.height, tensor.width, batch=3, precision=precision, target=TARGET
            )
            assert build(wanted, flavour.load()).layers > 100

    def test_a_model_that_it_cannot_take_is_refused_in_a_sentence(self, model):
        network = onnx.load(model)
        network.graph.node[0].CopyFrom(onnx.helper.make_node("Transpose", ["image"], ["float"], name="turn"))
        onnx.save(network, model)
        with pytest.raises(BuildError, match=r"cannot take .*tiny\.onnx: Transpose 'turn': .*UInt8.*Cast at once"):
            build(spec(model), flavour.load())


def test_a_stranger_is_not_a_timing_cache(model):
    needs_builder()
    assert build(spec(model), flavour.load(), timing_cache=Path(model).read_bytes()).layers > 5


class OtherVersion:
    """The real module with the flags of another version, which are noted: flags of networks, flags set and cleared."""

    NetworkDefinitionCreationFlag = IntEnum("NetworkDefinitionCreationFlag", {"EXPLICIT_BATCH": 0, "STRONGLY_TYPED": 1})
    BuilderFlag = IntEnum("BuilderFlag", {"FP16": 0, "INT8": 1, "TF32": 7})

    def __init__(self):
        self.noted = []

    def __getattr__(self, name):
        return getattr(flavour.load().module, name)

    def Builder(self, logger):
        return _Builder(flavour.load().module.Builder(logger), self.noted)


class _Through:
    """Passes on to the real object what it does not do itself."""

    def __init__(self, real, noted):
        vars(self).update(real=real, noted=noted)

    def __getattr__(self, name):
        return getattr(self.real, name)

    def __setattr__(self, name, value):
        setattr(self.real, name, value)


class _Builder(_Through):
    def create_network(self, flags):
        self.noted.extend(f for f in OtherVersion.NetworkDefinitionCreationFlag if flags >> f & 1)
        strongly_typed = flavour.load().module.NetworkDefinitionCreationFlag.STRONGLY_TYPED
        return self.real.create_network(1 << int(strongly_typed))

    def create_builder_config(self):
        return _Config(self.real.create_builder_config(), self.noted)

    def build_serialized_network(self, network, config):
        return self.real.build_serialized_network(network, config.real)


class _Config(_Through):
    def set_flag(self, flag):
        self.noted.append(flag)

    def clear_flag(self, flag):
        self.noted.append(f"no {flag.name}")


@pytest.mark.parametrize(
    ("version", "precision", "noted"),
    [
        ("8.6.1", "auto", ["EXPLICIT_BATCH", "FP16"]),
        ("8.5.2", "float32", ["EXPLICIT_BATCH", "no TF32"]),
        ("8.6.1", "float16", ["EXPLICIT_BATCH", "FP16"]),
        ("10.3.0", "auto", ["STRONGLY_TYPED"]),
        ("10.3.0", "float32", ["STRONGLY_TYPED", "no TF32"]),
        ("10.3.0", "float16", ["FP16"]),
        ("11.4.0", "auto", ["STRONGLY_TYPED"]),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # timing caches, which TensorRT for RTX has no more
def test_each_version_gets_the_flags_that_it_has(model, version, precision, noted):
    needs_builder()
    module = OtherVersion()
    other = flavour.Flavour("tensorrt", version, flavour.interface_of("tensorrt", version), module)
    assert len(bytes(build(spec(model, precision=precision, target=""), other).engine)) > 10_000
    assert [getattr(flag, "name", flag) for flag in module.noted] == noted


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_8_bits_are_allowed_where_the_file_has_them(model):
    needs_builder()
    network = onnx.load(model)
    scale, zero = (
        onnx.numpy_helper.from_array(value, name) for value, name in ((np.float32(1), "s"), (np.int8(0), "z"))
    )
    network.graph.initializer.extend([scale, zero])
    divide = next(i for i, node in enumerate(network.graph.node) if node.op_type == "Div")
    network.graph.node[divide].input[0] = "back"
    network.graph.node.insert(divide, onnx.helper.make_node("DequantizeLinear", ["q", "s", "z"], ["back"]))
    network.graph.node.insert(divide, onnx.helper.make_node("QuantizeLinear", ["float", "s", "z"], ["q"]))
    onnx.save(network, model)
    module = OtherVersion()
    old = flavour.Flavour("tensorrt", "8.6.1", flavour.interface_of("tensorrt", "8.6.1"), module)
    build(spec(model, target=""), old)
    assert [flag.name for flag in module.noted] == ["EXPLICIT_BATCH", "FP16", "INT8"]
    assert build(spec(model, precision="int8"), flavour.load()).layers > 5
