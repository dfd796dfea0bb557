"""ModelFile: a network file together with its manifest, which says how the network must be run.

One ``.onnx`` is all that is deployed: its metadata carries the manifest as JSON. A foreign network (an OpenVINO IR, an
ONNX of somebody else) is described by a JSON file beside it (``model.xml`` + ``model.json``); for networks that many
people have, such a description ships with the package in ``models/``.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path

from .protobuf import append_metadata, read_metadata
from .topology import Topology

MANIFEST_KEY = "trt_pose_ros.manifest"
MODELS = Path(__file__).parent / "models"
DEFAULT_MODEL = MODELS / "default.onnx"
MODEL_VARIABLE = "TRT_POSE_MODEL"
FORMAT_VERSION = 1
FAMILIES = ("paf",)


@dataclass(frozen=True)
class InputSpec:
    """The network's input.

    Attributes:
        name: of the tensor.
        height, width: pixels the network was made for.
        multiple: other sizes are possible in steps of this many pixels.
        layout: ``nhwc`` (uint8, the network normalises by itself) or ``nchw`` (float32, normalised by us).
        color: ``bgr`` or ``rgb``.
        resize: ``letterbox`` keeps the picture's aspect ratio and pads at the right and bottom, ``stretch`` does not: a
            network must be run the way it was trained.
        pad: value of the padding, 0..255, one a channel.
        mean, std: for ``nchw``: what is subtracted from and then divides the 0..255 values, one a channel.
    """

    name: str
    height: int
    width: int
    multiple: int = 32
    layout: str = "nhwc"
    color: str = "bgr"
    resize: str = "letterbox"
    pad: tuple[int, int, int] = (0, 0, 0)
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def __post_init__(self):
        for name, possible in (
            ("layout", ("nhwc", "nchw")),
            ("color", ("bgr", "rgb")),
            ("resize", ("letterbox", "stretch")),
        ):
            if getattr(self, name) not in possible:
                raise ValueError(f"input.{name} is {getattr(self, name)!r}, must be one of {', '.join(possible)}")
        for name in ("pad", "mean", "std"):
            value = tuple(getattr(self, name))
            if len(value) != 3:
                raise ValueError(f"input.{name} is {value}, must be three numbers, one a channel")
            object.__setattr__(self, name, value)
        self.check_size(self.height, self.width)

    def check_size(self, height, width):
        """Raise ValueError unless the network can be run on pictures of height x width."""
        step = self.multiple
        if height < step or width < step or height % step or width % step:
            raise ValueError(f"input size {height}x{width} (height x width) must be positive multiples of {step}")


@dataclass(frozen=True)
class OutputSpec:
    """The network's outputs.

    Attributes:
        heatmaps: name of the tensor [N, >=K, H, W] whose first K channels are the keypoints' heatmaps.
        pafs: name of the tensor [N, 2L, H, W] of part affinity fields.
        paf_order: ``xy`` or ``yx``: which component of a field comes first.
        stride: input pixels a map cell.
        offset: input pixel (fractional, pixel centres are whole) at the centre of map cell 0.
    """

    heatmaps: str
    pafs: str
    stride: float
    offset: float
    paf_order: str = "xy"

    def __post_init__(self):
        if self.paf_order not in ("xy", "yx"):
            raise ValueError(f"outputs.paf_order is {self.paf_order!r}, must be xy or yx")
        if not self.stride > 0:
            raise ValueError(f"outputs.stride is {self.stride!r}, must be positive")


@dataclass(frozen=True)
class Manifest:
    """How a network is run, and what is known of it; see :class:`InputSpec` and :class:`OutputSpec`.

    Attributes:
        decoder: options of :class:`~trt_pose_ros.decode.PoseDecoder` that suit the network.
        accuracy: what was measured, in words and numbers; shown, never used.
    """

    name: str
    topology: Topology
    input: InputSpec
    outputs: OutputSpec
    family: str = "paf"
    decoder: dict = field(default_factory=dict)
    licence: str = ""
    accuracy: dict = field(default_factory=dict)

    def __post_init__(self):
        if self.family not in FAMILIES:
            raise ValueError(f"family is {self.family!r}, this version knows {', '.join(FAMILIES)}")

    @classmethod
    def from_json(cls, text, source):
        """Parse a manifest; ``source`` names it in errors.

        Raises:
            ValueError: not JSON, a field is missing, unknown or wrong.
        """
        try:
            data = dict(json.loads(text))
            version = data.pop("format_version", None)
            if version != FORMAT_VERSION:
                raise ValueError(f"format_version is {version!r}, this version of trt_pose_ros reads {FORMAT_VERSION}")
            topology = data.pop("topology")
            return cls(
                topology=Topology.load(topology) if isinstance(topology, str) else Topology.from_category(topology),
                input=_make(InputSpec, data.pop("input"), "input"),
                outputs=_make(OutputSpec, data.pop("outputs"), "outputs"),
                **_known(cls, data, "manifest"),
            )
        except KeyError as error:
            raise ValueError(f"manifest of {source} has no {error}") from None
        except (TypeError, ValueError) as error:
            raise ValueError(f"manifest of {source}: {error}") from None

    def to_json(self):
        """The manifest as text, inverse of :meth:`from_json`."""
        data = {f.name: getattr(self, f.name) for f in fields(self)}
        data |= {
            "format_version": FORMAT_VERSION,
            "topology": self.topology.to_category(),
            "input": asdict(self.input),
            "outputs": asdict(self.outputs),
        }
        return json.dumps(data, indent=1)


def _known(cls, data, where):
    unknown = sorted(set(data) - {f.name for f in fields(cls)})
    if unknown:
        raise ValueError(f"{where} has unknown fields {', '.join(unknown)}")
    return data


def _make(cls, data, where):
    if not isinstance(data, dict):
        raise ValueError(f"{where} is {data!r}, must be an object")
    return cls(**_known(cls, data, where))


@dataclass(frozen=True)
class ModelFile:
    """A network file and its manifest."""

    path: Path
    manifest: Manifest

    @classmethod
    def load(cls, path=None):
        """Find the manifest of the network file ``path``; without a path, of the default model.

        The default is the file that the environment variable TRT_POSE_MODEL names, else the bundled model.

        Raises:
            FileNotFoundError: no such file.
            ValueError: no manifest, or a wrong one.
        """
        path = Path(path or os.environ.get(MODEL_VARIABLE) or DEFAULT_MODEL).expanduser()
        if path == DEFAULT_MODEL and not path.is_file():
            raise FileNotFoundError(
                f"the bundled model {path} is missing: install trt_pose_ros anew, or name a model file"
            )
        if not path.is_file():
            raise FileNotFoundError(f"model file {path} does not exist")
        if path.suffix == ".onnx":
            embedded = read_metadata(path).get(MANIFEST_KEY)
            if embedded is not None:
                return cls(path, Manifest.from_json(embedded, path))
        sidecars = (path.with_suffix(".json"), MODELS / f"{path.stem}.json")
        for sidecar in sidecars:
            if sidecar.is_file():
                return cls(path, Manifest.from_json(sidecar.read_text(), sidecar))
        raise ValueError(
            f"{path} carries no manifest, and there is none beside it: describe the network in {sidecars[0].name}"
        )

    @staticmethod
    def write(path, network, manifest):
        """Write the ONNX network (bytes) to ``path`` with its manifest inside, replacing any it had."""
        Path(path).write_bytes(append_metadata(network, MANIFEST_KEY, manifest.to_json()))

    @cached_property
    def sha256(self):
        """Hex digest of the network file (for an OpenVINO IR of its weights, too)."""
        digest = hashlib.sha256(self.path.read_bytes())
        weights = self.path.with_suffix(".bin")
        if self.path.suffix == ".xml" and weights.is_file():
            digest.update(weights.read_bytes())
        return digest.hexdigest()
