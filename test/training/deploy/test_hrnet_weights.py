import pytest

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("onnxruntime", reason="exported networks are checked with a runtime")

import numpy as np
import torch

from trt_pose_ros import ModelFile, PosePipeline, Topology
from trt_pose_training.deploy.hrnet_weights import load
from trt_pose_training.import_hrnet import main
from trt_pose_training.networks.hrnet import HRNet

COCO = Topology.load("coco_17")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Random weights as files of the authors' would be: of heatmaps at 64x64, of SimDR at 64x32; narrow ones."""
    folder = tmp_path_factory.mktemp("hrnet")
    torch.manual_seed(0)
    for name, keywords in (
        ("pose_hrnet_w8_064x064", {}),
        ("simdr_w8", {"cells": 16 * 8, "bins": (64, 128)}),
    ):
        torch.save(HRNet(17, width=8, **keywords).state_dict(), folder / f"{name}.pth")
    return folder


@pytest.mark.parametrize(
    ("name", "family", "size"), [("pose_hrnet_w8_064x064", "heatmap", (64, 64)), ("simdr_w8", "simcc", (64, 32))]
)
def test_an_imported_network_runs_as_a_model(weights, tmp_path, capsys, name, family, size):
    file = tmp_path / f"{name}.onnx"
    assert main([str(weights / f"{name}.pth"), "--output", str(file)]) == 0
    assert "hrnet_w8" in capsys.readouterr().out
    model = ModelFile.load(file)
    assert model.manifest.family == family
    assert (model.manifest.input.height, model.manifest.input.width) == size
    (poses,) = PosePipeline.open(file, "onnxruntime")([np.zeros((50, 40, 3), np.uint8)])
    assert len(poses) == 1
    assert poses.topology == COCO


def test_other_weights_are_refused(weights, tmp_path):
    with pytest.raises(ValueError, match="17 keypoints, topology 'human_pose' has 18"):
        load(weights / "simdr_w8.pth", Topology.load("human_pose"))
    state = torch.load(weights / "simdr_w8.pth", weights_only=True)
    torch.save({key: value for key, value in state.items() if "layer1.2" not in key}, tmp_path / "less.pth")
    with pytest.raises(ValueError, match=r"layer1\.2\.conv1\.weight is missing"):
        load(tmp_path / "less.pth", COCO)
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="does not have the weights of HRNet"):
        load(tmp_path / "other.pth", COCO)
