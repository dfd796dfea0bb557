import re
from importlib.util import find_spec

import pytest
from tiny_model import HEIGHT, WIDTH, write_model

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
ort = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from trt_pose_ros import ModelFile  # noqa: E402
from trt_pose_ros.backends import CHOICES, RunSpec, open_backend  # noqa: E402
from trt_pose_ros.backends.onnxruntime_providers import PROVIDERS, Chosen, use_provider  # noqa: E402
from trt_pose_ros.engine.store import STORE_VARIABLE  # noqa: E402

SPEC = RunSpec(HEIGHT, WIDTH, ("heatmaps", "pafs"), workspace=64)
MIB = 1 << 20


@pytest.fixture
def model(tmp_path):
    return ModelFile.load(write_model(tmp_path / "tiny.onnx"))


def opened(model, name):
    return open_backend(model, SPEC, name)


def without(name):
    return pytest.mark.skipif(PROVIDERS[name][0] in ort.get_available_providers(), reason="this onnxruntime has it")


def test_every_provider_can_be_chosen_by_name():
    assert {f"onnxruntime:{name}" for name in PROVIDERS if name != "cpu"} < set(CHOICES)


def test_without_a_provider_it_is_the_cpu(model):
    assert opened(model, "onnxruntime").device == "CPU"


@pytest.mark.parametrize("name", [pytest.param(n, marks=without(n)) for n in ("cuda", "tensorrt")])
def test_a_provider_that_is_not_in_the_wheel_is_named_with_the_fix(model, name):
    with pytest.raises(ImportError, match=f"no provider {PROVIDERS[name][0]}: .*pip install onnxruntime-gpu"):
        opened(model, f"onnxruntime:{name}")


@pytest.mark.skipif(bool(find_spec("onnxruntime_ep_nv_tensorrt_rtx")), reason="the plugin is installed")
def test_a_plugin_that_is_not_installed_is_named_with_the_fix(model):
    with pytest.raises(ImportError, match="pip install onnxruntime-ep-nv-tensorrt-rtx-cu13"):
        opened(model, "onnxruntime:tensorrt_rtx")


@pytest.mark.skipif(not find_spec("onnxruntime_ep_nv_tensorrt_rtx"), reason="onnxruntime-ep-nv-tensorrt-rtx is missing")
def test_the_real_plugin_runs_or_says_what_it_lacks(model):
    def outcome():
        try:
            return opened(model, "onnxruntime:tensorrt_rtx").device
        except ImportError as error:
            return str(error)

    first = outcome()
    assert re.search(
        r"^NvTensorRTRTX$|provider NvTensorRTRTXExecutionProvider.* an NVIDIA GPU|an RTX card is needed", first
    )
    assert outcome() == first  # the library is registered once, and its failure is not forgotten


@pytest.mark.parametrize(
    "name", ["onnxruntime:cpu", "onnxruntime:", "onnxruntime:cudnn", "openvino:cuda", "cuda", ":cuda"]
)
def test_a_provider_that_is_none_is_refused_with_those_there_are(model, name):
    with pytest.raises(
        ValueError, match=f"backend '{name}' is unknown, must be one of auto, .*onnxruntime:tensorrt_rtx"
    ):
        opened(model, name)


def test_a_provider_that_onnxruntime_leaves_out_is_no_silent_cpu():
    Chosen("cuda").check(["CUDAExecutionProvider", "CPUExecutionProvider"])
    with pytest.raises(
        ImportError, match="could not load its provider CUDAExecutionProvider and would compute with CPU"
    ):
        Chosen("cuda").check(["CPUExecutionProvider"])


def test_what_tensorrt_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(ort, "get_available_providers", lambda: [name for name, _ in PROVIDERS.values()])
    monkeypatch.setenv(STORE_VARIABLE, str(tmp_path / "engines"))
    (tensorrt, options), cuda, cpu = use_provider("tensorrt", ort.SessionOptions(), SPEC).arguments["providers"]
    assert (tensorrt, cuda, cpu) == tuple(PROVIDERS[name][0] for name in ("tensorrt", "cuda", "cpu"))
    assert options["trt_engine_cache_path"] == str(tmp_path / "engines" / "onnxruntime")
    assert (tmp_path / "engines" / "onnxruntime").is_dir()
    assert options["trt_max_workspace_size"] == 64 * MIB
    assert options["trt_fp16_enable"]
    exact = use_provider("tensorrt", ort.SessionOptions(), SPEC.changed(precision="float32", workspace=0))
    (_, options), *_ = exact.arguments["providers"]
    assert not options["trt_fp16_enable"]
    assert "trt_max_workspace_size" not in options
