"""The residual blocks that ResNet and DLA are made of (He et al., 2016)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import relu

BASIC = (3, 3)  # kernel sizes
BOTTLENECK = (1, 3, 1)


class Residual(nn.Module):
    """Convolutions ``conv1``, ``conv2``, ... with batch norms ``bn1``, ``bn2``, ..., added to a shortcut.

    Args:
        inputs: channels of the input.
        widths: channels after each convolution.
        kernels: BASIC or BOTTLENECK.
        stride: of the first 3x3 convolution.
        downsample: the shortcut is a 1x1 convolution of that stride, not the input itself.
    """

    def __init__(
        self,
        inputs: int,
        widths: Sequence[int],
        kernels: Sequence[int],
        stride: int = 1,
        downsample: nn.Module | None = False,
    ) -> None:
        super().__init__()
        self.depth = len(kernels)
        for i, (kernel, channels, width) in enumerate(zip(kernels, (inputs, *widths[:-1]), widths, strict=True)):
            step = stride if i == kernels.index(3) else 1
            self.add_module(f"conv{i + 1}", nn.Conv2d(channels, width, kernel, step, kernel // 2, bias=False))
            self.add_module(f"bn{i + 1}", nn.BatchNorm2d(width))
        self.downsample = conv_bn(inputs, widths[-1], 1, stride) if downsample else None

    def forward(self, x: torch.Tensor, shortcut: torch.Tensor | None = None) -> torch.Tensor:
        if shortcut is None:
            shortcut = self.downsample(x) if self.downsample else x
        for i in range(1, self.depth + 1):
            x = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x))
            if i < self.depth:
                x = relu(x, inplace=True)
        return relu(x + shortcut, inplace=True)


def conv_bn(inputs: int, outputs: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    """A convolution that keeps the size but for its stride, and its batch norm."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs))
