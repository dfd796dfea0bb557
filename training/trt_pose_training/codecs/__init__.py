"""Codecs: people to the maps that a network learns, and back with the decoder that is deployed."""

from __future__ import annotations

from torch import nn

from trt_pose_ros.topology import Topology

from .. import networks
from .heatmap import HeatmapCodec
from .paf import PafCodec


def for_network(network: nn.Module, topology: Topology, sigma: float, width: float) -> HeatmapCodec | PafCodec:
    """The codec of a network's family, for its stride; ``sigma`` and ``width`` in map cells."""
    if networks.family(network) == "heatmap":
        return HeatmapCodec(network.stride, sigma)
    return PafCodec(topology, network.stride, sigma, width)
