"""trt_pose's heads: transposed convolutions up to the output's size, with or without attention, then the maps."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


def upsampling(inputs: int, channels: int, doublings: int, flat: int) -> list[nn.Module]:
    """``doublings`` times twice the size, each followed by ``flat`` 3x3 convolutions: [N, inputs, h, w] to channels."""
    layers = []
    for _ in range(doublings):
        layers += [nn.ConvTranspose2d(inputs, channels, 4, 2, 1), nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
        for _ in range(flat):
            layers += [nn.Conv2d(channels, channels, 3, 1, 1), nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
        inputs = channels
    return nn.Sequential(*layers)


class Head(nn.Module):
    """Features [N, inputs, h, w] to ``(heatmaps, pafs)``, each through layers of its own.

    Args:
        inputs: channels of the features.
        heatmaps, pafs: channels of the maps.
        options: :class:`~trt_pose_training.networks.baseline.BaselineOptions`.
    """

    def __init__(self, inputs: int, heatmaps: int, pafs: int, options: Any) -> None:
        super().__init__()
        self.cmap_conv = self._branch(inputs, heatmaps, options)
        self.paf_conv = self._branch(inputs, pafs, options)

    @staticmethod
    def _branch(inputs, outputs, options):
        if not options.num_upsample:
            return nn.Conv2d(inputs, outputs, 1)
        channels = options.upsample_channels
        up = upsampling(inputs, channels, options.num_upsample, options.num_flat)
        return nn.Sequential(up, nn.Conv2d(channels, outputs, 1))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.cmap_conv(x), self.paf_conv(x)


class AttentionHead(nn.Module):
    """As :class:`Head`, with the upsampled features multiplied by a gate computed from them.

    The gate is a sigmoid for heatmaps and a tanh, which may turn signs, for fields.
    """

    def __init__(self, inputs: int, heatmaps: int, pafs: int, options: Any) -> None:
        super().__init__()
        channels = options.upsample_channels
        if not options.num_upsample and channels != inputs:
            raise ValueError(f"upsample_channels is {channels}: with num_upsample 0 it must be the backbone's {inputs}")
        for name, outputs in (("cmap", heatmaps), ("paf", pafs)):
            self.add_module(f"{name}_up", upsampling(inputs, channels, options.num_upsample, options.num_flat))
            self.add_module(f"{name}_att", nn.Conv2d(channels, channels, 3, 1, 1))
            self.add_module(f"{name}_conv", nn.Conv2d(channels, outputs, 1))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        for_heatmaps, for_pafs = self.cmap_up(x), self.paf_up(x)
        return (
            self.cmap_conv(for_heatmaps * torch.sigmoid(self.cmap_att(for_heatmaps))),
            self.paf_conv(for_pafs * torch.tanh(self.paf_att(for_pafs))),
        )
