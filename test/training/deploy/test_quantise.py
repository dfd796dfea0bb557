import dataclasses
import json

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: make training")
onnx = pytest.importorskip("onnx", reason="quantisation needs the onnx package")
onnxruntime = pytest.importorskip("onnxruntime", reason="quantisation is onnxruntime's")
pytest.importorskip("pycocotools", reason="pycocotools is not installed")

from tiny_network import MANIFEST, TinyNetwork  # noqa: E402

from trt_pose_ros import ModelFile, PosePipeline  # noqa: E402
from trt_pose_ros.backends import NAMES, infer, is_usable  # noqa: E402
from trt_pose_ros.model_file import UINT8_LIMIT_KEY  # noqa: E402
from trt_pose_ros.model_file.metadata import read_metadata  # noqa: E402
from trt_pose_training.deploy.export import export  # noqa: E402
from trt_pose_training.deploy.quantise import quantise  # noqa: E402
from trt_pose_training.quantise import main  # noqa: E402

# Of 9 convolutions, that behind the concatenation stays in float.
QUANTISED = 8


def scenes(count, height=40, width=60):
    """Soft images of random colours."""
    random = np.random.default_rng(0)
    return [cv2.resize(random.integers(0, 256, (6, 8, 3), dtype=np.uint8), (width, height)) for _ in range(count)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    export(TinyNetwork(channels=32), dataclasses.replace(MANIFEST, accuracy={"ap": 0.5}), path)
    return path


@pytest.fixture(scope="module")
def quantised(model):
    return quantise(model, scenes(8), model.with_name("quantised.onnx"))


def initialisers(model):
    return {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(model.path).graph.initializer}


@pytest.mark.parametrize("runtime", NAMES)
def test_the_results_are_those_of_the_float_model_but_for_rounding(model, quantised, runtime):
    if not is_usable(runtime):
        pytest.skip(f"{runtime} is not installed, or has no hardware here")
    spec = MANIFEST.input
    for count, height, width in ((1, spec.height, spec.width), (3, 48, 32)):
        batch = np.stack([cv2.resize(scene, (width, height)) for scene in scenes(count)])
        expected = infer(ModelFile.load(model), batch, runtime).values()
        found = infer(quantised, batch, runtime).values()
        for one, other in zip(found, expected, strict=True):
            assert one.shape == other.shape
            assert np.sqrt(np.mean((one - other) ** 2)) < 0.03 * np.ptp(other)


def convolutions(model):
    """(type of the input's 8 bits, int8 weights) of each convolution that is computed in 8 bits."""
    values, graph = initialisers(model), onnx.load(model.path).graph
    makers = {name: node for node in graph.node for name in node.output}
    found = []
    for node in graph.node:
        if node.op_type == "Conv" and makers[node.input[0]].op_type == "DequantizeLinear":
            data, weights = (makers[name] for name in node.input[:2])
            found.append((values[data.input[2]].dtype, values[weights.input[0]]))
    return found


def test_weights_are_stored_in_8_bits(model, quantised):
    assert len(convolutions(quantised)) == QUANTISED
    for _, weights in convolutions(quantised):
        assert weights.dtype == np.int8
    assert quantised.path.stat().st_size < 0.5 * model.stat().st_size


def test_no_sum_of_two_products_overflows_16_bits_on_processors_without_vnni(quantised):
    # int8 activations are moved to 0..255 there, uint8 ones keep to 0..127
    kinds = set()
    for kind, weights in convolutions(quantised):
        largest = np.abs(weights.astype(int)).reshape(len(weights), -1).max(axis=1)
        full, activation = {"int8": (64, 255), "uint8": (127, 127)}[kind.name]
        assert 2 * activation * largest.max() < 2**15
        assert largest.min() >= full - 1  # each channel has a scale of its own and fills it
        kinds.add(kind.name)
    assert kinds == {"int8", "uint8"}  # the image is normalised about 0


def test_uint8_activations_keep_to_127(quantised):
    """But for the little that is clipped: TensorRT takes them for int8."""
    assert read_metadata(quantised.path)[UINT8_LIMIT_KEY] == "127"
    network = onnx.load(quantised.path)
    values = initialisers(quantised)
    tensors = [
        node.output[0]
        for node in network.graph.node
        if node.op_type == "QuantizeLinear" and values[node.input[2]].dtype == np.uint8
    ]
    assert tensors
    network.graph.output.extend(onnx.ValueInfoProto(name=name) for name in tensors)
    session = onnxruntime.InferenceSession(network.SerializeToString(), providers=["CPUExecutionProvider"])
    batch = np.stack([cv2.resize(scene, (MANIFEST.input.width, MANIFEST.input.height)) for scene in scenes(8)])
    for seen in session.run(tensors, {MANIFEST.input.name: batch}):
        assert seen.dtype == np.uint8
        assert np.percentile(seen, 99.9) <= 127
        assert seen.max() >= 120  # nor is room wasted


def test_zeros_are_at_0(quantised):
    """TensorRT takes no others."""
    values = initialisers(quantised)
    for node in onnx.load(quantised.path).graph.node:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            assert not values[node.input[2]].any()


def test_modules_that_are_kept_are_not_rounded_and_take_16_bits(model, tmp_path):
    first = next(n for n in onnx.load(model).graph.node if n.op_type == "Conv").name.split("/")[-2]
    kept = quantise(model, scenes(4), tmp_path / "kept.onnx", keep=[first])
    kernels = [value for value in initialisers(kept).values() if value.ndim == 4 and value.size > 3]  # no mean, std
    counts = {np.dtype(kind): sum(k.dtype == kind for k in kernels) for kind in (np.int8, np.float16, np.float32)}
    assert counts[np.dtype(np.int8)] < QUANTISED
    assert counts[np.dtype(np.float16)] == len(kernels) - counts[np.dtype(np.int8)]
    assert not counts[np.dtype(np.float32)]
    assert f"{first} in float" in kept.manifest.accuracy["quantised"]
    for runtime in filter(is_usable, NAMES):
        height, width = MANIFEST.input.height, MANIFEST.input.width
        batch = np.stack([cv2.resize(scene, (width, height)) for scene in scenes(1)])
        for one, other in zip(
            infer(kept, batch, runtime).values(),
            infer(ModelFile.load(model), batch, runtime).values(),
            strict=True,
        ):
            assert np.sqrt(np.mean((one - other) ** 2)) < 0.03 * np.ptp(other)


def test_it_is_valid_and_of_the_standard_operators_only(quantised):
    network = onnx.load(quantised.path)
    onnx.checker.check_model(network, full_check=True)
    assert [(opset.domain, opset.version) for opset in network.opset_import] == [("", 17)]


def test_what_a_runtime_fuses_is_rounded_once(quantised):
    graph = onnx.load(quantised.path).graph
    consumers = {name: node.op_type for node in graph.node for name in node.input}
    producers = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        if node.op_type == "Conv":
            assert node.input[2] not in producers  # the bias is a plain float32 constant
            assert consumers.get(node.output[0]) in ("Relu", "Concat", None)
    assert {node.domain for node in graph.node} == {""}


def test_openvino_computes_in_8_bits(quantised):
    openvino = pytest.importorskip("openvino", reason="OpenVINO is not installed")
    compiled = openvino.compile_model(quantised.path, "CPU")
    layers = [o.get_rt_info() for o in compiled.get_runtime_model().get_ordered_ops()]
    precisions = [i["runtimePrecision"].value for i in layers if i["layerType"].value == "Convolution"]
    assert sum(precision in ("u8", "i8") for precision in precisions) == QUANTISED


def test_the_manifest_is_kept(quantised):
    manifest = quantised.manifest
    assert manifest.name == "tiny_int8"
    assert manifest.accuracy["ap"] == 0.5
    assert "8 bits, calibrated on 8 images" in manifest.accuracy["quantised"]
    assert dataclasses.replace(manifest, name="tiny", accuracy={}) == MANIFEST


@pytest.mark.parametrize("color", ["bgr", "rgb"])
def test_images_are_prepared_as_at_run_time(model, tmp_path, color):
    # blue images, and the padding's own colour: what the network sees of them is known
    spec = dataclasses.replace(MANIFEST.input, color=color, pad=(50, 60, 70))
    source = ModelFile.load(model)
    ModelFile.write(tmp_path / "m.onnx", source.path.read_bytes(), dataclasses.replace(source.manifest, input=spec))
    blue = np.zeros((40, 20, 3), np.uint8)
    blue[:, :, 0] = 255
    quantised = quantise(tmp_path / "m.onnx", [blue] * 2, tmp_path / "q.onnx")
    first = next(n for n in onnx.load(quantised.path).graph.node if n.op_type == "QuantizeLinear")
    seen = np.array([[255, 0, 0] if color == "bgr" else [0, 0, 255], spec.pad])
    largest = np.abs((seen - spec.mean) / np.array(spec.std)).max()
    assert initialisers(quantised)[first.input[1]] == pytest.approx(largest / 127, rel=0.01)


def test_what_cannot_be_quantised_is_named(model, quantised, tmp_path):
    output = tmp_path / "out.onnx"
    with pytest.raises(ValueError, match="quantised already"):
        quantise(quantised.path, scenes(1), output)
    export(TinyNetwork(), MANIFEST, tmp_path / "half.onnx", "float16")
    with pytest.raises(ValueError, match=r"half\.onnx is in float16"):
        quantise(tmp_path / "half.onnx", scenes(1), output)
    with pytest.raises(ValueError, match="no images"):
        quantise(model, [], output)
    with pytest.raises(ValueError, match="no module nonsense to keep, only"):
        quantise(model, scenes(1), output, keep=["nonsense"])
    with pytest.raises(FileNotFoundError, match=r"missing\.onnx"):
        quantise(tmp_path / "missing.onnx", scenes(1), output)
    assert not output.exists()


def test_the_command_quantises_and_measures(model, tmp_path, capsys):
    for i, scene in enumerate(scenes(4)):
        cv2.imwrite(str(tmp_path / f"{i}.png"), scene)
    category = {"id": 1, "name": "person", "keypoints": list(MANIFEST.topology.keypoints)}
    image = {"id": 1, "file_name": "1.png", "width": 60, "height": 40}
    content = {"images": [image], "categories": [category], "annotations": []}
    (tmp_path / "a.json").write_text(json.dumps(content))
    output = tmp_path / "folder" / "out.onnx"
    command = [str(model), "--images", str(tmp_path), "--count", "3", "--output", str(output), "--name", "small"]
    assert main([*command, "--annotations", str(tmp_path / "a.json"), "--eval-images", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "calibrated on 3 images" in printed
    assert "| tiny | 32x48 |" in printed
    assert "| small | 32x48 |" in printed
    assert "AP drop: unknown, there is nobody to find; network " in printed
    assert len(PosePipeline.open(output)(scenes(2))) == 2
    with pytest.raises(ValueError, match="go together"):
        main([*command, "--annotations", "a.json"])
