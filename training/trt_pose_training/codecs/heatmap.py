"""HeatmapCodec: one person a crop to heatmaps."""

from __future__ import annotations

import torch

from .gaussians import gaussians, to_cells
from .paf import Targets


class HeatmapCodec:
    """Encodes the keypoints of crops for training.

    Map cell u lies at input pixel ``stride * u + (stride - 1) / 2``: the middle of the pixels it covers.

    Args:
        stride: input pixels a cell.
        sigma: standard deviation of a keypoint's Gaussian, in cells.
    """

    def __init__(self, stride: int, sigma: float) -> None:
        for name, value in (("stride", stride), ("sigma", sigma)):
            if not value > 0:
                raise ValueError(f"{name} is {value!r}, must be positive")
        self.stride, self.sigma = stride, sigma

    def encode(self, keypoints: torch.Tensor, mask: torch.Tensor, labelled: torch.Tensor) -> Targets:
        """Make the maps of a batch, on the device where its keypoints are.

        Args:
            keypoints: float [N, 1, K, 3], x, y in input pixels (they may lie outside) and visibility, 0: unknown. Of a
                keypoint that is known to lie outside the network learns that it is not to be seen.
            mask: float [N, h, w], cells.
            labelled: bool [N, K]; False where a crop's data set does not have the keypoint.

        Returns:
            :class:`~.paf.Targets` with maps of h x w cells and no fields.
        """
        points, known = to_cells(keypoints, self.stride)
        maps = gaussians(points, known, *mask.shape[1:], self.sigma)
        return Targets(maps, None, mask, (labelled & known[:, 0]).float(), None)
