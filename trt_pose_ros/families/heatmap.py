"""Heatmaps of one person, a crop each: HRNet, Lite-HRNet (PP-TinyPose), ViTPose and others of the top-down kind.

The peak of a keypoint's heatmap lies on a map cell, which is several pixels of the image. Where it is between cells is
told by its neighbours (``quarter``, the rule of Simple Baselines, Xiao et al., ECCV 2018), or by the top of the
Gaussian that the network was taught (``dark``: Zhang et al., "Distribution-Aware Coordinate Representation of
Keypoint", CVPR 2020).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..geometry import Placement
from ..options import Options, check_fields, option
from ..poses import MISSING, Poses
from ..topology import Topology

_FARTHEST = 1.5  # cells from the peak; farther away no Gaussian's top can be
_GUESS = 0.2  # score up to which a keypoint says nothing about whether there is somebody
_FAINTEST = 1e-6  # whose logarithm is still taken


@dataclass(frozen=True)
class HeatmapOutputs:
    """What such a network puts out.

    Attributes:
        heatmaps: name of the tensor [N, >=K, H, W] whose first K channels are the keypoints' heatmaps.
        stride: input pixels a map cell.
        offset: input pixel (fractional, pixel centres are whole) at the centre of map cell 0.
        udp: the first and the last cell lie on the input's first and last pixel, as in Unbiased Data Processing (Huang
            et al., CVPR 2020); offset is 0 then, and cells are a little more than a stride apart.
    """

    heatmaps: str
    stride: float
    offset: float = 0.0
    udp: bool = False

    def __post_init__(self) -> None:
        check_fields(self, "outputs.")
        if not self.stride > 0:
            raise ValueError(f"outputs.stride is {self.stride!r}, must be positive")
        if not abs(self.offset) <= self.stride:
            raise ValueError(f"outputs.offset is {self.offset!r}, must lie within a stride ({self.stride}) of pixel 0")
        if self.udp and self.offset:
            raise ValueError(f"outputs.offset is {self.offset!r}, must be 0 where outputs.udp is true")


@dataclass(frozen=True)
class HeatmapOptions(Options):
    """How keypoints are read off heatmaps."""

    refine: str = option(
        "dark", "how the place between map cells is found; none: not at all", choices=("dark", "quarter", "none")
    )
    blur: float = option(
        2.0,
        "standard deviation in map cells by which heatmaps are smoothed for `dark`; higher is steadier where they are "
        "noisy",
        low=0.3,
        high=4.0,
    )
    min_keypoint_score: float = option(0.05, "score below which a keypoint counts as not found", low=0.0, high=1.0)


class Family:
    """See :class:`trt_pose_ros.families.Family`; every crop shows one person.

    Args:
        topology: keypoints of the network.
        outputs: the :class:`HeatmapOutputs`.
        **settings: of :class:`HeatmapOptions`.
    """

    Outputs: ClassVar[type] = HeatmapOutputs
    Options: ClassVar[type[HeatmapOptions]] = HeatmapOptions

    def __init__(self, topology: Topology, outputs: HeatmapOutputs, **settings: Any) -> None:
        self.topology, self.outputs = topology, outputs
        self.output_names = (outputs.heatmaps,)
        self.options = HeatmapOptions.of(**settings)
        self._size = (0, 0)  # (height, width) of the input in pixels

    def check(self, shapes: Mapping[str, Sequence[int | None]], height: int, width: int) -> None:
        """See :meth:`trt_pose_ros.families.Family.check`."""
        name, stride, keypoints = self.outputs.heatmaps, self.outputs.stride, len(self.topology.keypoints)
        shape = shapes[name]
        if len(shape) != 4:
            raise ValueError(f"output {name!r} has shape {list(shape)}, must be [batch, keypoints, height, width]")
        if shape[1] is not None and shape[1] < keypoints:
            raise ValueError(
                f"output {name!r} has {shape[1]} channels, topology {self.topology.name!r} has {keypoints} keypoints: "
                "model and topology do not match"
            )
        for count, pixels, side in zip(shape[2:], (height, width), ("height", "width"), strict=True):
            if count is not None and not abs(count * stride - pixels) < stride:
                raise ValueError(
                    f"output {name!r} has {count} cells in {side} for an input of {pixels} pixels, but the manifest "
                    f"says outputs.stride {stride:g}"
                )
        self._size = height, width

    def __call__(self, outputs: Mapping[str, np.ndarray], placements: Sequence[Placement]) -> list[Poses]:
        """See :meth:`trt_pose_ros.families.Family.__call__`; one person each, the score that of the keypoints."""
        maps = outputs[self.outputs.heatmaps][:, : len(self.topology.keypoints)]
        cells, scores = read_peaks(maps, self.options)
        return people_of_crops(
            self.topology, self._input_pixels(cells, maps.shape), scores, self.options.min_keypoint_score, placements
        )

    def _input_pixels(self, cells: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        if not self.outputs.udp:
            return cells * self.outputs.stride + self.outputs.offset
        height, width = self._size
        return cells * np.array([(width - 1) / (shape[3] - 1), (height - 1) / (shape[2] - 1)], np.float32)


def people_of_crops(
    topology: Topology, xy: np.ndarray, scores: np.ndarray, least: float, placements: Sequence[Placement]
) -> list[Poses]:
    """One person a crop, in pixels of its image.

    Args:
        topology: of the people.
        xy: float [N, K, 2], input pixels.
        scores: float [N, K], of the keypoints; a person's is the mean of those that are more than a guess.
        least: score below which a keypoint is missing.
        placements: N, of the crops.
    """
    scores = np.clip(scores, 0.0, 1.0)
    scale, offset = (np.array([getattr(p, name) for p in placements], np.float32) for name in ("scale", "offset"))
    xy = xy * scale.reshape(-1, 1, 2) + offset.reshape(-1, 1, 2)
    found = (scores > 0) & (scores >= least)
    keypoints = np.where(found[:, :, None], np.concatenate([xy, scores[:, :, None]], axis=2), MISSING)
    counts = scores > _GUESS
    of_people = np.where(counts, scores, 0).sum(axis=1) / np.maximum(counts.sum(axis=1), 1)
    return [Poses(topology, one[None], score[None]) for one, score in zip(keypoints, of_people, strict=True)]


def read_peaks(maps: np.ndarray, options: HeatmapOptions) -> tuple[np.ndarray, np.ndarray]:
    """The peaks of heatmaps.

    Args:
        maps: float32 [N, K, H, W].
        options: the HeatmapOptions.

    Returns:
        (cells, scores): float32 [N, K, 2], x, y in map cells, and float32 [N, K], the maps' highest values.
    """
    number, keypoints, height, width = maps.shape
    flat = maps.reshape(number * keypoints, height * width)
    peaks = flat.argmax(axis=1)
    scores = flat[np.arange(len(flat)), peaks]
    cells = np.stack([peaks % width, peaks // width], axis=1)
    if options.refine == "none":
        places = cells.astype(np.float32)
    else:
        planes = flat.reshape(-1, height, width)
        places = cells + (
            _gaussian_tops(planes, cells, options.blur) if options.refine == "dark" else _quarters(planes, cells)
        )
        places = np.clip(places, 0, (width - 1, height - 1))
    return places.reshape(number, keypoints, 2).astype(np.float32), scores.reshape(number, keypoints)


def _quarters(planes: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """float32 [M, 2]: a quarter of a cell towards the higher neighbour, along either axis."""
    around = windows(planes, cells, 1)
    return 0.25 * np.sign(np.stack([around[:, 1, 2] - around[:, 1, 0], around[:, 2, 1] - around[:, 0, 1]], axis=1))


def _gaussian_tops(planes: np.ndarray, cells: np.ndarray, blur: float) -> np.ndarray:
    """float32 [M, 2]: from the cells to the tops of the Gaussians around them, 0 where there is no top.

    The logarithm of a Gaussian is a parabola, whose top is one Newton step away: -H^-1 g. Only the 3x3 cells that the
    derivatives need are smoothed.
    """
    reach = int(np.ceil(2.5 * blur))
    taps = np.exp(-np.square(np.arange(-reach, reach + 1)) / (2 * blur**2))
    rows = np.zeros((3, 2 * reach + 3), np.float32)
    for i, row in enumerate(rows):
        row[i : i + len(taps)] = taps / taps.sum()
    log = np.log(np.maximum(rows @ windows(planes, cells, reach + 1) @ rows.T, _FAINTEST))
    middle = 2 * log[:, 1, 1]
    dx, dy = (log[:, 1, 2] - log[:, 1, 0]) / 2, (log[:, 2, 1] - log[:, 0, 1]) / 2
    dxx, dyy = log[:, 1, 2] + log[:, 1, 0] - middle, log[:, 2, 1] + log[:, 0, 1] - middle
    dxy = (log[:, 2, 2] + log[:, 0, 0] - log[:, 0, 2] - log[:, 2, 0]) / 4
    determinant = dxx * dyy - dxy * dxy
    top = (determinant > 1e-9) & (dxx < 0)
    safe = np.where(top, determinant, 1)
    step = np.stack([dxy * dy - dyy * dx, dxy * dx - dxx * dy], axis=1) / safe[:, None]
    return np.where(top[:, None], np.clip(step, -_FARTHEST, _FARTHEST), 0)


def windows(planes: np.ndarray, cells: np.ndarray, reach: int, outside: float = 0.0) -> np.ndarray:
    """The cells around one cell of each map.

    Args:
        planes: float [M, H, W].
        cells: int [M, 2], x, y; they may lie outside.
        reach: cells to either side.
        outside: value of cells that are not in the map.

    Returns:
        float32 [M, 2 reach + 1, 2 reach + 1].
    """
    height, width = planes.shape[1:]
    steps = np.arange(-reach, reach + 1)
    x, y = cells[:, :1] + steps, cells[:, 1:] + steps
    inside = ((y >= 0) & (y < height))[:, :, None] & ((x >= 0) & (x < width))[:, None]
    rows = np.arange(len(planes))[:, None, None]
    around = planes[rows, np.clip(y, 0, height - 1)[:, :, None], np.clip(x, 0, width - 1)[:, None]]
    return np.where(inside, around, outside).astype(np.float32)
