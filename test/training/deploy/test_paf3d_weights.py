import hashlib

import pytest

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("onnxruntime", reason="exported networks are checked with a runtime")

import numpy as np
import torch

from trt_pose_ros import ModelFile, PosePipeline
from trt_pose_ros.backends import NAMES, infer, is_usable
from trt_pose_training.deploy.export import export
from trt_pose_training.deploy.paf3d_weights import load, manifest
from trt_pose_training.deploy.tensorrt_rules import expect_tensorrt
from trt_pose_training.import_paf3d import main
from trt_pose_training.networks.paf3d import Paf3d

# SHA-256 of "name shape" of all entries that the demo's own network has, by its source at commit 8794edc
ENTRIES, COUNT = "1f4544dfe99597f52b4651f8a8eafaaf3bc654b0e4af10a22ed8e273c8374a9e", 398


@pytest.fixture(scope="module")
def network():
    """Random weights, with statistics that keep values from dying out."""
    torch.manual_seed(0)
    made = Paf3d()
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.2)
            module.running_var.uniform_(0.5, 2)
    return made.eval()


@pytest.fixture(scope="module")
def weights(network, tmp_path_factory):
    """A checkpoint as the demo's author has written it, with an entry of his conversion to OpenVINO."""
    path = tmp_path_factory.mktemp("paf3d") / "human-pose-estimation-3d.pth"
    state = {**network.state_dict(), "fake_conv_pafs.weight": torch.zeros(38, 38, 1, 1)}
    torch.save({"state_dict": state, "iter": 5000, "current_epoch": 3}, path)
    return path


def test_its_entries_are_those_of_the_published_source(network):
    entries = sorted(f"{key} {list(value.shape)}" for key, value in network.state_dict().items())
    assert len(entries) == COUNT
    assert hashlib.sha256("\n".join(entries).encode()).hexdigest() == ENTRIES


def test_an_imported_checkpoint_is_the_same_network_in_every_runtime(network, weights, tmp_path, capsys):
    file = tmp_path / "demo.onnx"
    assert main([str(weights), "--output", str(file), "--input-size", "64x96"]) == 0
    assert "1 entries are of no use to the network: fake_conv_pafs.weight" in capsys.readouterr().out
    expect_tensorrt(file)  # its parser where it is installed, else its rules
    model = ModelFile.load(file)
    images = np.random.default_rng(0).integers(0, 256, (2, 64, 96, 3), dtype=np.uint8)
    with torch.no_grad():
        # the demo's own normalisation
        expected = network(((torch.from_numpy(images).float() - 128) / 255).permute(0, 3, 1, 2))
    names = ("heatmaps", "pafs", "locations")
    assert [tuple(maps.shape[1:]) for maps in expected] == [(19, 8, 12), (38, 8, 12), (57, 8, 12)]
    for runtime in filter(is_usable, NAMES):
        found = infer(model, images, runtime, precision="float32")
        for name, maps in zip(names, expected, strict=True):
            np.testing.assert_allclose(found[name], maps, atol=1e-3 * float(maps.std()), err_msg=f"{runtime} {name}")
        PosePipeline.open(file, runtime)([images[0]])


def test_in_float16_the_locations_come_out_as_well(network, tmp_path):
    about = manifest("demo", (64, 96))
    assert max(export(network, about, tmp_path / "half.onnx", "float16").values()) < 0.2


def test_other_weights_are_refused(weights, tmp_path):
    state = torch.load(weights, weights_only=True)["state_dict"]
    torch.save({key: value for key, value in state.items() if not key.startswith("Pose3D.stem.0")}, tmp_path / "2d.pth")
    with pytest.raises(ValueError, match=r"Pose3D\.stem\.0\.bottleneck\.0\.0\.weight is missing"):
        load(tmp_path / "2d.pth")
    torch.save({"state_dict": {"a": torch.zeros(1)}}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"model\.0\.0\.weight is missing"):
        load(tmp_path / "other.pth")
    torch.save({"state_dict": 5}, tmp_path / "no.pth")
    with pytest.raises(ValueError, match="is not a state dict"):
        load(tmp_path / "no.pth")
