"""The words of experiments, and those of trt_pose's JSON files."""

import json
import math
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")

from trt_pose_training.experiment import Experiment

BUNDLED = sorted((Path(__file__).parents[3] / "training" / "experiments").glob("*.yaml"))

MINIMAL = {"train_dataset": {"images_dir": "images", "annotations_file": "labels.json"}, "image_shape": [64, 96]}


def trt_pose(**changes):
    """An experiment as trt_pose's are."""
    sizes = {"image_shape": [224, 224], "target_shape": [56, 56], "stdev": 0.025, "is_bmp": False}
    person = {"annotations_file": "annotations/modified.json", "category_name": "person"}
    ranges = {"random_angle": [-0.2, 0.2], "random_scale": [0.5, 2.0], "random_translate": [-0.2, 0.2]}
    channels = {"cmap_channels": 18, "paf_channels": 42}
    loader = {"batch_size": 64, "shuffle": True, "num_workers": 8, "pin_memory": True}
    return {
        "train_dataset": {"images_dir": "train", **person, **sizes, **ranges},
        "test_dataset": {"images_dir": "val", **person, **sizes},
        "stdev_schedule": {"0": 0.025},
        "color_jitter": {"brightness": 0.05, "contrast": 0.05, "saturation": 0.05, "hue": 0.01},
        "train_loader": loader,
        "test_loader": loader,
        "model": {"name": "resnet18_baseline_att", "kwargs": {**channels, "upsample_channels": 256, "num_upsample": 3}},
        "optimizer": {"name": "Adam", "kwargs": {"lr": 1e-3}},
        "epochs": 250,
        "lr_schedule": {"0": 1e-3, "75": 1e-4, "150": 1e-5},
        "checkpoints": {"interval": 3},
        "mask_unlabeled": True,
    } | changes


def load(tmp_path, data, name="experiment.json"):
    file = tmp_path / name
    file.write_text(data if isinstance(data, str) else json.dumps(data))
    return Experiment.load(file)


def test_yaml_says_what_it_says(tmp_path):
    experiment = load(
        tmp_path,
        """
        train_dataset:
          - {images_dir: a, annotations_file: a.json, weight: 11}
          - {images_dir: b, collage: 0.5}
        image_shape: [256, 320]
        model: {name: light, kwargs: {widths: [8, 16, 16, 16]}}
        teacher: {model: teacher.xml, hints: {stride16: some/tensor}}
        optimizer: {name: SGD, kwargs: {lr: 1e-2, momentum: 0.9}}
        lr_schedule: {0: 1e-2, 30: 5e-3}
        augmentation: {rotation: 40}
        train_loader: {batch_size: 8}
        """,
        "hall.yaml",
    )
    assert experiment.name == "hall"
    assert [d.weight for d in experiment.train_dataset] == [11, 1.0]
    assert experiment.train_dataset[1].annotations_file == ""
    assert experiment.image_shape == (256, 320)
    assert experiment.optimizer.kwargs == {"lr": 0.01, "momentum": 0.9}
    assert experiment.lr_schedule == {0: 0.01, 30: 0.005}
    assert experiment.augmentation.rotation == 40
    assert experiment.train_loader.batch_size == 8
    assert experiment.teacher.hints == {"stride16": "some/tensor"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "teacher": {"model": "t.onnx", "hints": {"a": "b"}},
            "test_dataset": {"images_dir": "c", "annotations_file": "d"},
        },
        {"lr_schedule": {"3": 1.0}, "mean": [1, 2, 3], "checkpoints": {"interval": 2}},
    ],
)
def test_plain_values_make_the_same_experiment_again(changes):
    experiment = Experiment.from_dict(MINIMAL | changes)
    plain = experiment.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert Experiment.from_dict(plain) == experiment


def test_the_input_is_described_for_the_deployed_model():
    spec = Experiment.from_dict(MINIMAL | {"resize": "stretch", "color": "bgr"}).input_spec(32)
    assert (spec.height, spec.width, spec.multiple, spec.resize, spec.color) == (64, 96, 32, "stretch", "bgr")
    with pytest.raises(ValueError, match=r"64x96.*multiples of 64"):
        Experiment.from_dict(MINIMAL).input_spec(64)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"learning_rate": 1}, "no word learning_rate, only name, topology, train_dataset"),
        ({"train_loader": {"batch": 1}}, "train_loader has no word batch, only batch_size, num_workers"),
        ({"train_loader": {"batch_size": 0}}, "batch_size is 0, must be a whole number at least 1"),
        ({"train_loader": 16}, "train_loader is 16, must be an object"),
        ({"train_loader": None}, "train_loader is None, must be an object"),
        ({"train_dataset": []}, "train_dataset is missing"),
        ({"train_dataset": [{"annotations_file": "a"}]}, "images_dir is missing"),
        ({"train_dataset": [{"images_dir": "a"}]}, "a has no annotations_file.*teacher"),
        ({"test_dataset": {"images_dir": "a"}}, "test_dataset has no annotations_file"),
        ({"loss": {"fill": True}}, "loss.fill is on, and there is no teacher"),
        ({"image_shape": [64]}, "image_shape is .*must be 2 numbers"),
        ({"image_shape": [64, 0.5]}, "image_shape is .*must be height and width"),
        ({"mean": ["a", 1, 2]}, "mean is .*must be 3 numbers"),
        ({"model": {"kwargs": 3}}, "kwargs is 3, must be an object"),
        ({"optimizer": {"kwargs": {"lr": "fast"}}}, "lr in kwargs is 'fast', must be a number above 0"),
        ({"teacher": {"hints": {}}}, "model is missing"),
        ({"lr_schedule": "linear"}, "lr_schedule is 'linear', must be cosine or rates"),
        ({"lr_schedule": {"0": 0}}, "lr_schedule is .*must be cosine or rates above 0"),
        ({"precision": "int8"}, "precision is 'int8', must be one of auto, float32"),
        ({"epochs": 1.5}, "epochs is 1.5, must be a whole number"),
        ({"augmentation": {"rotation": 200}}, "augmentation: AugmentOptions: rotation is 200"),
        ({"accumulate": True}, "accumulate is True, must be a whole number"),
    ],
)
def test_wrong_words_and_values_are_named(changes, problem):
    with pytest.raises(ValueError, match=problem):
        Experiment.from_dict(MINIMAL | changes)


def test_files_that_are_none_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no experiment file .*nothing\.yaml"):
        Experiment.load(tmp_path / "nothing.yaml")
    for name, text in (("a.yaml", "a: ]"), ("a.json", "{"), ("b.yaml", "- 1"), ("c.yaml", "image_shape: [1, 2]")):
        with pytest.raises(ValueError, match=name):
            load(tmp_path, text, name)


def test_an_experiment_of_trt_pose_is_translated(tmp_path):
    experiment = load(tmp_path, trt_pose(), "resnet18_A.json")
    assert experiment.name == "resnet18_A"
    assert experiment.topology == "human_pose"
    assert experiment.image_shape == (224, 224)
    assert experiment.stride == 4
    assert experiment.resize == "stretch"
    assert experiment.color == "rgb"
    assert [d.images_dir for d in (*experiment.train_dataset, experiment.test_dataset)] == ["train", "val"]
    assert experiment.train_loader.batch_size == 64
    assert experiment.train_loader.num_workers == 8
    assert experiment.model.name == "resnet18_baseline_att"
    assert experiment.model.kwargs["num_upsample"] == 3
    assert experiment.optimizer.name == "Adam"
    assert experiment.lr_schedule == {0: 1e-3, 75: 1e-4, 150: 1e-5}
    assert experiment.epochs == 250
    assert experiment.checkpoints.interval == 3
    assert experiment.warmup_steps == 0
    change = experiment.augmentation
    assert change.rotation == pytest.approx(math.degrees(0.2))
    assert (change.scale_min, change.scale_max, change.translation) == (0.5, 2.0, 0.2)
    assert change.hue == pytest.approx(3.6)
    assert (change.contrast, change.saturation, change.occlusion) == (0.05, 0.05, 0)


def test_gaussians_and_fields_have_trt_poses_size(tmp_path):
    experiment = load(tmp_path, trt_pose())
    spread = 0.025 * 56  # trt_pose: exp(-(d / spread)^2)
    for distance in (0.5, 2.0):
        ours = math.exp(-(distance**2) / (2 * experiment.sigma**2))
        assert ours == pytest.approx(math.exp(-((distance / spread) ** 2)))
    area = sum(math.exp(-((d / 100 / spread) ** 2)) / 100 for d in range(-1000, 1000))  # across a limb
    assert 2 * experiment.width == pytest.approx(area, rel=1e-3)


def test_the_aspect_ratio_is_kept_where_trt_pose_does(tmp_path):
    data = trt_pose()
    data["train_dataset"]["keep_aspect_ratio"] = True
    assert load(tmp_path, data).resize == "letterbox"


def test_the_accuracy_is_measured_where_trt_pose_evaluates(tmp_path):
    evaluation = {"images_dir": "val2017", "annotation_file": "plain.json", "image_shape": [224, 224]}
    experiment = load(tmp_path, trt_pose(evaluation=evaluation))
    assert experiment.test_dataset.annotations_file == "plain.json"
    assert experiment.evaluate_every == 1


@pytest.mark.parametrize("sizes", [([368, 368], [92, 92]), ([368, 388], [92, 92])])
def test_sizes_that_no_network_of_trt_pose_puts_out_grow_to_the_next_and_the_log_says_so(tmp_path, caplog, sizes):
    data = trt_pose()
    data["train_dataset"] |= dict(zip(("image_shape", "target_shape"), sizes, strict=True))
    experiment = load(tmp_path, data)
    assert experiment.image_shape == (384, 384)
    assert "384x384 is taken" in caplog.text
    assert experiment.sigma == pytest.approx(0.025 * 92 / math.sqrt(2))


def test_what_is_done_otherwise_is_in_the_log(tmp_path, caplog):
    data = trt_pose()
    del data["mask_unlabeled"]
    data["train_dataset"] |= {"is_bmp": True, "use_crowd": True, "random_angle": [-0.1, 0.3]}
    experiment = load(tmp_path, data)
    for word in ("mask_unlabeled", "is_bmp", "use_crowd", "mirrored", "random_angle"):
        assert word in caplog.text
    assert experiment.augmentation.rotation == pytest.approx(math.degrees(0.3))


def test_hands_and_other_things_have_the_topology_of_their_category(tmp_path):
    data = trt_pose()
    data["train_dataset"]["category_name"] = data["test_dataset"]["category_name"] = "hand"
    data["model"]["kwargs"] |= {"cmap_channels": 21, "paf_channels": 40}
    assert load(tmp_path, data).topology == ""


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: d.update(epoch=1), "no word epoch, only train_dataset"),
        (lambda d: d.pop("epochs"), "has no epochs"),
        (lambda d: d.pop("train_dataset"), "has no train_dataset"),
        (lambda d: d["train_dataset"].pop("images_dir"), "train_dataset has no images_dir"),
        (lambda d: d["train_dataset"].update(stddev=1), "train_dataset has no word stddev"),
        (lambda d: d["train_dataset"].update(min_area=0.1), "min_area is 0.1"),
        (lambda d: d["train_dataset"].update(target_shape=[56, 28]), "no stride in common"),
        (lambda d: d["train_dataset"].update(image_shape=224), "image_shape is 224, must be .height, width."),
        (lambda d: d["train_dataset"].update(random_scale=2), "random_scale is 2, must be .lowest, highest."),
        (lambda d: d.update(stdev_schedule={"0": 0.03, "9": 0.02}), "can't change during training"),
        (lambda d: d.update(color_jitter={"gamma": 1}), "color_jitter has no word gamma"),
        (lambda d: d["color_jitter"].update(hue=[-0.1, 0.1]), "hue is .*must be a number"),
        (lambda d: d["model"]["kwargs"].pop("cmap_channels"), "model.kwargs has no cmap_channels"),
        (lambda d: d["train_loader"].update(sampler=1), "train_loader has no word sampler"),
    ],
)
def test_what_an_experiment_of_trt_pose_cannot_have_is_named(tmp_path, change, problem):
    data = trt_pose()
    change(data)
    with pytest.raises(ValueError, match=problem):
        load(tmp_path, data)


@pytest.mark.parametrize("file", BUNDLED, ids=lambda file: file.stem)
def test_the_experiments_that_come_along_are_valid(file):
    assert Experiment.load(file).train_dataset
