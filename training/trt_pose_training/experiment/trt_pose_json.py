"""trt_pose's experiment files (JSON) in the words of :class:`~trt_pose_training.experiment.Experiment`.

What its data set, its target generators and its loop do with each word is written here in what ours do; where ours do
otherwise, a line of the log says so. The differences:

- Keypoints, and the centres of map cells, are half a pixel more precise.
- A field is 1 inside a band about the limb, where trt_pose's falls off as a Gaussian: the band has the same area.
- Aspect ratios are kept by padding at the right and bottom, as at run time, where trt_pose pads on both sides.
- Crowds and people without keypoints are masked, whatever ``mask_unlabeled`` says; images without people are used.
- Half of the images are mirrored, and the moving average of the weights is what is measured and exported.
"""

from __future__ import annotations

import logging
import math
from typing import Any

from .settings import is_number

logger = logging.getLogger(__name__)

_MULTIPLE = 32  # in which the input sizes of all of trt_pose's networks go
_DATASET = (
    *("images_dir", "annotations_file", "category_name", "image_shape", "target_shape", "is_bmp", "stdev"),
    *("use_crowd", "min_area", "max_area", "max_part_count"),
    *("random_angle", "random_scale", "random_translate", "keep_aspect_ratio"),
)
_LOADER = ("batch_size", "shuffle", "num_workers", "pin_memory", "drop_last")
_EVALUATION = ("images_dir", "annotation_file", "image_shape", "keep_aspect_ratio")
_WORDS = (
    *("train_dataset", "test_dataset", "train_loader", "test_loader", "model", "optimizer", "epochs", "lr_schedule"),
    *("stdev_schedule", "color_jitter", "checkpoints", "mask_unlabeled", "evaluation"),
)


def translate(data: dict[str, Any]) -> dict[str, Any]:
    """Translate an experiment; what changes in it goes to the log.

    Args:
        data: content of the JSON file.

    Returns:
        dict for :meth:`~trt_pose_training.experiment.Experiment.from_dict`, without a name.

    Raises:
        ValueError: a word is missing, unknown or has a value that can't be had; the message says which.
    """
    _check(data, _WORDS, "the experiment")
    train = _check(_get(data, "train_dataset", "the experiment"), _DATASET, "train_dataset")
    model = _check(_get(data, "model", "the experiment"), ("name", "kwargs", "initial_state_dict"), "model")
    channels = [_get(_get(model, "kwargs", "model"), f"{map}_channels", "model.kwargs") for map in ("cmap", "paf")]
    shape, stride, cells = _sizes(train)
    stdev = _stdev(data, train) * cells  # trt_pose: exp(-(d / stdev)^2)
    words = {
        "train_dataset": _dataset(train, "train_dataset"),
        "test_dataset": _test_dataset(data),
        "image_shape": shape,
        "stride": stride,
        "sigma": stdev / math.sqrt(2),
        "width": stdev * math.sqrt(math.pi) / 2,
        "resize": "letterbox" if train.get("keep_aspect_ratio") else "stretch",
        "augmentation": _augmentation(train, data.get("color_jitter", {})),
        "train_loader": _loader(_get(data, "train_loader", "the experiment")),
        "model": model,
        "optimizer": _get(data, "optimizer", "the experiment"),
        "loss": {"heatmaps": 1 / channels[0], "pafs": 1 / channels[1]},  # means over channels, not sums
        "epochs": _get(data, "epochs", "the experiment"),
        "lr_schedule": data.get("lr_schedule") or {"0": _get(data["optimizer"].get("kwargs", {}), "lr", "optimizer")},
        "warmup_steps": 0,
        "checkpoints": _check(data.get("checkpoints", {}), ("interval",), "checkpoints"),
        "evaluate_every": 1 if "evaluation" in data else 5,
    }
    if train.get("category_name") == "person" and channels == [18, 42]:
        words["topology"] = "human_pose"  # derives the neck where the annotations lack it
    if not data.get("mask_unlabeled"):
        logger.warning("mask_unlabeled is false: crowds and people without keypoints are masked all the same")
    logger.warning("half of the images are mirrored, which trt_pose does not do")
    return words


def _check(data, words, where):
    if not isinstance(data, dict):
        raise ValueError(f"{where} is {data!r}, must be an object")
    unknown = sorted(set(data) - set(words))
    if unknown:
        raise ValueError(f"{where} has no word {', '.join(unknown)}, only {', '.join(words)}")
    return data


def _get(data, word, where):
    if word not in data:
        raise ValueError(f"{where} has no {word}")
    return data[word]


def _dataset(data, where):
    for word, neutral in (("min_area", 0.0), ("max_area", 1.0)):
        if data.get(word, neutral) != neutral:
            raise ValueError(f"{where}: {word} is {data[word]}: people can't be left out by size, set it to {neutral}")
    if data.get("use_crowd"):
        logger.warning("%s: use_crowd is true: crowds are masked all the same", where)
    if data.get("is_bmp"):
        logger.warning("%s: is_bmp is true: images are read by the names that the annotations give", where)
    return {word: _get(data, word, where) for word in ("images_dir", "annotations_file", "category_name")}


def _test_dataset(data):
    """What the accuracy is measured on: trt_pose's evaluation where there is one, else what it takes the loss of."""
    if "evaluation" in data:
        evaluation = _check(data["evaluation"], _EVALUATION, "evaluation")
        images, annotations = (_get(evaluation, word, "evaluation") for word in ("images_dir", "annotation_file"))
        return {"images_dir": images, "annotations_file": annotations, "category_name": "person"}
    if "test_dataset" in data:
        return _dataset(_check(data["test_dataset"], _DATASET, "test_dataset"), "test_dataset")
    return None


def _sizes(train):
    """((height, width) of the input, its pixels a map cell, rows of the maps as in the file)."""
    image, target = (_pair(_get(train, word, "train_dataset"), word) for word in ("image_shape", "target_shape"))
    strides = {round(pixels / cells) for pixels, cells in zip(image, target, strict=True)}
    if len(strides) > 1:
        raise ValueError(f"train_dataset: image_shape {image} and target_shape {target} have no stride in common")
    (stride,) = strides
    shape = [_MULTIPLE * math.ceil(cells * stride / _MULTIPLE) for cells in target]
    if shape != image:
        logger.warning(
            "image_shape %dx%d with target_shape %dx%d is nothing that trt_pose's networks put out: %dx%d is taken",
            *(*image, *target, *shape),
        )
    return shape, stride, target[0]


def _pair(value, word):
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(v, int) and v > 0 for v in value):
        raise ValueError(f"train_dataset: {word} is {value!r}, must be [height, width] in whole numbers")
    return value


def _stdev(data, train):
    schedule = data.get("stdev_schedule", {})
    if len(schedule) > 1 or set(schedule) - {"0"}:
        raise ValueError(f"stdev_schedule is {schedule}: it can't change during training, give one for epoch 0")
    return schedule.get("0", train.get("stdev", 0.02))


def _augmentation(train, jitter):
    _check(jitter, ("brightness", "contrast", "saturation", "hue"), "color_jitter")
    for word, value in jitter.items():
        if not is_number(value):
            raise ValueError(f"color_jitter: {word} is {value!r}, must be a number")
    scale_min, scale_max = _range(train, "random_scale", 1.0)
    return {
        "rotation": math.degrees(_largest(train, "random_angle")),
        "translation": _largest(train, "random_translate"),
        "scale_min": scale_min,
        "scale_max": scale_max,
        "brightness": 0.5 * jitter.get("brightness", 0.0),  # a factor there, a sum here: the same for a middle grey
        "contrast": jitter.get("contrast", 0.0),
        "saturation": jitter.get("saturation", 0.0),
        "hue": 360 * jitter.get("hue", 0.0),
        "crop_around_person": 0.0,
        "gain": 0.0,
        "occlusion": 0.0,
    }


def _range(train, word, neutral):
    value = train.get(word, [neutral, neutral])
    if not isinstance(value, list) or len(value) != 2 or not value[0] <= value[1]:
        raise ValueError(f"train_dataset: {word} is {value!r}, must be [lowest, highest]")
    return value


def _largest(train, word):
    low, high = _range(train, word, 0.0)
    if low != -high:
        logger.warning("train_dataset: %s is %s: taken as %s either way", word, [low, high], max(abs(low), abs(high)))
    return max(abs(low), abs(high))


def _loader(data):
    _check(data, _LOADER, "train_loader")
    return {word: data[word] for word in ("batch_size", "num_workers") if word in data}
