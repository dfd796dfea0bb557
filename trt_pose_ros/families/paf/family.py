"""The family of networks that put out heatmaps and part affinity fields."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from ...geometry import Placement
from ...options import check_fields, option
from ...poses import Poses
from ...topology import Topology
from .decoder import DecoderOptions, PoseDecoder


@dataclass(frozen=True)
class PafOutputs:
    """What such a network puts out.

    Attributes:
        heatmaps: name of the tensor [N, >=K, H, W] whose first K channels are the keypoints' heatmaps.
        pafs: name of the tensor [N, 2L, H, W] of part affinity fields.
        stride: input pixels a map cell.
        offset: input pixel (fractional, pixel centres are whole) at the centre of map cell 0.
        paf_order: ``xy`` or ``yx``: which component of a field comes first.
    """

    heatmaps: str
    pafs: str
    stride: float
    offset: float
    paf_order: str = option("xy", "which component comes first", choices=("xy", "yx"))

    def __post_init__(self) -> None:
        check_fields(self, "outputs.")
        if not self.stride > 0:
            raise ValueError(f"outputs.stride is {self.stride!r}, must be positive")
        if not abs(self.offset) <= self.stride:
            raise ValueError(f"outputs.offset is {self.offset!r}, must lie within a stride ({self.stride}) of pixel 0")


class PafFamily:
    """See :class:`trt_pose_ros.families.Family`.

    Args:
        topology: keypoints and links of the network.
        outputs: the :class:`PafOutputs`.
        **settings: of :class:`PoseDecoder`: ``preset``, ``keypoint_channels``, ``link_channels``, DecoderOptions.
    """

    Outputs: ClassVar[type] = PafOutputs
    Options: ClassVar[type[DecoderOptions]] = DecoderOptions

    def __init__(self, topology: Topology, outputs: PafOutputs, **settings: Any) -> None:
        self.outputs = outputs
        self.output_names: tuple[str, ...] = (outputs.heatmaps, outputs.pafs)
        self._in_order, self._all_pafs = (settings.get(k) is None for k in ("keypoint_channels", "link_channels"))
        self._decoder = PoseDecoder(topology, **{"paf_order": outputs.paf_order} | settings)

    @property
    def topology(self) -> Topology:
        """Of the people found."""
        return self._decoder.topology

    @property
    def options(self) -> DecoderOptions:
        """The current options; may be replaced at any time."""
        return self._decoder.options

    @options.setter
    def options(self, options: DecoderOptions) -> None:
        if options != self._decoder.options:
            self._decoder = self._decoder.with_options(**asdict(options))

    def check(self, shapes: Mapping[str, Sequence[int | None]], height: int, width: int) -> None:
        """See :meth:`trt_pose_ros.families.Family.check`."""
        topology, stride = self.topology, self.outputs.stride
        keypoints, links = len(topology.keypoints), len(topology.links)
        for name, least, exact in (
            (self.outputs.heatmaps, keypoints, False),
            (self.outputs.pafs, 2 * links, self._all_pafs),
        ):
            channels = check_cells(name, shapes[name], stride, height, width)
            if channels is not None and (channels < least or (exact and channels > least)):
                raise ValueError(
                    f"output {name!r} has {channels} channels, topology {topology.name!r} with {keypoints} keypoints "
                    f"and {links} links needs {'' if exact else 'at least '}{least}: model and topology do not match"
                )

    def __call__(self, outputs: Mapping[str, np.ndarray], placements: Sequence[Placement]) -> list[Poses]:
        """See :meth:`trt_pose_ros.families.Family.__call__`."""
        people = self._in_cells(outputs)
        return [self._in_image(poses, placement) for poses, placement in zip(people, placements, strict=True)]

    def _in_cells(self, outputs: Mapping[str, np.ndarray]) -> list[Poses]:
        """The people of each image, keypoints in map cells."""
        heatmaps, pafs = outputs[self.outputs.heatmaps], outputs[self.outputs.pafs]
        if self._in_order:
            heatmaps = heatmaps[:, : len(self.topology.keypoints)]  # a last one, of the background, may follow
        return self._decoder(heatmaps, pafs)

    def _in_image(self, poses: Poses, placement: Placement) -> Poses:
        """Map cells -> input pixels -> image pixels."""
        stride, offset = self.outputs.stride, self.outputs.offset
        scale = [stride * s for s in placement.scale]
        return poses.transformed(
            scale, [offset * s + o for s, o in zip(placement.scale, placement.offset, strict=True)]
        )


def check_cells(name: str, shape: Sequence[int | None], stride: float, height: int, width: int) -> int | None:
    """The number of channels of maps, None where it is not known.

    Args:
        name: of the tensor.
        shape: of the tensor, None for a dimension that is not known.
        stride: input pixels a cell.
        height, width: of the network's input in pixels.

    Raises:
        ValueError: the tensor does not hold maps of that stride.
    """
    if len(shape) != 4:
        raise ValueError(f"output {name!r} has shape {_text(shape)}, must be [batch, channels, height, width]")
    for count, pixels, side in zip(shape[2:], (height, width), ("height", "width"), strict=True):
        if count is not None and not abs(count * stride - pixels) < stride:
            raise ValueError(
                f"output {name!r} has {count} cells in {side} for an input of {pixels} pixels, which is a "
                f"stride of {pixels / count if count else 0:g}, but the manifest says outputs.stride {stride:g}"
            )
    return shape[1]


def _text(shape: Sequence[int | None]) -> str:
    return f"[{', '.join('?' if n is None else str(n) for n in shape)}]"
