"""The light network: small enough for a CPU or a Jetson Nano, and what the bundled model is.

Dense 3x3 convolutions only: int8 kernels and bfloat16 training both run them at several times the speed of depthwise
ones. A residual trunk works down to stride 16, where context is cheap; its result is added to stride 8, where the maps
are made twice: a first guess, and a refinement that sees the features and the first guess (the scheme of
*Convolutional Pose Machines*, Wei et al. 2016, and of OpenPose, Cao et al. 2017).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional


def convolution(inputs: int, outputs: int, size: int = 3, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Convolution, batch normalisation and ReLU that keep the size, or divide it by ``stride``."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, dilation * (size // 2), dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two 3x3 convolutions beside an identity (He et al. 2015)."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = convolution(channels, channels)
        self.second = convolution(channels, channels, dilation=dilation)[:2]
        nn.init.zeros_(self.second[1].weight)  # starts as the identity, which lets a deep trunk learn from step one

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map [N, C, h, w] to the same shape."""
        return functional.relu(x + self.second(self.first(x)))


class Maps(nn.Module):
    """Features to heatmaps and part affinity fields."""

    def __init__(self, features: int, keypoints: int, links: int) -> None:
        super().__init__()
        self.heatmaps = nn.Conv2d(features, keypoints, 1)
        self.pafs = nn.Conv2d(features, 2 * links, 1)
        for layer in (self.heatmaps, self.pafs):  # most cells of the maps are 0, so that is where they start
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map [N, C, h, w] to ([N, K, h, w], [N, 2L, h, w])."""
        return self.heatmaps(x), self.pafs(x)


class Light(nn.Module):
    """Maps of stride 8 in two stages.

    Args:
        keypoints, links: of the topology.
        widths: channels at strides 2, 4, 8 and 16; those of stride 8 are the features' of the heads, too.
        depths: residual blocks at strides 4, 8 and 16, and in the refinement. At stride 16 those from the fourth on are
            dilated: together they see people who fill a large input.
    """

    stride = 8
    multiple = 16  # the input's height and width must be multiples of this

    def __init__(
        self,
        keypoints: int,
        links: int,
        widths: Sequence[int] = (32, 64, 128, 256),
        depths: Sequence[int] = (1, 2, 5, 3),
    ) -> None:
        super().__init__()
        for name, values in (("widths", widths), ("depths", depths)):
            if len(values) != 4:
                raise ValueError(f"{name} is {values!r}, must be four numbers")
        w2, w4, w8, w16 = widths
        d4, d8, d16, refinement = depths
        self.stride4 = nn.Sequential(
            convolution(3, w2, stride=2), convolution(w2, w4, stride=2), *(Residual(w4) for _ in range(d4))
        )
        self.stride8 = nn.Sequential(convolution(w4, w8, stride=2), *(Residual(w8) for _ in range(d8)))
        self.stride16 = nn.Sequential(
            convolution(w8, w16, stride=2), *(Residual(w16, dilation=1 if i < 3 else 2) for i in range(d16))
        )
        self.context = convolution(w16, w8, size=1)
        self.features = convolution(w8, w8)
        self.first = nn.Sequential(convolution(w8, w8), convolution(w8, w8))
        self.first_maps = Maps(w8, keypoints, links)
        self.refinement = nn.Sequential(
            convolution(w8 + keypoints + 2 * links, w8, size=1),
            *(Residual(w8, dilation=2) for _ in range(refinement)),
        )
        self.maps = Maps(w8, keypoints, links)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Map normalised images [N, 3, H, W] to (heatmaps [N, K, H/8, W/8], pafs [N, 2L, H/8, W/8]).

        In training mode, the first guess's heatmaps and pafs follow as two more.
        """
        local = self.stride8(self.stride4(x))
        context = functional.interpolate(self.context(self.stride16(local)), scale_factor=2.0, mode="nearest")
        features = self.features(local + context)
        guess = self.first_maps(self.first(features))
        final = self.maps(self.refinement(torch.cat([features, *guess], 1)))
        return (*final, *guess) if self.training else final


NETWORKS = {"light": Light}
