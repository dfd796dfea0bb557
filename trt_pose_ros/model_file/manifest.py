"""The manifest: how a network is run, as JSON in its file or beside it."""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .. import families
from ..options import check_fields, option
from ..topology import Topology

FORMAT_VERSION = 1
PRECISIONS = ("auto", "float32")


@dataclass(frozen=True)
class InputSpec:
    """The network's input.

    Attributes:
        name: of the tensor.
        height, width: pixels the network was made for.
        multiple: other sizes are possible in steps of this many pixels.
        layout: ``nhwc`` or ``nchw``, the order of the tensor's axes. A tensor of uint8 gets the image as it is, and the
            network normalises by itself; one of floats gets ``(value - mean) / std``.
        color: ``bgr`` or ``rgb``, the order of the channels; also of ``pad``, ``mean`` and ``std``.
        resize: ``letterbox`` keeps the image's aspect ratio and pads, ``stretch`` does neither: a network must be run
            the way it was trained.
        align: where the image lies in its padding: ``top_left``, which pads at the right and bottom, or ``center``.
        pad: value of the padding, 0..255, one a channel.
        mean, std: what is subtracted from the 0..255 values and then divides them, one a channel.
        max_batch: most images that the network can be run on at once, whatever its file promises; 0: any number.
        frame: (height, width) in pixels of a camera's whole image, where the graph takes that and fits it into height x
            width itself, on the GPU; None where the image must have been fitted.
    """

    name: str
    height: int = option(effect="pixels", low=1)
    width: int = option(effect="pixels", low=1)
    multiple: int = option(32, "pixels", low=1)
    layout: str = option("nhwc", "order of the axes", choices=("nhwc", "nchw"))
    color: str = option("bgr", "order of the channels", choices=("bgr", "rgb"))
    resize: str = option("letterbox", "what keeps or loses the aspect ratio", choices=("letterbox", "stretch"))
    align: str = option("top_left", "where the image lies", choices=("top_left", "center"))
    pad: tuple[int, int, int] = option((0, 0, 0), "value of the padding", low=0, high=255)
    mean: tuple[float, float, float] = option((0.0, 0.0, 0.0), "subtracted")
    std: tuple[float, float, float] = option((1.0, 1.0, 1.0), "divides")
    max_batch: int = option(0, "images", low=0)
    frame: tuple[int, int] | None = option(None, "pixels, height and width", low=1)

    def __post_init__(self) -> None:
        check_fields(self, "input.")
        if not self.name:
            raise ValueError("input.name is empty, must be the name of the network's input")
        if not all(self.std):
            raise ValueError(f"input.std is {self.std}, must be three numbers other than 0")
        if self.frame and self.align != "top_left":
            raise ValueError(f"input.align is {self.align!r}, must be top_left where the graph resizes camera images")
        self.check_size(self.height, self.width)

    @property
    def pad_bgr(self) -> tuple[int, int, int]:
        """:attr:`pad` in the order blue, green, red."""
        first, second, third = self.pad
        return (third, second, first) if self.color == "rgb" else self.pad

    def check_size(self, height: int, width: int) -> None:
        """Raise ValueError unless the network can be run on images of height x width."""
        step = self.multiple
        if height < step or width < step or height % step or width % step:
            raise ValueError(f"input size {height}x{width} (height x width) must be positive multiples of {step}")
        if self.frame and (height, width) != (self.height, self.width):
            raise ValueError(
                f"input size {height}x{width}: this model resizes camera images to {self.height}x{self.width} itself, "
                "it can be run at no other size"
            )

    def tensor_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) in pixels of the tensor of a network that is run at ``height`` x ``width``."""
        return self.frame or (height, width)


@dataclass(frozen=True)
class Manifest:
    """How a network is run, and what is known of it.

    Attributes:
        name: of the network.
        topology: keypoints and links of the people that it finds.
        input: the :class:`InputSpec`.
        outputs: what its outputs are, an ``Outputs`` of its family, see :mod:`trt_pose_ros.families`.
        family: what kind of network it is.
        decoder: options of the family that suit the network.
        person: file of the per-person network that looks closer at the people whom this one finds, relative to this
            one's; empty without one.
        precision: ``float32`` of a network that goes wrong where a runtime computes in less than the types of its file,
            such as one that puts out coordinates; ``auto`` leaves it to who runs it.
        licence: of the weights.
        accuracy: what was measured, in words and numbers; shown, never used.

    Raises:
        ValueError: no such network can be; the message names the field.
    """

    name: str
    topology: Topology
    input: InputSpec
    outputs: Any
    family: str = "paf"
    decoder: dict[str, Any] = field(default_factory=dict)
    person: str = ""
    precision: str = "auto"
    licence: str = ""
    accuracy: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, kind, wanted in (
            ("name", str, "text"),
            ("decoder", dict, "an object of options"),
            ("person", str, "the name of a file"),
            ("licence", str, "text"),
            ("accuracy", dict, "an object"),
        ):
            if not isinstance(getattr(self, name), kind):
                raise ValueError(f"{name} is {getattr(self, name)!r}, must be {wanted}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is {self.precision!r}, must be one of {', '.join(PRECISIONS)}")
        try:
            self.new_family()
        except (TypeError, ValueError) as error:
            raise ValueError(f"decoder: {error}") from None

    def new_family(self, **options: Any) -> families.Family:
        """Make the network's :class:`~trt_pose_ros.families.Family`, with ``options`` instead of the model's own.

        Raises:
            ValueError: an option is unknown or out of range.
        """
        return families.find(self.family)(self.topology, self.outputs, **self.decoder | options)

    @classmethod
    def from_json(cls, text: str, source: str | os.PathLike[str]) -> "Manifest":
        """Parse a manifest; ``source`` names it in errors.

        Raises:
            ValueError: not JSON, a field is missing, unknown or wrong.
        """
        try:
            data = _object(json.loads(text), "it")
            version = data.pop("format_version", None)
            if version != FORMAT_VERSION:
                raise ValueError(f"format_version is {version!r}, this version of trt_pose_ros reads {FORMAT_VERSION}")
            topology = data.pop("topology")
            kind = families.find(data.get("family", "paf"))
            return cls(
                topology=Topology.load(topology) if isinstance(topology, str) else Topology.from_category(topology),
                input=_made(InputSpec, data.pop("input"), "input"),
                outputs=_made(kind.Outputs, data.pop("outputs"), "outputs"),
                **_known(cls, data, ""),
            )
        except KeyError as error:
            raise ValueError(f"manifest of {source} has no {error}") from None
        except (TypeError, ValueError, OSError) as error:
            raise ValueError(f"manifest of {source}: {error}") from None
        except RecursionError:
            raise ValueError(f"manifest of {source}: it is nested too deeply") from None

    def to_json(self) -> str:
        """The manifest as text, inverse of :meth:`from_json`."""
        data = {f.name: getattr(self, f.name) for f in fields(self)}
        data |= {
            "format_version": FORMAT_VERSION,
            "topology": self.topology.to_category(),
            "input": asdict(self.input),
            "outputs": asdict(self.outputs),
        }
        return json.dumps(data, indent=1)


def _object(data: Any, name: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError(f"{name} is {data!r}, must be an object")
    return dict(data)


def _known(cls: Any, data: dict[str, Any], prefix: str) -> dict[str, Any]:
    names = [f.name for f in fields(cls)]
    unknown = sorted(set(data) - set(names))
    if unknown:
        raise ValueError(f"unknown field {', '.join(prefix + u for u in unknown)}: possible are {', '.join(names)}")
    return data


def _made(cls: Any, data: Any, name: str) -> Any:
    values = _known(cls, _object(data, name), f"{name}.")
    try:
        return cls(**values)
    except TypeError as error:  # a field without a default is missing
        raise ValueError(f"{name}: {str(error).replace(f'{cls.__name__}.__init__()', 'it is')}") from None
