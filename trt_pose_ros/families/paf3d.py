"""Heatmaps, part affinity fields and location maps: people in the image, and the shape of each one's body in space.

The network of the Lightweight 3D demo (Daniil Osokin, github.com/Daniil-Osokin/
lightweight-human-pose-estimation-3d-demo.pytorch). Its location maps are those of Mehta et al., "Single-Shot
Multi-Person 3D Pose Estimation From Monocular RGB", 3DV 2018: three maps a joint tell, in the cells of a body, where
that body's joint is, relative to its root. All are read at the neck first. Then each limb is read anew at its own
outermost joint that was found, since somebody else may stand in front of the neck, but not of the hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ..geometry import Placement
from ..options import check_fields, option
from ..poses import ROOT_RELATIVE, Poses
from ..topology import Topology
from .paf import PafFamily, PafOutputs, check_cells

# the joints of CMU Panoptic's skeleton, in its order
_PANOPTIC = (
    "neck", "nose", "hips", "left_shoulder", "left_elbow", "left_wrist", "left_hip", "left_knee", "left_ankle",
    "right_shoulder", "right_elbow", "right_wrist", "right_hip", "right_knee", "right_ankle", "left_eye", "left_ear",
    "right_eye", "right_ear",
)  # fmt: skip
_BASE = "neck"
# from the outermost joint inwards; a later limb's reading of a joint counts
_LIMBS = (
    ("right_ear", "right_eye", "nose"),
    ("left_ear", "left_eye", "nose"),
    ("left_wrist", "left_elbow", "left_shoulder"),
    ("left_ankle", "left_knee", "left_hip"),
    ("right_wrist", "right_elbow", "right_shoulder"),
    ("right_ankle", "right_knee", "right_hip"),
)
_HIPS = ("left_hip", "right_hip")
# Standard deviations in metres, along each axis. The demo tells a mean error of 100 mm, on CMU Panoptic: of three
# normal errors the mean length is 1.6 standard deviations. Joints that the image does not show are taken to err twice
# as much.
_STDDEV, _STDDEV_UNSEEN = 0.063, 0.126


@dataclass(frozen=True, kw_only=True)
class Paf3dOutputs(PafOutputs):
    """What such a network puts out; heatmaps, pafs, stride, offset and paf_order as of
    :class:`~trt_pose_ros.families.paf.PafOutputs`.

    Attributes:
        locations: name of the tensor [N, 3 * joints, H, W]; of each joint x, y, z, with the axes of the camera's
            optical frame, relative to the person's root.
        joints: names of the joints in the maps' order; those that the topology has not are read over.
        unit: metres that a value of 1 is.
    """

    locations: str
    joints: tuple[str, ...] = option(_PANOPTIC, "names")
    unit: float = 1.8

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fields(self, "outputs.")
        if not 0 < self.unit < np.inf:
            raise ValueError(f"outputs.unit is {self.unit!r}, must be a positive number of metres")


class Family(PafFamily):
    """See :class:`trt_pose_ros.families.Family`; people have positions in the frame ROOT_RELATIVE.

    Args:
        topology: keypoints and links of the network.
        outputs: the :class:`Paf3dOutputs`.
        **settings: as of :class:`~trt_pose_ros.families.paf.PafFamily`.

    Raises:
        ValueError: the maps tell nothing of one of the keypoints.
    """

    Outputs: ClassVar[type] = Paf3dOutputs

    outputs: Paf3dOutputs

    def __init__(self, topology: Topology, outputs: Paf3dOutputs, **settings: Any) -> None:
        super().__init__(topology, outputs, **settings)
        self.output_names = (*self.output_names, outputs.locations)
        missing = [name for name in topology.keypoints if name not in outputs.joints]
        if missing:
            raise ValueError(f"outputs.joints has no {', '.join(missing)}, keypoints of topology {topology.name!r}")
        if _BASE not in topology.keypoints:
            raise ValueError(f"topology {topology.name!r} has no {_BASE}, where location maps are read")
        self._channels = [outputs.joints.index(name) for name in topology.keypoints]
        limbs = [[topology.keypoints.index(name) for name in limb if name in topology.keypoints] for limb in _LIMBS]
        self._limbs = [limb for limb in limbs if limb]
        self._hips = [topology.keypoints.index(name) for name in _HIPS if name in topology.keypoints]

    def check(self, shapes: Mapping[str, Sequence[int | None]], height: int, width: int) -> None:
        """See :meth:`trt_pose_ros.families.Family.check`."""
        super().check(shapes, height, width)
        name, needed = self.outputs.locations, 3 * len(self.outputs.joints)
        channels = check_cells(name, shapes[name], self.outputs.stride, height, width)
        if channels not in (None, needed):
            raise ValueError(
                f"output {name!r} has {channels} channels, {len(self.outputs.joints)} joints have {needed}"
            )

    def __call__(self, outputs: Mapping[str, np.ndarray], placements: Sequence[Placement]) -> list[Poses]:
        """See :meth:`trt_pose_ros.families.Family.__call__`."""
        people, maps = self._in_cells(outputs), outputs[self.outputs.locations]
        return [
            self._in_image(self._with_positions(*item), placement)
            for *item, placement in zip(people, maps, placements, strict=True)
        ]

    def _with_positions(self, poses: Poses, maps: np.ndarray) -> Poses:
        """The people of one image, keypoints in map cells, with what its location maps [3J, H, W] tell of them."""
        sources = self._sources(np.asarray(poses.found))
        height, width = maps.shape[1:]
        xy = np.nan_to_num(np.take_along_axis(poses.keypoints[:, :, :2], np.maximum(sources, 0)[:, :, None], axis=1))
        x, y = np.clip(np.rint(xy).astype(int), 0, (width - 1, height - 1)).transpose(2, 0, 1)
        joints = maps.reshape(-1, 3, height, width)
        values = joints[np.array(self._channels)[None], :, y, x] * np.float32(self.outputs.unit)
        known: np.ndarray = (sources >= 0) & np.isfinite(values).all(axis=2)
        positions = np.where(known[:, :, None], values, np.float32(np.nan))
        # the network's own root is near the middle of the hips, but each leg has been read in another place
        hips = positions[:, self._hips].mean(axis=1, keepdims=True) if len(self._hips) == len(_HIPS) else np.float32(0)
        stddevs = np.where(poses.found, np.float32(_STDDEV), np.float32(_STDDEV_UNSEEN))
        return replace(
            poses,
            positions=positions - np.where(np.isfinite(hips), hips, 0),
            position_stddevs=np.where(known, stddevs, np.float32(np.nan)),
            position_frame=ROOT_RELATIVE,
        )

    def _sources(self, found: np.ndarray) -> np.ndarray:
        """int [P, K]: the keypoint at which each keypoint's location is read; -1: there is none.

        Args:
            found: bool [P, K].
        """
        base = self.topology.index(_BASE)
        sources = np.repeat(np.where(found[:, base], base, -1)[:, None], found.shape[1], axis=1)
        for limb in self._limbs:
            seen = found[:, limb]
            outermost = np.array(limb)[seen.argmax(axis=1)]
            sources[:, limb] = np.where(seen.any(axis=1, keepdims=True), outermost[:, None], sources[:, limb])
        return sources
