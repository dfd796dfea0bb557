import dataclasses
import gc
import logging
from pathlib import Path

import numpy as np
import pytest
from gpu_stand_in import cudaMemcpyKind, gpu
from tiny_model import HEIGHT, WIDTH, person, picture, write_model

from trt_pose_ros import ModelFile, backends
from trt_pose_ros.backends import RunSpec, infer, is_usable, open_backend
from trt_pose_ros.backends.tensorrt import GRAPH_VARIABLE, Backend
from trt_pose_ros.engine.cuda import Cuda
from trt_pose_ros.engine.store import Entry

onnx = pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the stand-in's engines run on onnxruntime")

OUTPUTS = ("heatmaps", "pafs")
TO_GPU, TO_HOST = cudaMemcpyKind


class Store:
    """Instead of an EngineStore: the stand-in's engine is the model itself."""

    def __init__(self, *engines):
        self.engines, self.asked, self.discarded = list(engines), [], []

    def get(self, wanted, key, on_progress, on_reason):
        self.asked.append(key)
        path = Path(self.engines.pop(0) if self.engines else wanted.model)
        return Entry(path, {}, "")

    def discard(self, entry):
        self.discarded.append(entry.path)


@pytest.fixture
def model(tmp_path):
    return ModelFile.load(write_model(tmp_path / "tiny.onnx"))


def opened(model, store=None, batch=3, **machine):
    flavour, cuda = gpu(batch, **machine)
    spec = RunSpec(HEIGHT, WIDTH, OUTPUTS, batch=batch)
    return Backend(model, spec, flavour=flavour, cuda=cuda, store=store or Store()), cuda.runtime


def batch(count):
    return np.stack([picture([person(40 + 10 * i, 40, 50)], WIDTH, HEIGHT) for i in range(count)])


def expect_right(backend, model, count):
    backend.input[:count] = batch(count)
    found = backend.run(count)
    expected = infer(model, batch(count), "onnxruntime")
    assert list(found) == list(OUTPUTS)
    for name in OUTPUTS:
        assert found[name].dtype == np.float32
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6)


@pytest.mark.parametrize("integrated", [False, True], ids=["card", "Jetson"])
@pytest.mark.parametrize("graphs", ["0", "1"], ids=["plain", "graphs"])
def test_batches_of_any_size_up_to_the_largest(model, monkeypatch, integrated, graphs):
    monkeypatch.setenv(GRAPH_VARIABLE, graphs)
    backend, _ = opened(model, integrated=integrated)
    assert backend.max_batch == 3
    assert backend.input.shape == (3, HEIGHT, WIDTH, 3)
    assert backend.input.dtype == np.uint8
    assert backend.output_shapes == {"heatmaps": (None, 6, 24, 32), "pafs": (None, 10, 24, 32)}
    assert backend.name == "tensorrt 10.3.0"
    assert backend.device == "Stand-in (sm_87)"
    for count in (1, 3, 3, 2, 1):
        expect_right(backend, model, count)


def test_one_copy_there_and_one_back_for_each_output(model):
    backend, runtime = opened(model)
    backend.run(2)
    assert runtime.copies == {TO_GPU: 1, TO_HOST: 2}
    backend.run(2)
    assert runtime.copies == {TO_GPU: 2, TO_HOST: 4}


def test_the_parts_of_a_run_can_be_timed(model):
    backend, _ = opened(model)
    backend.input[:2] = batch(2)
    times = backend.timed(2)
    assert list(times) == ["copy to GPU", "network alone", "copy back"]
    assert min(times.values()) > 0
    expect_right(backend, model, 3)


def test_memory_that_is_shared_is_not_copied(model):
    backend, runtime = opened(model, integrated=True)
    expect_right(backend, model, 2)
    assert runtime.copies == {TO_GPU: 0, TO_HOST: 0}
    assert runtime.gpu == {}


def test_all_memory_is_taken_at_the_start_and_given_back_at_the_end(model):
    backend, runtime = opened(model)
    taken = (len(runtime.host), len(runtime.gpu))
    assert taken == (3, 3)
    for count in (1, 2, 3):
        expect_right(backend, model, count)
    assert (len(runtime.host), len(runtime.gpu)) == taken
    images = backend.input
    del backend
    gc.collect()
    assert runtime.gpu == {}
    images[:] = 1  # whoever still has the array may use it
    del images
    gc.collect()
    assert runtime.host == {}


def test_a_graph_is_recorded_once_for_each_batch_size(model, monkeypatch):
    monkeypatch.setenv(GRAPH_VARIABLE, "1")
    backend, runtime = opened(model)
    for count in (2, 2, 1, 2, 1):
        expect_right(backend, model, count)
    assert len(runtime.graphs) == 2


def test_without_graphs_where_they_cannot_be_recorded(model, monkeypatch, caplog):
    monkeypatch.setenv(GRAPH_VARIABLE, "1")
    backend, _ = opened(model, capture=False)
    with caplog.at_level(logging.WARNING):
        for count in (2, 1):
            expect_right(backend, model, count)
    assert [r.message for r in caplog.records if "without a CUDA graph" in r.message] == [
        "the network runs without a CUDA graph: CUDA: cudaStreamEndCapture failed: something"
    ]


def test_float_planes_as_input(model, tmp_path):
    network = onnx.load(model.path)
    (image,) = network.graph.input
    image.CopyFrom(onnx.helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, ["n", 3, "height", "width"]))
    network.graph.node[0].CopyFrom(onnx.helper.make_node("Identity", ["image"], ["float"]))
    network.graph.node[2].CopyFrom(onnx.helper.make_node("Identity", ["scaled"], ["planes"]))
    manifest = dataclasses.replace(
        model.manifest, input=dataclasses.replace(model.manifest.input, layout="nchw", mean=(3, 2, 1), std=(1, 1, 2))
    )
    ModelFile.write(tmp_path / "planes.onnx", network.SerializeToString(), manifest)
    planes = ModelFile.load(tmp_path / "planes.onnx")
    backend, _ = opened(planes)
    for count in (2, 3):
        expect_right(backend, planes, count)


def test_a_file_with_a_fixed_batch(model, tmp_path):
    network = onnx.load(model.path)
    network.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 2
    for dimension, size in zip(network.graph.input[0].type.tensor_type.shape.dim[1:3], (HEIGHT, WIDTH), strict=True):
        dimension.dim_value = size
    ModelFile.write(tmp_path / "two.onnx", network.SerializeToString(), model.manifest)
    two = ModelFile.load(tmp_path / "two.onnx")
    backend, _ = opened(two)
    assert backend.max_batch == 2
    backend.input[:1] = batch(1)
    assert backend.run(1)["heatmaps"].shape == (1, 6, 24, 32)


def test_an_engine_that_tensorrt_does_not_take_is_built_anew_once(model, tmp_path, caplog):
    (tmp_path / "old.engine").write_bytes(b"of another machine")
    store = Store(tmp_path / "old.engine")
    backend, _ = opened(model, store)
    assert store.discarded == [tmp_path / "old.engine"]
    assert "old.engine is built anew: tensorrt 10.3.0 does not take the engine: refused" in caplog.text
    expect_right(backend, model, 1)
    with pytest.raises(ValueError, match=r"tensorrt 10\.3\.0 does not take the engine: refused"):
        opened(model, Store(tmp_path / "old.engine", tmp_path / "old.engine"))


def test_names_that_the_engine_lacks_are_told(model, tmp_path):
    manifest = dataclasses.replace(model.manifest, input=dataclasses.replace(model.manifest.input, name="pixels"))
    ModelFile.write(tmp_path / "other.onnx", model.path.read_bytes(), manifest)
    with pytest.raises(ValueError, match="the engine has inputs image, must have one, pixels"):
        opened(ModelFile.load(tmp_path / "other.onnx"))


def test_no_gpu_is_said(model):
    with pytest.raises(ValueError, match="cudaGetDeviceCount failed: CUDA driver version is insufficient"):
        opened(model, devices=0)


def test_the_key_names_this_gpu(model):
    store = Store()
    opened(model, store)
    (key,) = store.asked
    assert (key.gpu, key.capability, key.batch) == ("Stand-in", "sm_87", 3)
    assert key.input == f"image nhwc {HEIGHT}x{WIDTH}"


def test_by_name_without_gpu_or_tensorrt_the_cure_is_told(model):
    if is_usable("tensorrt"):
        pytest.skip("this machine has a GPU and TensorRT")
    with pytest.raises((ImportError, ValueError), match=r"not installed|CUDA"):
        open_backend(model, RunSpec(HEIGHT, WIDTH, OUTPUTS), "tensorrt")


def test_auto_goes_on_to_the_next_runtime_where_tensorrt_cannot(model, monkeypatch, caplog):
    monkeypatch.setattr(backends, "is_usable", lambda name: name != "openvino")  # as on a machine with a GPU
    backend = open_backend(model, RunSpec(HEIGHT, WIDTH, OUTPUTS))
    if backend.name.startswith("tensorrt"):
        pytest.skip("this machine has a GPU")
    assert backend.name.startswith("onnxruntime")
    (warning,) = [r.message for r in caplog.records if r.levelno == logging.WARNING]
    assert warning.startswith("onnxruntime runs the model instead of TensorRT: ")


class TestOnARealGpu:
    """These run by themselves where TensorRT and a GPU are; nothing of them stands in for anything."""

    @pytest.fixture(autouse=True)
    def _needs(self, monkeypatch, tmp_path):
        if not is_usable("tensorrt"):
            pytest.skip("needs an NVIDIA GPU, TensorRT and cuda-python")
        monkeypatch.setenv("TRT_POSE_ENGINES", str(tmp_path / "engines"))

    @pytest.mark.parametrize("graphs", ["0", "1"], ids=["plain", "graphs"])
    def test_it_finds_what_onnxruntime_finds(self, model, monkeypatch, graphs):
        monkeypatch.setenv(GRAPH_VARIABLE, graphs)
        backend = open_backend(model, RunSpec(HEIGHT, WIDTH, OUTPUTS, batch=3), "tensorrt")
        for count in (1, 3, 3, 2, 1):
            backend.input[:count] = batch(count)
            found, expected = backend.run(count), infer(model, batch(count), "onnxruntime")
            for name in OUTPUTS:
                np.testing.assert_allclose(found[name], expected[name], atol=2e-2)

    def test_a_second_start_builds_nothing(self, model, caplog):
        with caplog.at_level(logging.INFO):
            for _ in range(2):
                open_backend(model, RunSpec(HEIGHT, WIDTH, OUTPUTS), "tensorrt")
        assert caplog.text.count("building a TensorRT engine") == 1

    def test_the_device_has_a_name(self):
        assert Cuda().device().name
