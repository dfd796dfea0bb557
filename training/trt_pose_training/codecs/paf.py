"""PafCodec: people to heatmaps and part affinity fields, and back.

The fields are those of *Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields* (Cao et al. 2017): along a
limb the unit vector from one keypoint to the other, 0 elsewhere; where limbs of several people cross, their mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from trt_pose_ros.families.paf import PoseDecoder
from trt_pose_ros.poses import Poses
from trt_pose_ros.topology import Topology

from .gaussians import gaussians, to_cells


@dataclass(frozen=True)
class Targets:
    """What a network should put out, and how much each value counts.

    Attributes:
        heatmaps: float32 [N, K, h, w].
        pafs: float32 [N, 2L, h, w], x and y of link after link; None where a network has none.
        mask: float32 [N, h, w]; 0 at cells of which nothing is known.
        heatmap_known, paf_known: float32 [N, K] and [N, 2L]; 0 for channels of which nothing is known.
    """

    heatmaps: torch.Tensor
    pafs: torch.Tensor | None
    mask: torch.Tensor
    heatmap_known: torch.Tensor
    paf_known: torch.Tensor | None


class PafCodec:
    """Encodes keypoints for training, and decodes a network's maps with the decoder that is deployed.

    Map cell u lies at input pixel ``stride * u + (stride - 1) / 2``: the middle of the pixels it covers.

    Args:
        topology: keypoints and links.
        stride: input pixels a cell.
        sigma: standard deviation of a keypoint's Gaussian, in cells.
        width: distance from a limb up to which its field reaches, in cells.
        **decoder: options of :class:`~trt_pose_ros.families.paf.PoseDecoder`.
    """

    def __init__(
        self, topology: Topology, stride: int, sigma: float = 0.875, width: float = 1.0, **decoder: Any
    ) -> None:
        for name, value in (("stride", stride), ("sigma", sigma), ("width", width)):
            if not value > 0:
                raise ValueError(f"{name} is {value!r}, must be positive")
        self.topology, self.stride, self.sigma, self.width = topology, stride, sigma, width
        self.offset = (stride - 1) / 2
        self._decoder = PoseDecoder(topology, **decoder)
        self._from, self._to = (torch.tensor([link[i] for link in topology.links], dtype=torch.long) for i in (0, 1))

    def encode(self, keypoints: torch.Tensor, mask: torch.Tensor, labelled: torch.Tensor) -> Targets:
        """Make the maps of a batch, on the device where its keypoints are.

        Args:
            keypoints: float [N, P, K, 3], x, y in input pixels (they may lie outside) and visibility, 0: unknown.
            mask: float [N, h, w], cells; 0 where the image is not labelled.
            labelled: bool [N, K]; False where an image's data set does not have the keypoint.

        Returns:
            :class:`Targets` with maps of h x w cells.
        """
        points, known = to_cells(keypoints, self.stride)
        start, end = self._from.to(labelled.device), self._to.to(labelled.device)
        links = (labelled[:, start] & labelled[:, end]).repeat_interleave(2, 1)
        return Targets(
            gaussians(points, known, *mask.shape[1:], self.sigma),
            self._pafs(points, known, *mask.shape[1:]),
            mask,
            labelled.float(),
            links.float(),
        )

    def decode(self, heatmaps: torch.Tensor, pafs: torch.Tensor) -> list[Poses]:
        """Find the people in maps [N, K, h, w] and [N, 2L, h, w]: a list of N Poses in input pixels."""
        found = self._decoder(heatmaps.detach().float().cpu().numpy(), pafs.detach().float().cpu().numpy())
        return [poses.transformed((self.stride, self.stride), (self.offset, self.offset)) for poses in found]

    def _pafs(self, points, known, height, width):
        """The mean of the unit vectors of all limbs at each cell; row by row, only the cells in reach are worked on."""
        first, second = self._from.to(points.device), self._to.to(points.device)
        both = known[:, :, first] & known[:, :, second]
        start, end = points[:, :, first], points[:, :, second]  # [N, P, L, 2]
        length = (end - start).norm(dim=-1)
        image, person, link = (both & (length > 1e-3)).nonzero(as_tuple=True)
        start, length = start[image, person, link], length[image, person, link, None]
        unit = (end[image, person, link] - start) / length  # [T, 2]

        rows = torch.arange(height, device=points.device)
        down = rows - start[:, 1:]  # [T, h] from the limb's start to a row
        ux, uy, reach = unit[:, :1], unit[:, 1:], self.width
        ahead = _between(ux, -reach - down * uy, length + reach - down * uy)
        aside = _between(uy, down * ux - reach, down * ux + reach)
        low = (start[:, :1] + torch.maximum(ahead[0], aside[0])).ceil().clamp(0, width).long()
        high = (start[:, :1] + torch.minimum(ahead[1], aside[1])).floor().clamp(-1, width - 1).long()
        count = (high - low + 1).clamp(min=0).flatten()  # cells of limb T in row h

        run = torch.repeat_interleave(count)  # of each cell: which limb and row it is of
        limb, row = run // height, run % height
        x = torch.arange(len(run), device=points.device) - (count.cumsum(0) - count)[run] + low.flatten()[run]
        cells = height * width
        field, cell = (image * len(first) + link)[limb], row * width + x
        crowd = torch.zeros(len(points) * len(first) * cells, dtype=torch.int16, device=points.device)
        crowd.index_add_(0, field * cells + cell, torch.ones_like(run, dtype=torch.int16))
        shares = unit[limb] / crowd[field * cells + cell, None]  # of each limb in the mean
        maps = points.new_zeros(len(points), 2 * len(first), height, width)
        for component in (0, 1):
            maps.view(-1).index_add_(0, (2 * field + component) * cells + cell, shares[:, component])
        return maps


def _between(factor, low, high):
    """(smallest, largest) d with low <= factor * d <= high."""
    factor = torch.where(factor.abs() < 1e-6, 1e-6, factor)
    ends = low / factor, high / factor
    return torch.minimum(*ends), torch.maximum(*ends)
