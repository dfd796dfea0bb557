"""The parts of an experiment that have words of their own."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from numbers import Real
from typing import Any

from trt_pose_ros.options import Options, option


def is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and value == value


def make(kind: type, data: Any, where: str) -> Any:
    """Make options of plain values; ``where`` names them in the ValueError that says what is wrong."""
    if not isinstance(data, dict):
        raise ValueError(f"{where} is {data!r}, must be an object")
    unknown = sorted(set(data) - {f.name for f in fields(kind)})
    if unknown:
        names = ", ".join(f.name for f in fields(kind))
        raise ValueError(f"{where} has no word {', '.join(map(str, unknown))}, only {names}")
    try:
        return kind(**data)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _mapping(default, effect):
    return field(default_factory=lambda: dict(default), metadata={"effect": effect})


class _Part(Options):
    def __post_init__(self):
        super().__post_init__()
        for f in fields(self):
            if f.default_factory is not MISSING and not isinstance(getattr(self, f.name), dict):
                raise ValueError(f"{type(self).__name__}: {f.name} is {getattr(self, f.name)!r}, must be an object")


@dataclass(frozen=True)
class DatasetOptions(Options):
    """Images, and the COCO keypoint JSON that labels them; without one only a teacher says what is in them."""

    images_dir: str = option("", "folder of the images")
    annotations_file: str = option("", "COCO keypoint JSON; empty: the images are not labelled")
    category_name: str = option("", "which of its categories; empty: the only one with keypoints")
    weight: float = option(1.0, "how often its images are drawn, relative to those of other data sets", low=0)
    collage: float = option(0.0, "probability that an input is tiled of several of its images", low=0, high=1)

    def __post_init__(self):
        super().__post_init__()
        if not self.images_dir:
            raise ValueError("DatasetOptions: images_dir is missing: the folder of the images")


@dataclass(frozen=True)
class LoaderOptions(Options):
    """How images come to the network."""

    batch_size: int = option(16, "images that go through the network at once, of all processes together", low=1)
    num_workers: int = option(2, "processes that load images for each process that trains; 0: itself", low=0)
    cache: float = option(0.0, "GiB of decoded images that each of these processes keeps; 0: it keeps none", low=0)


@dataclass(frozen=True)
class ModelOptions(_Part):
    """The network, and what it starts from."""

    name: str = option("light", "name of the network")
    kwargs: dict = _mapping({}, "its arguments")
    initial_state_dict: str = option("", "file of the weights that it starts from; empty: fresh ones")
    freeze: tuple[str, ...] = option((), "names of its modules that keep their weights")


@dataclass(frozen=True)
class OptimizerOptions(_Part):
    """What changes the weights."""

    name: str = option("AdamW", "of a class of torch.optim, or Muon")
    kwargs: dict = _mapping({"lr": 1e-3}, "its arguments")

    def __post_init__(self):
        super().__post_init__()
        rate = self.kwargs.get("lr")
        if not is_number(rate) or not rate > 0:
            raise ValueError(f"OptimizerOptions: lr in kwargs is {rate!r}, must be a number above 0")


@dataclass(frozen=True)
class CheckpointOptions(Options):
    """What is kept of the run, beside the last and the best state."""

    interval: int = option(0, "epochs between states that are kept for good, epoch_N.pth; 0: none", low=0)
    minutes: float = option(10.0, "time between writes of the last state, beside those at the end of epochs", low=0)


@dataclass(frozen=True)
class TeacherOptions(_Part):
    """A trained network that shows what to put out."""

    model: str = option("", "its model file")
    hints: dict = _mapping({}, "modules of the network, and the teacher's tensors that they learn to imitate")
    threads: int = option(0, "CPU threads of the teacher; 0: the runtime's own choice", low=0)

    def __post_init__(self):
        super().__post_init__()
        if not self.model:
            raise ValueError("TeacherOptions: model is missing: the teacher's model file")


@dataclass(frozen=True)
class LossOptions(Options):
    """What counts how much. Each term is a squared error summed over channels, averaged over the cells of the batch."""

    heatmaps: float = option(4.0, "weight of the heatmaps' error", low=0.0)
    pafs: float = option(1.0, "weight of the part affinity fields' error", low=0.0)
    labels: float = option(1.0, "weight of the labels, where there are any", low=0.0)
    teacher: float = option(1.0, "weight of the teacher's maps; without a teacher nothing", low=0.0)
    hints: float = option(1.0, "weight of the teacher's hints; without hints nothing", low=0.0)
    fill: bool = option(False, "labels count only where they show somebody, and the teacher's maps only elsewhere")
