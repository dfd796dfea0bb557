"""A per-person network: taught on crops, exported, in 8 bits, and read by the deployed family."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")
onnx = pytest.importorskip("onnx", reason="the exporter needs the onnx package")

import stick_people  # noqa: E402

from trt_pose_ros.finders.network import Network  # noqa: E402
from trt_pose_ros.finders.regions import crops  # noqa: E402
from trt_pose_ros.model_file import ModelFile  # noqa: E402
from trt_pose_ros.preprocess import Region  # noqa: E402
from trt_pose_training import quantise  # noqa: E402
from trt_pose_training.data.coco import KeypointData  # noqa: E402
from trt_pose_training.deploy.export import export, from_checkpoint  # noqa: E402
from trt_pose_training.experiment import Experiment  # noqa: E402
from trt_pose_training.loop.session import train  # noqa: E402

PLAIN = {"flip": 0.0, "rotation": 5, "scale_min": 0.9, "scale_max": 1.1, "translation": 0, "crop_around_person": 0}


def words(folder, **changes):
    """The words of an experiment on a dozen images of two people, 6 steps an epoch."""
    return {
        "name": "sticks",
        "train_dataset": stick_people.write(folder / "data", count=12, people=2, width=128),
        "image_shape": [64, 48],
        "sigma": 1.5,
        "model": {"name": "light_person", "kwargs": {"widths": [8, 16, 16, 16], "depths": [1, 1, 1]}},
        "train_loader": {"batch_size": 4, "num_workers": 0},
        "augmentation": PLAIN | {"occlusion": 0},
        "optimizer": {"name": "AdamW", "kwargs": {"lr": 0.01}},
        "epochs": 15,
        "warmup_steps": 5,
        "log_every": 10,
        "ema_decay": 0.0,
        "checkpoints": {"minutes": 0},
    } | changes


def errors(model, samples):
    """Distances [N, K], in sizes of the person, between what a model finds in crops and what is there."""
    network = Network.open(model, "auto", None, {"min_keypoint_score": 0.0})
    distances = []
    for sample in samples:
        image = stick_people.cv2.imread(str(sample.file))
        regions = [Region(image, tuple(box)) for box in crops(sample.boxes, 48 / 64, 1.25)]
        found = np.concatenate([poses.keypoints for poses in network(regions)])
        distance = np.linalg.norm(found[:, :, :2] - sample.keypoints[:, :, :2], axis=2)
        distances.append(distance / np.sqrt(sample.areas)[:, None])
    return np.concatenate(distances)


def test_it_learns_finds_and_survives_8_bits(tmp_path):
    experiment = Experiment.from_dict(words(tmp_path))
    rows = train(experiment, tmp_path / "run")
    assert rows[-1]["maps"] < 0.5 * rows[0]["maps"]
    network, manifest = from_checkpoint(tmp_path / "run" / "last.pth")
    assert manifest.family == "heatmap"
    export(network, manifest, tmp_path / "model.onnx")
    (data,) = experiment.train_dataset
    samples = KeypointData.load(data.annotations_file, data.images_dir).samples
    model = ModelFile.load(tmp_path / "model.onnx")
    assert model.manifest.outputs.stride == 4
    found = errors(model, samples)
    assert np.median(found) < 0.05
    assert (found < 0.15).mean() > 0.9
    calibration = ["--images", data.images_dir, "--crops", data.annotations_file, "--count", "12"]
    assert quantise.main([str(model.path), *calibration, "--output", str(tmp_path / "int8.onnx")]) == 0
    small = ModelFile.load(tmp_path / "int8.onnx")
    assert small.manifest.family == "heatmap"
    assert "calibrated on 12 images" in small.manifest.accuracy["quantised"]
    assert np.median(errors(small, samples)) < 0.06


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"teacher": {"model": "teacher.onnx"}}, "light_person has no teacher"),
        ({"test_dataset": {"images_dir": "data", "annotations_file": "labels.json"}}, "no test_dataset"),
    ],
)
def test_what_it_cannot_be_trained_with_is_named(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        train(Experiment.from_dict(words(tmp_path, **changes)), tmp_path / "run")
