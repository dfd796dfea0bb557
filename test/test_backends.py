import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from tiny_model import HEIGHT, TOPOLOGY, WIDTH, person, picture, write_model

from trt_pose_ros import ModelFile, Topology
from trt_pose_ros.backends import NAMES, open_backend
from trt_pose_ros.model_file import MANIFEST_KEY
from trt_pose_ros.protobuf import read_metadata

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")


@pytest.fixture
def model(tmp_path):
    return ModelFile.load(write_model(tmp_path / "tiny.onnx"))


@pytest.fixture(params=NAMES)
def runtime(request):
    pytest.importorskip(request.param, reason=f"{request.param} is not installed")
    return request.param


def batch(count, height=HEIGHT, width=WIDTH):
    return np.stack([picture([person(40 + 10 * i, 40, 50)], width, height) for i in range(count)])


def test_every_runtime_gives_maps_of_the_documented_shape(model, runtime):
    backend = open_backend(model, HEIGHT, WIDTH, runtime)
    for count in (1, 3, 2):
        heatmaps, pafs = backend(batch(count))
        assert heatmaps.shape == (count, len(TOPOLOGY.keypoints), HEIGHT // 4, WIDTH // 4)
        assert pafs.shape == (count, 2 * len(TOPOLOGY.links), HEIGHT // 4, WIDTH // 4)
        assert heatmaps.dtype == pafs.dtype == np.float32
    assert backend.name.startswith(runtime)
    assert backend.device


def test_other_input_sizes(model, runtime):
    heatmaps, _ = open_backend(model, 64, 160, runtime)(batch(1, 64, 160))
    assert heatmaps.shape[2:] == (16, 40)


def test_the_runtimes_agree(model):
    for name in NAMES:
        pytest.importorskip(name, reason=f"{name} is not installed")
    for exact, tolerance in ((False, 2e-3), (True, 1e-5)):
        results = [open_backend(model, HEIGHT, WIDTH, name, exact=exact)(batch(2)) for name in NAMES]
        for one, other in zip(*results, strict=True):
            np.testing.assert_allclose(one, other, atol=tolerance)


def test_a_network_without_normalisation_gets_float_planes(tmp_path, runtime):
    # the same network twice: once as it is, once described as one that wants (value - mean) / std in planes
    onnx = pytest.importorskip("onnx")
    plain = ModelFile.load(write_model(tmp_path / "plain.onnx"))
    network = onnx.load(plain.path)
    graph = network.graph
    (image,) = graph.input
    image.CopyFrom(onnx.helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, ["n", 3, "height", "width"]))
    graph.node[0].CopyFrom(onnx.helper.make_node("Identity", ["image"], ["float"]))
    graph.node[2].CopyFrom(onnx.helper.make_node("Identity", ["scaled"], ["planes"]))
    std = (1.0, 2.0, 4.0)
    for constant in graph.initializer:
        if constant.name == "white":  # undone inside: value = mean + std * x
            constant.CopyFrom(onnx.numpy_helper.from_array(np.float32(255 / np.reshape(std, (1, 3, 1, 1))), "white"))
    spec = dataclasses.replace(plain.manifest.input, layout="nchw", std=std)
    ModelFile.write(
        tmp_path / "bare.onnx", network.SerializeToString(), dataclasses.replace(plain.manifest, input=spec)
    )
    bare = ModelFile.load(tmp_path / "bare.onnx")
    expected = [maps.copy() for maps in open_backend(plain, HEIGHT, WIDTH, runtime)(batch(2))]
    for one, other in zip(open_backend(bare, HEIGHT, WIDTH, runtime)(batch(2)), expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)


def test_model_and_topology_must_match(tmp_path, runtime):
    path = write_model(tmp_path / "wrong.onnx", topology=Topology.load("human_pose"))
    with pytest.raises(ValueError, match=r"6 channels, topology 'human_pose' with 18 keypoints.*do not match"):
        open_backend(ModelFile.load(path), HEIGHT, WIDTH, runtime)


def test_outputs_and_inputs_that_the_network_lacks_are_named(model, tmp_path, runtime):
    manifest = model.manifest
    for change, complaint in (
        ({"outputs": dataclasses.replace(manifest.outputs, pafs="fields2")}, "no output 'fields2'"),
        ({"input": dataclasses.replace(manifest.input, name="pixels")}, "pixels"),
    ):
        ModelFile.write(tmp_path / "other.onnx", model.path.read_bytes(), dataclasses.replace(manifest, **change))
        with pytest.raises(ValueError, match=complaint):
            open_backend(ModelFile.load(tmp_path / "other.onnx"), HEIGHT, WIDTH, runtime)


def test_a_file_that_is_no_network_is_named(model, tmp_path, runtime):
    # valid metadata, and nothing that could run
    ModelFile.write(tmp_path / "hollow.onnx", b"", model.manifest)
    assert MANIFEST_KEY in read_metadata(tmp_path / "hollow.onnx")
    with pytest.raises(ValueError, match=r"hollow\.onnx"):
        open_backend(ModelFile.load(tmp_path / "hollow.onnx"), HEIGHT, WIDTH, runtime)


def test_the_choice_of_a_runtime_is_checked(model, tmp_path):
    with pytest.raises(ValueError, match="'magic' is unknown, must be auto, openvino, onnxruntime"):
        open_backend(model, HEIGHT, WIDTH, "magic")
    xml = dataclasses.replace(model, path=tmp_path / "net.xml")
    with pytest.raises(ValueError, match=r"'onnxruntime' does not run \.xml files, use openvino"):
        open_backend(xml, HEIGHT, WIDTH, "onnxruntime")
    with pytest.raises(ValueError, match=r"no backend runs '\.pth'"):
        open_backend(dataclasses.replace(model, path=tmp_path / "net.pth"), HEIGHT, WIDTH)


def test_a_network_may_go_in_another_thread_than_it_came(model, runtime):
    # OpenVINO's plugin would take the main thread's signal stack along, see backends.openvino.core
    program = f"""if True:
        import signal, threading
        from trt_pose_ros import ModelFile
        from trt_pose_ros.backends import open_backend
        held = [open_backend(ModelFile.load({str(model.path)!r}), {HEIGHT}, {WIDTH}, {runtime!r})]
        thread = threading.Thread(target=held.clear)
        thread.start(), thread.join()
        signal.signal(signal.SIGUSR1, lambda *_: print("signal"))
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
    """
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout.strip()) == (0, "signal"), ended.stderr
