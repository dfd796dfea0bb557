"""PafTargets: people to heatmaps and part affinity fields, and back.

The fields are those of *Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields* (Cao et al. 2017): along a
limb the unit vector from one keypoint to the other, 0 elsewhere; where limbs of several people cross, their mean.
"""

from dataclasses import dataclass

import torch

from trt_pose_ros.decode import PoseDecoder

_CELLS_AT_ONCE = 2**24  # limbs times cells worked on at once: 64 MiB a temporary


@dataclass(frozen=True)
class Targets:
    """What a network should put out, and how much each value counts.

    Attributes:
        heatmaps: float32 [N, K, h, w].
        pafs: float32 [N, 2L, h, w], x and y of link after link.
        heatmap_weight: float32 [N, K, h, w]; 0 where nothing is known.
        paf_weight: float32 [N, 2L, h, w].
    """

    heatmaps: torch.Tensor
    pafs: torch.Tensor
    heatmap_weight: torch.Tensor
    paf_weight: torch.Tensor


class PafTargets:
    """Encodes keypoints for training, and decodes a network's maps with the decoder that is deployed.

    Map cell u lies at input pixel ``stride * u + (stride - 1) / 2``: the middle of the pixels it covers.

    Args:
        topology: keypoints and links.
        stride: input pixels a cell.
        sigma: standard deviation of a keypoint's Gaussian, in cells.
        width: distance from a limb up to which its field reaches, in cells.
        **decoder: options of :class:`~trt_pose_ros.decode.PoseDecoder`.
    """

    def __init__(self, topology, stride, sigma=0.875, width=1.0, **decoder):
        for name, value in (("stride", stride), ("sigma", sigma), ("width", width)):
            if not value > 0:
                raise ValueError(f"{name} is {value!r}, must be positive")
        self.topology, self.stride, self.sigma, self.width = topology, stride, sigma, width
        self.offset = (stride - 1) / 2
        self._decoder = PoseDecoder(topology, **decoder)
        self._from, self._to = (torch.tensor([link[i] for link in topology.links], dtype=torch.long) for i in (0, 1))

    def encode(self, keypoints, mask, labelled):
        """Make the maps of a batch, on the device where its keypoints are.

        Args:
            keypoints: float [N, P, K, 3], x, y in input pixels (they may lie outside) and visibility, 0: unknown.
            mask: float [N, h, w], cells; 0 where the picture is not labelled.
            labelled: bool [N, K]; False where a picture's data set does not have the keypoint.

        Returns:
            :class:`Targets` with maps of h x w cells.
        """
        height, width = mask.shape[1:]
        points = (keypoints[..., :2].float() - self.offset) / self.stride
        known = (keypoints[..., 2] > 0) & points.isfinite().all(-1)
        points = points.masked_fill(~known[..., None], 0)  # 0 times what is not finite would not be 0
        start, end = self._from.to(labelled.device), self._to.to(labelled.device)
        links = labelled[:, start] & labelled[:, end]
        heatmap_weight = mask[:, None] * labelled[:, :, None, None]
        paf_weight = (mask[:, None] * links[:, :, None, None]).repeat_interleave(2, 1)
        return Targets(
            self._heatmaps(points, known, height, width),
            self._pafs(points, known, height, width),
            heatmap_weight,
            paf_weight,
        )

    def decode(self, heatmaps, pafs):
        """Find the people in maps [N, K, h, w] and [N, 2L, h, w]: a list of N Poses in input pixels."""
        found = self._decoder(heatmaps.detach().float().cpu().numpy(), pafs.detach().float().cpu().numpy())
        return [poses.moved((self.stride, self.stride), (self.offset, self.offset)) for poses in found]

    def _heatmaps(self, points, known, height, width):
        images, persons, parts, _ = points.shape
        maps = points.new_zeros(images, parts, height, width)
        across = _gaussian(points[..., 0], width, self.sigma)  # [N, P, K, w]
        down = _gaussian(points[..., 1], height, self.sigma) * known[..., None]
        for person in range(persons):
            torch.maximum(maps, down[:, person, :, :, None] * across[:, person, :, None, :], out=maps)
        return maps

    def _pafs(self, points, known, height, width):
        images = len(points)
        links = len(self.topology.links)
        first, second = self._from.to(points.device), self._to.to(points.device)
        both = known[:, :, first] & known[:, :, second]
        start, end = points[:, :, first], points[:, :, second]  # [N, P, L, 2]
        length = (end - start).norm(dim=-1)
        image, person, link = (both & (length > 1e-3)).nonzero(as_tuple=True)
        start, length = start[image, person, link], length[image, person, link]
        along = (end[image, person, link] - start) / length[:, None]  # unit vectors [T, 2]

        total = points.new_zeros(images * links, 2, height, width)
        count = points.new_zeros(images * links, height, width)
        x = torch.arange(width, device=points.device, dtype=points.dtype)
        y = torch.arange(height, device=points.device, dtype=points.dtype)
        for part in torch.arange(len(start), device=points.device).split(max(1, _CELLS_AT_ONCE // (height * width))):
            unit, index = along[part], (image * links + link)[part]
            dx = (x - start[part, 0, None])[:, None, :]  # [T, 1, w]
            dy = (y - start[part, 1, None])[:, :, None]  # [T, h, 1]
            ux, uy = unit[:, 0, None, None], unit[:, 1, None, None]
            forward = dx * ux + dy * uy
            aside = (dx * uy - dy * ux).abs()
            reach = self.width
            on = (forward >= -reach) & (forward <= length[part, None, None] + reach) & (aside <= reach)
            on = on.to(points.dtype)
            total.index_add_(0, index, on[:, None] * unit[:, :, None, None])
            count.index_add_(0, index, on)
        return (total / count.clamp(min=1)[:, None]).view(images, 2 * links, height, width)


def _gaussian(centers, size, sigma):
    """exp(-(cell - center)^2 / 2 sigma^2) for cells 0..size-1: [..., size]."""
    cells = torch.arange(size, device=centers.device, dtype=centers.dtype)
    return torch.exp(-((cells - centers[..., None]) ** 2) / (2 * sigma**2))
