"""BlazePose (Bazarevsky et al., 2020; Grishchenko et al., "BlazePose GHUM Holistic", 2022): one person, a crop each.

The network tells each landmark's place in the crop, and the body in space: metres, the middle of the hips at the
origin, axes as of a camera that looks straight at it. How its tensors are read is what MediaPipe's graph pose_landmark
does (Apache-2.0, Google). Two things are left out: the crop is not turned so that the body stands upright, and nothing
is carried over from one image to the next, since the tracker here does that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ..geometry import Placement
from ..options import Options, check_fields, option
from ..poses import RAY_RELATIVE, Poses
from ..topology import Topology
from .heatmap import people_of_crops, windows

_VALUES = 5  # of a landmark: x, y, z in input pixels, logits of being visible and of lying in the crop
# Of a heatmap's cells around a landmark those so far to either side are weighed, and one must be so likely: MediaPipe's
_REACH, _LIKELY = 3, 0.5
_NEVER = -50.0  # logit of what cannot be
_HIPS = ("left_hip", "right_hip")
# Standard deviations in metres along each axis, of landmarks that are seen and of those that are not: on five pictures
# of upright people in Human3.6M and MPI-INF-3DHP the mean error is 128 mm, which is 1.6 of them. The second is a guess.
_STDDEV, _STDDEV_UNSEEN = 0.08, 0.2


@dataclass(frozen=True)
class BlazePoseOutputs:
    """What such a network puts out; landmarks beyond the topology's keypoints say how to turn the next crop.

    Attributes:
        landmarks: name of the tensor [N, 5 * L]: of each landmark x, y, z in input pixels and two logits, of being
            visible and of lying in the crop; visibility, which says more about COCO's keypoints, is their score.
        presence: name of the tensor [N, 1], how likely somebody is there.
        world: name of the tensor [N, 3 * L], x, y, z in metres from the middle of the hips.
        heatmaps: name of the tensor [N, h, w, L] of logits, by which places are corrected; empty: they are not.
        stride: input pixels a cell of these.
    """

    landmarks: str
    presence: str
    world: str
    heatmaps: str = ""
    stride: float = 4.0

    def __post_init__(self) -> None:
        check_fields(self, "outputs.")
        if not self.stride > 0:
            raise ValueError(f"outputs.stride is {self.stride!r}, must be positive")


@dataclass(frozen=True)
class BlazePoseOptions(Options):
    """How landmarks become keypoints."""

    min_keypoint_score: float = option(0.05, "score below which a keypoint counts as not found", low=0.0, high=1.0)


class Family:
    """See :class:`trt_pose_ros.families.Family`; every crop shows one person, positions are in the frame RAY_RELATIVE.

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
        self._values = {outputs.landmarks: _VALUES, outputs.world: 3}  # of a landmark
        self.output_names = (*self._values, outputs.presence, *([outputs.heatmaps] if outputs.heatmaps else []))
        self.options = BlazePoseOptions.of(**settings)
        missing = [name for name in _HIPS if name not in topology.keypoints]
        if missing:
            raise ValueError(f"topology {topology.name!r} has no {' and no '.join(missing)}, where positions begin")
        self._hips = [topology.keypoints.index(name) for name in _HIPS]

    def check(self, shapes: Mapping[str, Sequence[int | None]], height: int, width: int) -> None:
        """See :meth:`trt_pose_ros.families.Family.check`."""
        count = len(self.topology.keypoints)
        for name in self.output_names:
            shape, rank = list(shapes[name]), 4 if name == self.outputs.heatmaps else 2
            if len(shape) != rank:
                axes = "[batch, height, width, landmarks]" if rank == 4 else "[batch, values]"
                raise ValueError(f"output {name!r} has shape {shape}, must be {axes}")
            values = self._values.get(name, 1)
            least = values if name == self.outputs.presence else values * count
            if shape[-1] is not None and (shape[-1] < least or shape[-1] % values):
                raise ValueError(
                    f"output {name!r} has {shape[-1]} values, must be {least} or more in steps of {values}: topology "
                    f"{self.topology.name!r} has {count} keypoints"
                )

    def __call__(self, outputs: Mapping[str, np.ndarray], placements: Sequence[Placement]) -> list[Poses]:
        """See :meth:`trt_pose_ros.families.Family.__call__`; one person each."""
        count = len(self.topology.keypoints)
        landmarks, world = (outputs[n].reshape(len(outputs[n]), -1, v)[:, :count] for n, v in self._values.items())
        positions = world - world[:, self._hips].mean(axis=1, keepdims=True)
        visible = _sigmoid(landmarks[:, :, 3])
        stddevs = np.where(visible >= 0.5, np.float32(_STDDEV), np.float32(_STDDEV_UNSEEN))
        people = people_of_crops(
            self.topology,
            self._places(landmarks[:, :, :2], outputs) - 0.5,  # they count from the edge of the first pixel
            visible * outputs[self.outputs.presence],
            self.options.min_keypoint_score,
            placements,
        )
        return [
            replace(poses, positions=body[None], position_stddevs=stddev[None], position_frame=RAY_RELATIVE)
            for poses, body, stddev in zip(people, positions, stddevs, strict=True)
        ]

    def _places(self, xy: np.ndarray, outputs: Mapping[str, np.ndarray]) -> np.ndarray:
        """float [N, K, 2]: the places ``xy``, or, where a heatmap is sure, the middle of what it says around them."""
        if not self.outputs.heatmaps:
            return xy
        maps = outputs[self.outputs.heatmaps][..., : xy.shape[1]]
        planes = maps.transpose(0, 3, 1, 2).reshape(-1, *maps.shape[1:3])
        cells = np.floor(xy.reshape(-1, 2) / self.outputs.stride).clip(-1e6, 1e6).astype(int)
        likely = _sigmoid(windows(planes, cells, _REACH, outside=_NEVER))
        steps = np.arange(-_REACH, _REACH + 1)
        middles = np.stack([(likely.sum(axis=axis) * steps).sum(axis=1) for axis in (1, 2)], axis=1)
        middles = cells + middles / likely.sum(axis=(1, 2))[:, None]
        sure = (likely.max(axis=(1, 2)) >= _LIKELY).reshape(*xy.shape[:2], 1)
        return np.where(sure, middles.reshape(xy.shape) * self.outputs.stride, xy)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits.clip(_NEVER, -_NEVER)))
