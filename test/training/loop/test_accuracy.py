"""AP during training: what evaluation measures, whatever the ids of the annotations."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")
pytest.importorskip("pycocotools", reason="pycocotools, of the extra [train], is not installed")
pytest.importorskip("onnxruntime", reason="the network is measured as it is deployed, by a runtime")

import stick_people
from tiny_model import TOPOLOGY

from trt_pose_training import networks
from trt_pose_training.experiment import Experiment
from trt_pose_training.loop.accuracy import Accuracy


def figures(data):
    experiment = Experiment.from_dict({"train_dataset": data, "test_dataset": data, "image_shape": [64, 64]})
    sizes = {"keypoints": len(TOPOLOGY.keypoints), "links": len(TOPOLOGY.links)}
    network = networks.build("light", **sizes, widths=[4, 4, 8, 8], depths=[1, 1, 1, 1])
    return Accuracy(experiment, TOPOLOGY)(network)


def test_ids_that_begin_with_0_change_nothing(tmp_path):
    data = stick_people.write(tmp_path)
    expected = figures(data)
    assert expected["ap_ceiling"] > 0.9
    path = Path(data["annotations_file"])
    content = json.loads(path.read_text())
    for image in content["images"]:
        image["id"] -= 1
    for annotation in content["annotations"]:
        annotation["id"] -= 1
        annotation["image_id"] -= 1
    path.write_text(json.dumps(content))
    assert figures(data)["ap_ceiling"] == expected["ap_ceiling"]
    content["annotations"][1]["id"] = content["annotations"][0]["id"]
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"labels\.json: annotation 0: annotations\[0\] and annotations\[1\] have"):
        figures(data)
