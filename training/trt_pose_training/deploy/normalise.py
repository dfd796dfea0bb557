"""What a network sees of an image: the same arithmetic in training and inside the deployed graph."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Normalise(nn.Module):
    """uint8 images [N, H, W, 3] to float32 [N, 3, H, W], less the mean, divided by the standard deviation.

    Args:
        mean, std: of the 0..255 values, three numbers each in the images' own order of colours.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Normalise a batch; the memory stays channels-last."""
        if torch.onnx.is_in_onnx_export():  # where the width is open
            planes = images.to(torch.float32).permute(0, 3, 1, 2)  # TensorRT wants uint8 to go into Cast
            return (planes - self.mean.view(1, 3, 1, 1)) / self.std.view(1, 3, 1, 1)
        values = images.to(torch.float32, copy=True, memory_format=torch.contiguous_format)
        # Loops over three colours are too short for vector instructions, those over a row of pixels are not.
        width = images.shape[2]
        values.flatten(2).sub_(self.mean.repeat(width)).div_(self.std.repeat(width))
        return values.permute(0, 3, 1, 2)
