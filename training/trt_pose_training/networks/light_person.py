"""The light_person network: the keypoints of the one person that a crop shows.

The trunk is that of :mod:`.light`, whose weights it can start from, with fewer blocks at stride 16: a crop is small and
so is its context. One stage of maps is enough for one person. They are made at stride 8, four channels a keypoint, and
woven to stride 4 (the sub-pixel convolution of *Real-Time Single Image and Video Super-Resolution*, Shi et al. 2016):
half the stride at the price of a 1x1 convolution.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from .light import Residual, convolution


class LightPerson(nn.Module):
    """Heatmaps of stride 4.

    Args:
        keypoints: of the topology.
        links: of the topology; there are no maps of them.
        widths: channels at strides 2, 4, 8 and 16.
        depths: residual blocks at strides 4, 8 and 16.
    """

    family = "heatmap"
    stride = 4
    multiple = 16  # the input's height and width must be multiples of this

    def __init__(
        self,
        keypoints: int,
        links: int = 0,
        widths: Sequence[int] = (32, 64, 128, 256),
        depths: Sequence[int] = (1, 2, 3),
    ) -> None:
        super().__init__()
        for name, values, count in (("widths", widths, 4), ("depths", depths, 3)):
            if len(values) != count:
                raise ValueError(f"{name} is {values!r}, must be {count} numbers")
        w2, w4, w8, w16 = widths
        d4, d8, d16 = depths
        self.stride4 = nn.Sequential(
            convolution(3, w2, stride=2), convolution(w2, w4, stride=2), *(Residual(w4) for _ in range(d4))
        )
        self.stride8 = nn.Sequential(convolution(w4, w8, stride=2), *(Residual(w8) for _ in range(d8)))
        self.stride16 = nn.Sequential(convolution(w8, w16, stride=2), *(Residual(w16) for _ in range(d16)))
        self.context = convolution(w16, w8, size=1)
        self.features = convolution(w8, w8)
        self.first = nn.Sequential(convolution(w8, w8), convolution(w8, w8))
        self.heatmaps = nn.Conv2d(w8, 4 * keypoints, 1)
        nn.init.normal_(self.heatmaps.weight, std=0.01)  # most cells are 0, so that is where they start
        nn.init.zeros_(self.heatmaps.bias)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
        """Map normalised crops [N, 3, H, W] to (heatmaps [N, K, H/4, W/4],)."""
        local = self.stride8(self.stride4(x))
        context = functional.interpolate(self.context(self.stride16(local)), scale_factor=2.0, mode="nearest")
        maps = self.heatmaps(self.first(self.features(local + context)))
        return (functional.pixel_shuffle(maps, 2),)


NETWORKS = {"light_person": LightPerson}
