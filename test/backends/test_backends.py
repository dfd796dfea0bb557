import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from tiny_model import HEIGHT, TOPOLOGY, WIDTH, person, picture, write_model

from trt_pose_ros import ModelFile
from trt_pose_ros.backends import NAMES, RunSpec, infer, is_usable, open_backend, to_network_input
from trt_pose_ros.model_file import MANIFEST_KEY, InputSpec
from trt_pose_ros.model_file.metadata import read_metadata

onnx = pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")


@pytest.fixture
def model(tmp_path):
    return ModelFile.load(write_model(tmp_path / "tiny.onnx"))


@pytest.fixture(params=NAMES)
def runtime(request):
    if not is_usable(request.param):
        pytest.skip(f"{request.param} is not installed, or has no hardware here")
    return request.param


def batch(count, height=HEIGHT, width=WIDTH):
    return np.stack([picture([person(40 + 10 * i, 40, 50)], width, height) for i in range(count)])


def opened(model, runtime, height=HEIGHT, width=WIDTH, outputs=("heatmaps", "pafs"), **spec):
    return open_backend(model, RunSpec(height, width, outputs, **spec), runtime)


def changed(model, path, change, **manifest):
    """The model with ``change(network)`` done to its ONNX network, and fields of its manifest replaced."""
    network = onnx.load(model.path)
    change(network)
    ModelFile.write(path, network.SerializeToString(), dataclasses.replace(model.manifest, **manifest))
    return ModelFile.load(path)


def test_every_runtime_gives_maps_of_the_documented_shape(model, runtime):
    backend = opened(model, runtime, batch=3)
    assert backend.max_batch == 3
    assert backend.input.shape == (3, HEIGHT, WIDTH, 3)
    assert backend.input.dtype == np.uint8
    for count in (1, 3, 2):
        backend.input[:count] = batch(count)
        outputs = backend.run(count)
        assert outputs["heatmaps"].shape == (count, len(TOPOLOGY.keypoints), HEIGHT // 4, WIDTH // 4)
        assert outputs["pafs"].shape == (count, 2 * len(TOPOLOGY.links), HEIGHT // 4, WIDTH // 4)
        assert {array.dtype for array in outputs.values()} == {np.dtype(np.float32)}
    assert set(backend.output_shapes) == set(outputs)
    assert backend.output_shapes["pafs"][1] == 2 * len(TOPOLOGY.links)
    assert backend.name.startswith(runtime)
    assert backend.device


def test_other_input_sizes(model, runtime):
    assert infer(model, batch(1, 64, 160), runtime)["heatmaps"].shape[2:] == (16, 40)


def test_the_runtimes_agree(model):
    names = [name for name in NAMES if is_usable(name)]
    if len(names) < 2:
        pytest.skip(f"needs two of {', '.join(NAMES)}")
    for precision, tolerance in (("auto", 2e-3), ("float32", 1e-5)):
        one, *others = (infer(model, batch(2), name, precision=precision) for name in names)
        for other in others:
            for output in one:
                np.testing.assert_allclose(one[output], other[output], atol=tolerance)


def test_a_network_without_normalisation_gets_float_planes(tmp_path, runtime):
    # the same network twice: once as it is, once described as one that wants (value - mean) / std in planes
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
    expected, found = infer(plain, batch(2), runtime), infer(bare, batch(2), runtime)
    for output in expected:
        np.testing.assert_allclose(found[output], expected[output], atol=2e-3)


def test_a_network_of_half_floats(model, tmp_path, runtime):
    def to_half(network):
        (image,) = network.graph.input
        image.CopyFrom(onnx.helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT16, ["n", None, None, 3]))
        for name in ("heatmaps", "pafs"):
            last = next(node for node in network.graph.node if node.output[0] == name)
            last.output[0] = f"{name}_float"
            network.graph.node.append(
                onnx.helper.make_node("Cast", [f"{name}_float"], [name], to=onnx.TensorProto.FLOAT16)
            )
        for output in network.graph.output:
            output.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16

    half = changed(model, tmp_path / "half.onnx", to_half)
    expected, found = infer(model, batch(2), runtime), infer(half, batch(2), runtime)
    for output in expected:
        assert found[output].dtype == np.float32
        np.testing.assert_allclose(found[output], expected[output], atol=5e-3)


@pytest.mark.parametrize("fixed", [1, 2])
def test_a_fixed_batch_is_kept(model, tmp_path, runtime, fixed):
    def fix(network):
        network.graph.input[0].type.tensor_type.shape.dim[0].dim_value = fixed
        for output in network.graph.output:
            output.type.tensor_type.shape.dim[0].dim_value = fixed
        for name in ("heatmaps", "pafs"):  # as exporters write it: a constant inside
            last = next(node for node in network.graph.node if node.output[0] == name)
            last.output[0] = f"{name}_free"
            shape = np.int64([fixed, {"heatmaps": 6, "pafs": 10}[name], HEIGHT // 4, WIDTH // 4])
            network.graph.initializer.append(onnx.numpy_helper.from_array(shape, f"{name}_shape"))
            network.graph.node.append(onnx.helper.make_node("Reshape", [f"{name}_free", f"{name}_shape"], [name]))

    single = changed(model, tmp_path / "fixed.onnx", fix)
    backend = opened(single, runtime, batch=3)
    assert backend.max_batch == fixed
    expected, found = infer(model, batch(3), runtime), infer(single, batch(3), runtime)
    for output in expected:
        np.testing.assert_allclose(found[output], expected[output], atol=2e-3)


def test_further_outputs_of_any_shape_are_left_alone(model, tmp_path, runtime):
    def add_output(network):
        network.graph.node.append(onnx.helper.make_node("ReduceMax", ["scaled"], ["brightest"], keepdims=0))
        network.graph.output.append(onnx.helper.make_tensor_value_info("brightest", onnx.TensorProto.FLOAT, []))
        for output in network.graph.output[:2]:
            output.type.tensor_type.shape.dim[1].dim_param = "channels"

    more = changed(model, tmp_path / "more.onnx", add_output)
    assert set(infer(more, batch(1), runtime)) == {"heatmaps", "pafs"}


def test_an_input_that_is_no_image_is_refused(model, tmp_path, runtime):
    def widen(network):
        network.graph.input[0].type.tensor_type.shape.dim[3].dim_value = 4

    with pytest.raises(ValueError, match=r"wide\.onnx"):
        opened(changed(model, tmp_path / "wide.onnx", widen), runtime)


def test_the_end_of_a_name_may_have_any_case(model, tmp_path, runtime):
    shouting = tmp_path / "TINY.ONNX"
    shouting.write_bytes(model.path.read_bytes())
    assert infer(ModelFile.load(shouting), batch(1), runtime)["pafs"].shape[0] == 1


def test_outputs_and_inputs_that_the_network_lacks_are_named(model, tmp_path, runtime):
    manifest = model.manifest
    for change, complaint in (
        ({"outputs": dataclasses.replace(manifest.outputs, pafs="fields2")}, "no output 'fields2'"),
        ({"input": dataclasses.replace(manifest.input, name="pixels")}, "pixels"),
    ):
        ModelFile.write(tmp_path / "other.onnx", model.path.read_bytes(), dataclasses.replace(manifest, **change))
        with pytest.raises(ValueError, match=complaint):
            infer(ModelFile.load(tmp_path / "other.onnx"), batch(1), runtime)


def test_a_file_that_is_no_network_is_named(model, tmp_path, runtime):
    # valid metadata, and nothing that could run
    ModelFile.write(tmp_path / "hollow.onnx", b"", model.manifest)
    assert MANIFEST_KEY in read_metadata(tmp_path / "hollow.onnx")
    with pytest.raises(ValueError, match=r"hollow\.onnx"):
        opened(ModelFile.load(tmp_path / "hollow.onnx"), runtime)


def test_the_choice_of_a_runtime_is_checked(model, tmp_path):
    with pytest.raises(ValueError, match="'magic' is unknown, must be one of auto, tensorrt, openvino, onnxruntime"):
        opened(model, "magic")
    xml = dataclasses.replace(model, path=tmp_path / "net.xml")
    with pytest.raises(ValueError, match=r"'onnxruntime' does not run \.xml files, use openvino"):
        opened(xml, "onnxruntime")
    with pytest.raises(ValueError, match=r"no backend runs '\.pth'"):
        opened(dataclasses.replace(model, path=tmp_path / "net.pth"), "auto")


@pytest.mark.parametrize(("told", "asked", "computed"), [("float32", "auto", "float32"), ("auto", "auto", "auto")])
def test_a_manifest_may_ask_for_float32(model, monkeypatch, told, asked, computed):
    """Whatever this processor would compute in."""
    asking = dataclasses.replace(model, manifest=dataclasses.replace(model.manifest, precision=told))
    module = pytest.importorskip("trt_pose_ros.backends.onnxruntime", reason="onnxruntime is not installed")
    monkeypatch.setattr(module, "Backend", lambda model, spec: spec)
    assert opened(asking, "onnxruntime", precision=asked).precision == computed
    with pytest.raises(ValueError, match="precision is 'bfloat16', must be one of auto, float32"):
        dataclasses.replace(model.manifest, precision="bfloat16")


def test_a_network_may_go_in_another_thread_than_it_came(model, runtime):
    # OpenVINO's plugin would take the main thread's signal stack along, see backends.openvino.core
    program = f"""if True:
        import signal, threading
        from trt_pose_ros import ModelFile
        from trt_pose_ros.backends import RunSpec, open_backend
        spec = RunSpec({HEIGHT}, {WIDTH}, ("heatmaps", "pafs"))
        held = [open_backend(ModelFile.load({str(model.path)!r}), spec, {runtime!r})]
        thread = threading.Thread(target=held.clear)
        thread.start(), thread.join()
        signal.signal(signal.SIGUSR1, lambda *_: print("signal"))
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
    """
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout.strip()) == (0, "signal"), ended.stderr


PINNED = """
import os, sys, threading
from pathlib import Path
from trt_pose_ros import PosePipeline

before = os.sched_getaffinity(0)
pipeline = PosePipeline.open(None, sys.argv[1], threads=1)
work = threading.Thread(target=lambda: [pipeline.backend.run(1) for _ in range(20)])
work.start()
pinned = set()
while work.is_alive():
    for folder in Path("/proc/self/task").iterdir():
        try:
            cores = os.sched_getaffinity(int(folder.name))
        except ProcessLookupError:  # it has ended meanwhile
            continue
        pinned |= set() if cores == before else {(folder.name, *cores)}
print(pinned)
"""


def test_processes_of_one_thread_each_do_not_share_a_core(runtime):
    """A thread that is pinned while it works, is so to the first core, in every process."""
    command = [sys.executable, "-c", PINNED, runtime]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"


def test_float_input_is_normalised_channel_by_channel():
    images = np.full((2, 4, 5, 3), (10, 20, 30), np.uint8)
    about = InputSpec("x", 64, 96, layout="nchw", mean=(10, 10, 10), std=(1, 2, 4))
    planes = to_network_input(images, about, np.dtype(np.float32))
    assert planes.shape == (2, 3, 4, 5)
    assert planes.dtype == np.float32
    assert planes[1, :, 0, 0].tolist() == [0, 5, 5]


def test_openvino_reports_to_nobody(tmp_path):
    """Its report is sent by a thread that forks; a process must not be left behind, nor waited for, by a node."""
    pytest.importorskip("openvino", reason="this runtime is an extra")
    program = """
import sys, threading
from trt_pose_ros.backends import openvino
print(sys.modules["openvino_telemetry"], [t.name for t in threading.enumerate()])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "None ['MainThread']\n"
