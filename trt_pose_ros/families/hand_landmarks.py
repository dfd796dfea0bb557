"""MediaPipe's hand network (Zhang et al., "MediaPipe Hands: On-device Real-time Hand Tracking", 2020): one hand a crop.

The network tells each joint's place in the crop, whether there is a hand, whether it is a left or a right one, and the
hand in space, in metres. Its crops are squares turned so that the fingers point up, see :mod:`trt_pose_ros.hands`.
How its tensors are read is what MediaPipe's graph hand_landmark does (Apache-2.0, Google).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ..geometry import Placement
from ..options import Options, check_fields, option
from ..poses import LEFT_HAND, RAY_RELATIVE, RIGHT_HAND, Poses
from ..topology import Topology
from .heatmap import people_of_crops

_AXES = 3  # of a joint: x, y and depth, or x, y, z
_ROOT = "wrist"


@dataclass(frozen=True)
class HandLandmarkOutputs:
    """What such a network puts out.

    Attributes:
        landmarks: name of the tensor [N, 3 * K]: of each joint x, y and a depth in input pixels.
        presence: name of the tensor [N, 1], how likely there is a hand.
        right: name of the tensor [N, 1], how likely it is a right one.
        world: name of the tensor [N, 3 * K], x, y, z in metres.
    """

    landmarks: str
    presence: str
    right: str
    world: str

    def __post_init__(self) -> None:
        check_fields(self, "outputs.")


@dataclass(frozen=True)
class HandLandmarkOptions(Options):
    """How landmarks become joints."""

    min_keypoint_score: float = option(
        0.05, "score below which joints count as not found; all of a hand have its own", low=0.0, high=1.0
    )


class Family:
    """See :class:`trt_pose_ros.families.Family`; every crop shows one hand, positions are in the frame RAY_RELATIVE.

    Args:
        topology: joints of the hand.
        outputs: the :class:`HandLandmarkOutputs`.
        **settings: of :class:`HandLandmarkOptions`.

    Raises:
        ValueError: the topology has no wrist.
    """

    Outputs: ClassVar[type] = HandLandmarkOutputs
    Options: ClassVar[type[HandLandmarkOptions]] = HandLandmarkOptions

    def __init__(self, topology: Topology, outputs: HandLandmarkOutputs, **settings: Any) -> None:
        if _ROOT not in topology.keypoints:
            raise ValueError(f"topology {topology.name!r} has no {_ROOT}, where a hand's positions begin")
        self.topology, self.outputs = topology, outputs
        self.output_names = (outputs.landmarks, outputs.presence, outputs.right, outputs.world)
        self.options = HandLandmarkOptions.of(**settings)

    def check(self, shapes: Mapping[str, Sequence[int | None]], height: int, width: int) -> None:
        """See :meth:`trt_pose_ros.families.Family.check`."""
        joints = len(self.topology.keypoints)
        for name in self.output_names:
            shape = list(shapes[name])
            wanted = 1 if name in (self.outputs.presence, self.outputs.right) else _AXES * joints
            if len(shape) != 2 or shape[1] not in (None, wanted):
                raise ValueError(
                    f"output {name!r} has shape {shape}, must be [batch, {wanted}]: topology {self.topology.name!r} "
                    f"has {joints} keypoints"
                )

    def __call__(self, outputs: Mapping[str, np.ndarray], placements: Sequence[Placement]) -> list[Poses]:
        """See :meth:`trt_pose_ros.families.Family.__call__`; one hand each, of the kind LEFT_HAND or RIGHT_HAND."""
        shape = len(placements), len(self.topology.keypoints), _AXES
        landmarks, world = (outputs[name].reshape(shape) for name in (self.outputs.landmarks, self.outputs.world))
        presence = outputs[self.outputs.presence]
        hands = people_of_crops(
            self.topology,
            landmarks[:, :, :2] - 0.5,  # they count from the edge of the first pixel
            np.broadcast_to(presence, shape[:2]),
            self.options.min_keypoint_score,
            placements,
        )
        kinds = np.where(outputs[self.outputs.right] > 0.5, RIGHT_HAND, LEFT_HAND)
        root = self.topology.index(_ROOT)
        return [
            replace(hand, kinds=kind, positions=joints[None] - joints[root], position_frame=RAY_RELATIVE, scores=score)
            for hand, kind, joints, score in zip(hands, kinds, world, np.clip(presence, 0.0, 1.0), strict=True)
        ]
