"""Coordinates as classes (SimCC, Li et al., ECCV 2022, first named SimDR): one person, a crop each.

For either axis the network tells how likely a keypoint lies in each bin, of which an input pixel has one or more.
RTMPose is such a network (Jiang et al., 2023).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..geometry import Placement
from ..options import Options, check_fields, option
from ..poses import Poses
from ..topology import Topology
from .heatmap import people_of_crops


@dataclass(frozen=True)
class SimccOutputs:
    """What such a network puts out.

    Attributes:
        x, y: names of the tensors [N, K, bins], one an axis.
        bins: a pixel of the input.
        logits: the values become likelihoods by a softmax, as of SimDR's networks; false where the highest one is the
            score as it is, as of RTMPose's.
    """

    x: str
    y: str
    bins: float = 2.0
    logits: bool = False

    def __post_init__(self) -> None:
        check_fields(self, "outputs.")
        if not self.bins > 0:
            raise ValueError(f"outputs.bins is {self.bins!r}, must be positive")


@dataclass(frozen=True)
class SimccOptions(Options):
    """How keypoints are read off the bins."""

    min_keypoint_score: float = option(0.05, "score below which a keypoint counts as not found", low=0.0, high=1.0)


class Family:
    """See :class:`trt_pose_ros.families.Family`; every crop shows one person.

    Args:
        topology: keypoints of the network.
        outputs: the :class:`SimccOutputs`.
        **settings: of :class:`SimccOptions`.
    """

    Outputs: ClassVar[type] = SimccOutputs
    Options: ClassVar[type[SimccOptions]] = SimccOptions

    def __init__(self, topology: Topology, outputs: SimccOutputs, **settings: Any) -> None:
        self.topology, self.outputs = topology, outputs
        self.output_names = (outputs.x, outputs.y)
        self.options = SimccOptions.of(**settings)

    def check(self, shapes: Mapping[str, Sequence[int | None]], height: int, width: int) -> None:
        """See :meth:`trt_pose_ros.families.Family.check`."""
        keypoints = len(self.topology.keypoints)
        for name, pixels, side in zip(self.output_names, (width, height), ("width", "height"), strict=True):
            shape = shapes[name]
            if len(shape) != 3:
                raise ValueError(f"output {name!r} has shape {list(shape)}, must be [batch, keypoints, bins]")
            if shape[1] not in (None, keypoints):
                raise ValueError(
                    f"output {name!r} has {shape[1]} keypoints, topology {self.topology.name!r} has {keypoints}: model "
                    "and topology do not match"
                )
            wanted = round(pixels * self.outputs.bins)
            if shape[2] not in (None, wanted):
                raise ValueError(
                    f"output {name!r} has {shape[2]} bins for an input of {pixels} pixels in {side}, but the manifest "
                    f"says outputs.bins {self.outputs.bins:g} a pixel"
                )

    def __call__(self, outputs: Mapping[str, np.ndarray], placements: Sequence[Placement]) -> list[Poses]:
        """See :meth:`trt_pose_ros.families.Family.__call__`; one person each, the score that of the keypoints."""
        likelihoods = [outputs[name] for name in self.output_names]
        xy = np.stack([axis.argmax(axis=2) for axis in likelihoods], axis=2) / np.float32(self.outputs.bins)
        scores = [_softmax_peak(axis) if self.outputs.logits else axis.max(axis=2) for axis in likelihoods]
        # a keypoint is as sure as its less sure coordinate
        return people_of_crops(self.topology, xy, np.minimum(*scores), self.options.min_keypoint_score, placements)


def _softmax_peak(logits: np.ndarray) -> np.ndarray:
    """float [N, K]: the highest likelihood of each keypoint's bins."""
    return 1 / np.exp(logits - logits.max(axis=2, keepdims=True)).sum(axis=2)
