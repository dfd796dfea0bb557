"""Keypoints as Gaussians in heatmaps.

Map cell u lies at input pixel ``stride * u + (stride - 1) / 2``: the middle of the pixels it covers.
"""

from __future__ import annotations

import math

import torch

_REACH = 4.8  # standard deviations at which a Gaussian ends: it is 1e-5 there


def to_cells(keypoints: torch.Tensor, stride: float) -> tuple[torch.Tensor, torch.Tensor]:
    """(points, known) of keypoints [..., 3], x, y in input pixels, visibility: float [..., 2] in cells, bool [...]."""
    points = (keypoints[..., :2].float() - (stride - 1) / 2) / stride
    return points, (keypoints[..., 2] > 0) & points.isfinite().all(-1)


def gaussians(points: torch.Tensor, known: torch.Tensor, height: int, width: int, sigma: float) -> torch.Tensor:
    """The largest of the Gaussians of all people at each cell; only the cells about keypoints are worked on.

    Args:
        points: float [N, P, K, 2], cells; they may lie outside.
        known: bool [N, P, K]; False: not drawn.
        height, width: of the maps in cells.
        sigma: standard deviation in cells.

    Returns:
        float [N, K, height, width], 1 at a keypoint.
    """
    maps = points.new_zeros(points.shape[0], points.shape[2], height, width)
    image, person, part = known.nonzero(as_tuple=True)
    centre = points[image, person, part]
    near = ((centre > -height - width) & (centre < 2 * (height + width))).all(-1)  # else it overflows as an integer
    image, part, centre = image[near], part[near], centre[near]
    radius = math.ceil(_REACH * sigma)
    around = torch.arange(-radius, radius + 1, device=points.device)
    cells = centre.round().long()[:, :, None] + around  # [T, 2, window]
    values = torch.exp(-((cells - centre[:, :, None]) ** 2) / (2 * sigma**2))
    x, y = cells[:, 0, None, :], cells[:, 1, :, None]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    index = ((image * maps.shape[1] + part)[:, None, None] * height + y) * width + x
    heights = values[:, 1, :, None] * values[:, 0, None, :]
    maps.view(-1).scatter_reduce_(0, index[inside], heights[inside], "amax")
    return maps
