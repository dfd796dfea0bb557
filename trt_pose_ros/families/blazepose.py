"""BlazePose (Bazarevsky et al., 2020; Grishchenko et al., "BlazePose GHUM Holistic", 2022): one person, a crop each.

The network tells each landmark's place in the crop, and the body in space: metres, the middle of the hips at the origin,
axes as of the camera. How its tensors are read is what MediaPipe's graphs pose_landmark do (Apache-2.0, Google). Two
things are left out: the crop is not turned so that the body stands upright, and nothing is carried over from one image
to the next, since the tracker here does that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ..geometry import Placement
from ..options import Options, check_fields, option
from ..poses import ROOT_RELATIVE, Poses
from ..topology import Topology
from .heatmap import people_of_crops

_VALUES = 5  # of a landmark: x, y, z in input pixels, logits of being visible and of lying in the crop
_HIPS = ("left_hip", "right_hip")
# Standard deviations in metres along each axis, of landmarks that are seen and of those that are not
_STDDEV, _STDDEV_UNSEEN = 0.05, 0.15


@dataclass(frozen=True)
class BlazePoseOutputs:
    """What such a network puts out; landmarks beyond the topology's keypoints say how to turn the next crop.

    Attributes:
        landmarks: name of the tensor [N, 5 * L]: of each landmark x, y, z in input pixels and two logits, of being
            visible and of lying in the crop.
        presence: name of the tensor [N, 1], how likely somebody is there.
        world: name of the tensor [N, 3 * L], x, y, z in metres from the middle of the hips.
    """

    landmarks: str
    presence: str
    world: str

    def __post_init__(self) -> None:
        check_fields(self, "outputs.")


@dataclass(frozen=True)
class BlazePoseOptions(Options):
    """How landmarks become keypoints."""

    min_keypoint_score: float = option(0.05, "score below which a keypoint counts as not found", low=0.0, high=1.0)


class Family:
    """See :class:`trt_pose_ros.families.Family`; every crop shows one person, positions are in the frame ROOT_RELATIVE.

    Args:
        topology: keypoints of the network.
        outputs: the :class:`BlazePoseOutputs`.
        **settings: of :class:`BlazePoseOptions`.

    Raises:
        ValueError: the topology has no hips.
    """

    Outputs: ClassVar[type] = BlazePoseOutputs
    Options: ClassVar[type[BlazePoseOptions]] = BlazePoseOptions

    def __init__(self, topology: Topology, outputs: BlazePoseOutputs, **settings: Any) -> None:
        self.topology, self.outputs = topology, outputs
        self.output_names = (outputs.landmarks, outputs.presence, outputs.world)
        self.options = BlazePoseOptions.of(**settings)
        missing = [name for name in _HIPS if name not in topology.keypoints]
        if missing:
            raise ValueError(f"topology {topology.name!r} has no {' and no '.join(missing)}, where positions begin")
        self._hips = [topology.keypoints.index(name) for name in _HIPS]

    def check(self, shapes: Mapping[str, Sequence[int | None]], height: int, width: int) -> None:
        """See :meth:`trt_pose_ros.families.Family.check`."""
        count = len(self.topology.keypoints)
        for name, values in zip(self.output_names, (_VALUES, 0, 3), strict=True):
            shape = list(shapes[name])
            if len(shape) != 2:
                raise ValueError(f"output {name!r} has shape {shape}, must be [batch, values]")
            if shape[1] is None:
                continue
            if shape[1] != 1 if not values else shape[1] % values or shape[1] < values * count:
                wanted = f"{values} for each of {count} keypoints or more" if values else "1"
                raise ValueError(f"output {name!r} has {shape[1]} values, must be {wanted}")

    def __call__(self, outputs: Mapping[str, np.ndarray], placements: Sequence[Placement]) -> list[Poses]:
        """See :meth:`trt_pose_ros.families.Family.__call__`; one person each."""
        count = len(self.topology.keypoints)
        landmarks, presence, world = (outputs[name] for name in self.output_names)
        landmarks = landmarks.reshape(len(landmarks), -1, _VALUES)[:, :count]
        visible, inside = 1 / (1 + np.exp(-landmarks[:, :, 3:].clip(-50, 50))).transpose(2, 0, 1)
        positions = world.reshape(len(world), -1, 3)[:, :count]
        positions = positions - positions[:, self._hips].mean(axis=1, keepdims=True)
        stddevs = np.where(visible >= 0.5, np.float32(_STDDEV), np.float32(_STDDEV_UNSEEN))
        # landmarks count from the edge of the first pixel
        people = people_of_crops(
            self.topology, landmarks[:, :, :2] - 0.5, inside * presence, self.options.min_keypoint_score, placements
        )
        return [
            replace(poses, positions=body[None], position_stddevs=stddev[None], position_frame=ROOT_RELATIVE)
            for poses, body, stddev in zip(people, positions, stddevs, strict=True)
        ]
