"""Experiment: everything that a training run depends on, in YAML with trt_pose's words, or its own JSON."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from trt_pose_ros.model_file import InputSpec
from trt_pose_ros.options import Options, option

from ..data.augment import AugmentOptions
from . import trt_pose_json
from .settings import (
    CheckpointOptions,
    DatasetOptions,
    LoaderOptions,
    LossOptions,
    ModelOptions,
    OptimizerOptions,
    TeacherOptions,
    is_number,
    make,
)

_IMAGENET_MEAN = (123.675, 116.28, 103.53)
_IMAGENET_STD = (58.395, 57.12, 57.375)
COSINE = "cosine"


PARTS = {
    "test_dataset": DatasetOptions,
    "train_loader": LoaderOptions,
    "model": ModelOptions,
    "optimizer": OptimizerOptions,
    "checkpoints": CheckpointOptions,
    "teacher": TeacherOptions,
    "augmentation": AugmentOptions,
    "loss": LossOptions,
}
_OPTIONAL = ("test_dataset", "teacher")
_TRIPLES = ("pad", "mean", "std")


@dataclass(frozen=True)
class Experiment(Options):
    """One training run.

    The data sets, ``model``, ``optimizer``, ``teacher`` and so on have options of their own, see their classes.
    """

    name: str = option("experiment", "of the model that comes out")
    topology: str = option("", "bundled name or JSON file; empty: that of the first labelled data set's category")
    train_dataset: tuple = option((), "what is trained on: one data set, or a list of several drawn from by weight")
    test_dataset: DatasetOptions | None = option(None, "what the accuracy is measured on; none: it isn't")
    image_shape: tuple = option((), "height and width of the network's input in pixels, in training and at run time")
    color: str = option("rgb", "order of the input's colours", choices=("rgb", "bgr"))
    resize: str = option(
        "letterbox",
        "letterbox keeps the images' aspect ratio, stretch does not",
        choices=("letterbox", "stretch"),
    )
    pad: tuple = option((0, 0, 0), "value of a letterbox's padding, 0..255, one a colour")
    mean: tuple = option(_IMAGENET_MEAN, "taken from the 0..255 values, one a colour")
    std: tuple = option(_IMAGENET_STD, "that the values are then divided by, one a colour")
    model: ModelOptions = option(ModelOptions(), "the network")
    stride: int = option(0, "input pixels a cell that the network's maps must have; 0: whatever it has", low=0)
    sigma: float = option(0.875, "standard deviation of a keypoint's Gaussian in map cells", low=0.1)
    crop_scale: float = option(1.25, "size of a crop in sizes of the person's box, where a network takes crops", low=1)
    width: float = option(1.0, "distance from a limb up to which its field reaches, in map cells", low=0.1)
    teacher: TeacherOptions | None = option(None, "network that is imitated; none: learn from the labels alone")
    augmentation: AugmentOptions = option(AugmentOptions(), "how much images are changed")
    loss: LossOptions = option(LossOptions(), "what counts how much")
    train_loader: LoaderOptions = option(LoaderOptions(), "how images come to the network")
    accumulate: int = option(1, "batches that make one step of the optimiser", low=1)
    epochs: int = option(100, "length of the run", low=1)
    samples_per_epoch: int = option(0, "images an epoch; 0: as many as the data sets have, times their weights", low=0)
    optimizer: OptimizerOptions = option(OptimizerOptions(), "what changes the weights")
    lr_schedule: dict | str = field(
        default_factory=lambda: COSINE,
        metadata={"effect": "rates by the epoch from which they hold; or cosine: from the optimiser's down to 0"},
    )
    warmup_steps: int = option(200, "steps over which the learning rate rises from 0", low=0)
    clip: float = option(0.0, "norm that gradients are cut down to; 0: as they are", low=0)
    ema_decay: float = option(
        0.999, "of the moving average of the weights, which is measured and exported; 0: none", low=0, high=0.999999
    )
    precision: str = option(
        "auto",
        "that the network computes in; auto: bfloat16 or float16 on a GPU, whichever it has, float32 on the CPU",
        choices=("auto", "float32", "bfloat16", "float16"),
    )
    seed: int = option(0, "of the first weights and of every random choice", low=0)
    log_every: int = option(50, "steps between lines of the log", low=1)
    evaluate_every: int = option(5, "epochs between measurements of the accuracy; 0: only at the end", low=0)
    checkpoints: CheckpointOptions = option(CheckpointOptions(), "what is kept of the run")

    def __post_init__(self):
        for f in fields(self):
            if f.name in PARTS and not isinstance(getattr(self, f.name), PARTS[f.name] | _optional(f.name)):
                raise ValueError(f"Experiment: {f.name} is {getattr(self, f.name)!r}, must be an object")
        super().__post_init__()
        for name, count in (("image_shape", 2), *((name, 3) for name in _TRIPLES)):
            values = getattr(self, name)
            if not isinstance(values, tuple) or len(values) != count or not all(map(is_number, values)):
                raise ValueError(f"Experiment: {name} is {values!r}, must be {count} numbers")
        if not all(isinstance(side, int) and side > 0 for side in self.image_shape):
            raise ValueError(f"Experiment: image_shape is {self.image_shape}, must be height and width in pixels")
        if not self.train_dataset:
            raise ValueError("Experiment: train_dataset is missing: what is trained on")
        for data in self.train_dataset:
            if not data.annotations_file and not self.teacher:
                raise ValueError(f"Experiment: {data.images_dir} has no annotations_file, and there is no teacher")
        if self.loss.fill and not self.teacher:
            raise ValueError("Experiment: loss.fill is on, and there is no teacher that fills what labels leave open")
        if self.test_dataset and not self.test_dataset.annotations_file:
            raise ValueError("Experiment: test_dataset has no annotations_file, without which there is no accuracy")
        if self.lr_schedule != COSINE:
            object.__setattr__(self, "lr_schedule", _rates(self.lr_schedule))

    @classmethod
    def load(cls, path: str | Path) -> Experiment:
        """Read an experiment from YAML, or one of trt_pose's from JSON (:mod:`.trt_pose_json`).

        Paths inside it are relative to the working directory.

        Raises:
            FileNotFoundError: no such file.
            ValueError: not such a file; the message names the file, the word and what is possible.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
            data = json.loads(text) if path.suffix == ".json" else yaml.load(text, _Loader)
            if not isinstance(data, dict):
                raise ValueError(f"it must hold an object of settings, not {type(data).__name__}")
            if path.suffix == ".json":
                data = trt_pose_json.translate(data)
            return cls.from_dict({"name": path.stem} | data)
        except FileNotFoundError:
            raise FileNotFoundError(f"no experiment file {path}") from None
        except RecursionError:
            raise ValueError(f"{path}: nested too deeply") from None
        except (ValueError, yaml.YAMLError) as error:
            raise ValueError(f"{path}: {error}") from None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Experiment:
        """Make an experiment of plain values, inverse of :meth:`to_dict`; ValueError as in :meth:`load`."""
        data = dict(data)
        for name, kind in PARTS.items():
            if data.get(name) is not None:
                data[name] = make(kind, data[name], name)
        sets = data.get("train_dataset", ())
        data["train_dataset"] = tuple(
            make(DatasetOptions, s, "train_dataset") for s in (sets if isinstance(sets, list | tuple) else [sets])
        )
        for name in ("image_shape", *_TRIPLES):
            if isinstance(data.get(name), list):
                data[name] = tuple(data[name])
        unknown = sorted(set(data) - {f.name for f in fields(cls)})
        if unknown:
            names = ", ".join(f.name for f in fields(cls))
            raise ValueError(f"an experiment has no word {', '.join(map(str, unknown))}, only {names}")
        return cls(**data)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return json.loads(json.dumps(asdict(self)))

    def input_spec(self, multiple: int) -> InputSpec:
        """The :class:`InputSpec` of the deployed network, whose sizes go in steps of ``multiple`` pixels.

        Raises:
            ValueError: ``image_shape`` does not.
        """
        return InputSpec(
            "image",
            *self.image_shape,
            multiple=multiple,
            color=self.color,
            resize=self.resize,
            pad=self.pad,
            mean=self.mean,
            std=self.std,
        )


def _rates(schedule):
    """{epoch: learning rate} as integers and floats; the keys of JSON are text."""
    try:
        rates = {int(epoch): float(rate) for epoch, rate in schedule.items()}
    except (AttributeError, TypeError, ValueError):
        rates = {}
    if not rates or min(rates) < 0 or not min(rates.values()) > 0:
        raise ValueError(f"Experiment: lr_schedule is {schedule!r}, must be {COSINE} or rates above 0 by epoch")
    return rates


def _optional(name):
    return type(None) if name in _OPTIONAL else PARTS[name]


class _Loader(yaml.SafeLoader):
    """Reads 1e-3 as a number, as YAML 1.2 and everybody does; PyYAML wants 1.0e-3."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)
