"""Experiment: everything a training run depends on, read from YAML, or from trt_pose's own JSON files unchanged."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import yaml

from trt_pose_ros.model_file import InputSpec

from .data.augment import AugmentOptions
from .losses import LossOptions

_IMAGENET_MEAN = (123.675, 116.28, 103.53)
_IMAGENET_STD = (58.395, 57.12, 57.375)


@dataclass(frozen=True)
class Source:
    """A data set: pictures, and the COCO keypoint JSON that labels them; without one only a teacher says what is there.

    Attributes:
        images_dir: folder of the pictures.
        annotations_file: COCO keypoint JSON, or empty.
        category_name: which of its categories; empty for the only one with keypoints.
        weight: how often its pictures are drawn, relative to other sources.
        collage: probability that an input is tiled of several of its pictures.
    """

    images_dir: str
    annotations_file: str = ""
    category_name: str = ""
    weight: float = 1.0
    collage: float = 0.0


@dataclass(frozen=True)
class Model:
    """Which network, with what arguments, and the file of the weights it starts from (empty: its own)."""

    name: str
    kwargs: dict = field(default_factory=dict)
    initial_state_dict: str = ""


@dataclass(frozen=True)
class Optimizer:
    """An optimiser of torch.optim by name, and its arguments."""

    name: str = "AdamW"
    kwargs: dict = field(default_factory=lambda: {"lr": 1e-3, "weight_decay": 1e-4})


@dataclass(frozen=True)
class Teaching:
    """A teacher: its model file, and which modules of the student imitate which of its tensors."""

    model: str
    hints: dict = field(default_factory=dict)
    threads: int = 0


@dataclass(frozen=True)
class Experiment:
    """One training run.

    Attributes:
        name: of the model that comes out.
        topology: bundled name or JSON file; empty: the keypoints and skeleton of the first source's category.
        train: data sets, drawn from by weight.
        test: data set that the accuracy is measured on, or None.
        image_shape: (height, width) of the network's input in pixels, in training and at run time.
        color, resize, pad, mean, std: see :class:`~trt_pose_ros.model_file.InputSpec`; mean and std of 0..255 values.
        model, optimizer, teacher, augmentation, loss: see their classes.
        sigma, width: of :class:`~trt_pose_training.targets.PafTargets`, in map cells.
        batch_size: pictures a step and process; ``accumulate`` such batches make one step of the optimiser.
        num_workers: processes that load pictures.
        epochs, samples_per_epoch: length of the run; 0 samples: as many as the sources have.
        lr_schedule: {epoch: learning rate} as in trt_pose, or ``cosine`` from the optimiser's to 0.
        warmup_steps: steps over which the learning rate rises from 0.
        ema_decay: of the moving average of the weights, which is what is measured and exported; 0: none.
        clip: norm that gradients are cut at; 0: not at all.
        precision: ``float32``, ``bfloat16`` or ``float16``, in which the network computes.
        seed: of the weights and of every random choice.
        checkpoint_minutes: time between checkpoints, beside those at the end of every epoch.
        evaluate_every: epochs between measurements of the accuracy; 0: only at the end.
    """

    name: str
    train: tuple[Source, ...]
    model: Model
    image_shape: tuple[int, int]
    test: Source | None = None
    topology: str = ""
    color: str = "rgb"
    resize: str = "letterbox"
    pad: tuple[int, int, int] = (0, 0, 0)
    mean: tuple[float, float, float] = _IMAGENET_MEAN
    std: tuple[float, float, float] = _IMAGENET_STD
    optimizer: Optimizer = Optimizer()
    teacher: Teaching | None = None
    augmentation: AugmentOptions = AugmentOptions()
    loss: LossOptions = LossOptions()
    sigma: float = 0.875
    width: float = 1.0
    batch_size: int = 16
    accumulate: int = 1
    num_workers: int = 2
    epochs: int = 100
    samples_per_epoch: int = 0
    lr_schedule: dict | str = "cosine"
    warmup_steps: int = 200
    ema_decay: float = 0.999
    clip: float = 0.0
    precision: str = "float32"
    seed: int = 0
    checkpoint_minutes: float = 10.0
    evaluate_every: int = 5

    @classmethod
    def load(cls, path):
        """Read an experiment from a YAML or JSON file; paths inside it are relative to the working directory.

        Raises:
            FileNotFoundError: no such file.
            ValueError: not such a file; the message names the file, the word and what is possible.
        """
        path = Path(path)
        try:
            data = yaml.safe_load(path.read_text())  # JSON is YAML, too
        except yaml.YAMLError as error:
            raise ValueError(f"{path} is neither YAML nor JSON: {error}") from None
        if not isinstance(data, dict):
            raise ValueError(f"{path} must hold an object of settings, got {type(data).__name__}")
        try:
            return cls.from_dict({"name": path.stem} | data)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: {error}") from None

    @classmethod
    def from_dict(cls, data):
        """Make an experiment of plain values, inverse of :meth:`to_dict`."""
        data = dict(data)
        for name, kind in (("model", Model), ("optimizer", Optimizer), ("teacher", Teaching), ("test", Source)):
            if data.get(name) is not None:
                data[name] = _make(kind, data[name], name)
        for name, kind in (("augmentation", AugmentOptions), ("loss", LossOptions)):
            if name in data:
                data[name] = kind.of(**data[name])
        if "train" in data:
            data["train"] = tuple(_make(Source, source, "train") for source in data["train"])
        for name in ("image_shape", "pad", "mean", "std"):
            if name in data:
                data[name] = tuple(data[name])
        return _make(cls, data, "experiment")

    def to_dict(self):
        """Plain values, ready for JSON."""
        return json.loads(json.dumps(asdict(self)))

    def input_spec(self, multiple):
        """The :class:`InputSpec` of the deployed network, whose sizes go in steps of ``multiple`` pixels."""
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


def _make(kind, data, where):
    if not isinstance(data, dict):
        raise ValueError(f"{where} is {data!r}, must be an object")
    names = [f.name for f in fields(kind)]
    unknown = sorted(set(data) - set(names))
    if unknown:
        raise ValueError(f"{where} has no setting {', '.join(unknown)}, only {', '.join(names)}")
    return kind(**data)
