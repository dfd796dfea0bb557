"""A moving average of a network's weights: steadier, and nearly always more accurate, than the weights themselves."""

from __future__ import annotations

import copy

import torch
from torch import nn


class MovingAverage:
    """Exponential moving average of parameters and buffers (Polyak 1992).

    The decay rises from 0 with the number of updates, so that a young average does not remember the first, random
    weights.

    Attributes:
        network: a copy of the network with the averaged weights, in evaluation mode.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay, self.updates = decay, 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take the network's present weights in."""
        self.updates += 1
        decay = min(self.decay, self.updates / (self.updates + 10))
        for average, value in zip(_values(self.network), _values(network), strict=True):
            if average.dtype.is_floating_point:
                average.lerp_(value, 1 - decay)
            else:
                average.copy_(value)


def _values(network):
    return [*network.parameters(), *network.buffers()]
