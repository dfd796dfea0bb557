"""What training exports and quantises is taken by TensorRT's own parser and builder."""

import dataclasses

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: make training")
onnx = pytest.importorskip("onnx", reason="export needs the onnx package")
pytest.importorskip("onnxruntime", reason="quantisation is onnxruntime's")

from engines import TARGET, needs_builder  # noqa: E402
from tiny_network import MANIFEST  # noqa: E402

from trt_pose_ros import Topology  # noqa: E402
from trt_pose_ros.engine import check, flavour  # noqa: E402
from trt_pose_ros.engine.build import BuildSpec, build  # noqa: E402
from trt_pose_ros.model_file import UINT8_LIMIT_KEY  # noqa: E402
from trt_pose_training import networks  # noqa: E402
from trt_pose_training.deploy.export import export  # noqa: E402
from trt_pose_training.deploy.quantise import quantise  # noqa: E402

needs_builder()

NETWORKS = (
    "light",
    "resnet18_baseline_att",
    pytest.param("densenet121_baseline_att", marks=pytest.mark.slow),
)
TOPOLOGY = Topology.load("human_pose")


@pytest.fixture(scope="module", params=NETWORKS)
def network(request):
    torch.manual_seed(0)
    network = networks.build(request.param, len(TOPOLOGY.keypoints), len(TOPOLOGY.links))
    for module in network.modules():  # statistics of its own: random weights alone leave the range of float16
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # all of the next batch
    with torch.no_grad():
        network.train()(torch.randn(4, 3, 128, 128))
    return network


@pytest.fixture(scope="module")
def float32(network, tmp_path_factory):
    return exported(network, tmp_path_factory.mktemp("float32") / "network.onnx")


def exported(network, path, precision="float32"):
    size = 2 * network.multiple
    manifest = dataclasses.replace(
        MANIFEST,
        topology=TOPOLOGY,
        input=dataclasses.replace(MANIFEST.input, height=size, width=size, multiple=network.multiple),
        outputs=dataclasses.replace(MANIFEST.outputs, stride=float(network.stride), offset=(network.stride - 1) / 2),
    )
    export(network, manifest, path, precision)
    return path


def expect_an_engine(path):
    assert [str(problem) for problem in check(path)] == []
    # three cameras, at another size than that of the export
    wanted = BuildSpec(str(path), MANIFEST.input.name, 224, 256, batch=3, target=TARGET)
    assert build(wanted, flavour.load()).layers > 50


def test_float32(float32):
    expect_an_engine(float32)


def test_float16(network, tmp_path):
    expect_an_engine(exported(network, tmp_path / "half.onnx", "float16"))


def test_int8(float32, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (4, 6, 8, 3), dtype=np.uint8)
    quantise(float32, [cv2.resize(image, (96, 64)) for image in noise], tmp_path / "int8.onnx")
    expect_an_engine(tmp_path / "int8.onnx")


def test_unsigned_activations_that_were_not_made_for_it_are_refused_with_the_cure(float32, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (4, 6, 8, 3), dtype=np.uint8)
    quantise(float32, [cv2.resize(image, (96, 64)) for image in noise], tmp_path / "uint8.onnx")
    network = onnx.load(tmp_path / "uint8.onnx")
    kept = [entry for entry in network.metadata_props if entry.key != UINT8_LIMIT_KEY]
    del network.metadata_props[:]
    network.metadata_props.extend(kept)
    onnx.save(network, tmp_path / "uint8.onnx")
    (problem,) = check(tmp_path / "uint8.onnx")
    assert "upper half of their values cut off" in problem.complaint
    assert "quantise the float model" in problem.cure
