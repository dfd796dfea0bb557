"""Manifests of files that carry none, from what the file itself shows: its metadata, names and shapes.

So a user's export of YOLO-pose, RTMO, MoveNet MultiPose or RTMPose runs as it is. What is taken for known is what the
exporters do: Ultralytics' (RGB, 0..1, padded on both sides with 114), MMDeploy's of RTMO (BGR, 0..255, padded at the
right and bottom with 114) and of RTMPose (RGB, ImageNet's mean and deviation), TensorFlow Hub's MoveNet (RGB, 0..255,
padded on both sides with black).
"""

import ast
import math
from pathlib import Path
from typing import Any

from ..families.one_stage import KINDS, OneStageOutputs
from ..families.simcc import SimccOutputs
from ..topology import Topology
from .manifest import InputSpec, Manifest
from .signature import Signature

_COCO = 17  # keypoints of the skeleton that all of these are trained on, where they say nothing else
_PEOPLE = ("person", "human", "people")
_GREY = (114, 114, 114)
_YOLO = {"layout": "nchw", "color": "rgb", "align": "center", "pad": _GREY, "std": (255.0, 255.0, 255.0)}
_SPECS: dict[str, dict[str, Any]] = {
    "rtmo": {"layout": "nchw", "color": "bgr", "pad": _GREY},
    "yolo": _YOLO,
    "yolo_nms": _YOLO,
    "movenet": {"layout": "nhwc", "color": "rgb", "align": "center"},
}
_RTMPOSE: dict[str, Any] = {
    "layout": "nchw",
    "color": "rgb",
    "resize": "stretch",
    "mean": (123.675, 116.28, 103.53),
    "std": (58.395, 57.12, 57.375),
}
_AGPL = "AGPL-3.0 License (https://ultralytics.com/license)"  # as Ultralytics' exporter writes it


def recognise(path: Path, signature: Signature) -> Manifest | None:
    """The manifest of a network of this signature; None where it is like none that we know.

    Args:
        path: of its file, for names.
        signature: as read of the file.

    Raises:
        ValueError: it is known to be a network for something else.
    """
    facts = _Ultralytics(path, signature.metadata)
    names = tuple(t.name for t in signature.outputs)
    # mmdeploy leaves sizes of its outputs open, but always names them so; of others the sizes must tell
    unknown = None if names == ("dets", "keypoints") else 0
    shapes = [tuple(n or unknown for n in t.shape) for t in signature.outputs if t.shape is not None]
    if len(signature.inputs) != 1 or len(shapes) < len(names):
        return None
    (image,) = signature.inputs
    if image.shape is None or len(image.shape) != 4:
        return None
    layout = "nchw" if image.shape[1] == 3 else "nhwc"
    told = image.shape[2:] if layout == "nchw" else image.shape[1:3]
    if names == ("simcc_x", "simcc_y") and layout == "nchw" and [*map(len, shapes)] == [3, 3] and all(told):
        return _simcc(path, image.name, told, shapes)
    for kind, spec in _SPECS.items():
        if spec["layout"] == layout and KINDS[kind].fits(shapes, facts.keypoints, facts.classes):
            break
    else:
        return None
    usual = facts.size or ((256, 256) if kind == "movenet" else (640, 640))  # of one that takes any size
    height, width = (n or m for n, m in zip(told, usual, strict=True))
    return Manifest(
        name=path.stem,
        topology=facts.topology,
        input=InputSpec(image.name, height, width, multiple=math.gcd(facts.stride, height, width), **spec),
        outputs=OneStageOutputs(kind, names[0], "".join(names[1:]), facts.classes),
        family="one_stage",
        licence=facts.licence,
    )


def _simcc(path: Path, image: str, size: Any, shapes: list[tuple[int | None, ...]]) -> Manifest | None:
    """RTMPose as MMDeploy exports it: one person, in a crop of the input's aspect ratio."""
    (height, width), (_, keypoints, bins), (_, same, others) = size, *shapes
    if not (keypoints and keypoints == same and bins and others and bins * height == others * width):
        return None
    return Manifest(
        name=path.stem,
        topology=_topology(path.stem, keypoints, ["person"], None),
        input=InputSpec(image, height, width, multiple=math.gcd(32, height, width), **_RTMPOSE),
        outputs=SimccOutputs("simcc_x", "simcc_y", bins=bins / width),
        family="simcc",
    )


class _Ultralytics:
    """What Ultralytics' exporter writes into a file, or what holds where it has not written anything.

    Attributes:
        keypoints: number of them.
        classes: number of kinds of bodies.
        stride: input sizes are multiples of it.
        size: (height, width) of the input, or None.
        topology: of the keypoints.
        licence: of the weights; empty if nothing is said.
    """

    def __init__(self, path: Path, metadata: dict[str, str]) -> None:
        task = metadata.get("task", "pose")
        if "kpt_shape" not in metadata and task != "pose":
            raise ValueError(f"{path} is a network for the task {task!r}, which finds no keypoints: use a pose model")
        shape = _value(metadata, "kpt_shape")
        classes = _value(metadata, "names")
        self.keypoints = shape[0] if _whole(shape, 2) else _COCO
        bodies = list(classes.values() if isinstance(classes, dict) else classes) if _several(classes) else ["person"]
        self.classes = len(bodies)
        stride, size = _value(metadata, "stride"), _value(metadata, "imgsz")
        self.stride = stride if isinstance(stride, int) and 0 < stride <= 1024 else 32
        self.size = (size[0], size[1]) if _whole(size, 2) else None
        written_by_them = metadata.get("author") == "Ultralytics" or metadata.get("model_type") == "YOLO"
        self.licence = metadata.get("license", _AGPL if written_by_them else "")
        self.topology = _topology(path.stem, self.keypoints, bodies, _value(metadata, "kpt_names"))


def _topology(name: str, count: int, bodies: list[Any], names: Any) -> Topology:
    """COCO's skeleton for people with its keypoints; for others no links, since the file tells of none."""
    people = len(bodies) == 1 and str(bodies[0]).lower() in _PEOPLE
    told = next(iter(names.values()), None) if isinstance(names, dict) else names
    told = told if isinstance(told, (list, tuple)) and len(told) == count else None
    coco = Topology.load("coco_17")
    if count == _COCO and people and (told is None or list(told) == list(coco.keypoints)):
        return coco
    keypoints = told or [f"keypoint_{i + 1}" for i in range(count)]
    return Topology(name, tuple(map(str, keypoints)), ())


def _value(metadata: dict[str, str], key: str) -> Any:
    """A value that was written as Python writes it; None where there is none of that kind."""
    try:
        return ast.literal_eval(metadata.get(key, "None")[:100_000])
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def _several(value: Any) -> bool:
    return isinstance(value, (dict, list)) and len(value) > 0


def _whole(value: Any, count: int) -> bool:
    """Whether it is a list of so many whole numbers that can be sizes."""
    return (
        isinstance(value, (list, tuple))
        and len(value) == count
        and all(type(n) is int and 0 < n < 2**15 for n in value)
        and math.prod(value) < 2**30
    )
