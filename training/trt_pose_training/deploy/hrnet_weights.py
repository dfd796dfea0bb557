"""Weights of HRNet's, SimDR's and SimCC's authors, a ``.pth`` of single people's crops, as a network and its manifest.

How these networks are run, as their source has it: crops are RGB, normalised by ImageNet's mean and standard deviation;
heatmap cell c is input pixel 4c; of bins the most likely one counts, after a softmax.
"""

from __future__ import annotations

import math
from pathlib import Path

from torch import Tensor, nn

from trt_pose_ros.families.heatmap import HeatmapOutputs
from trt_pose_ros.families.simcc import SimccOutputs
from trt_pose_ros.model_file import InputSpec, Manifest
from trt_pose_ros.topology import Topology

from .. import networks
from ..networks.backbone import load_weights, read_state
from ..networks.hrnet import HRNet
from .trt_pose_weights import IMAGENET_MEAN, IMAGENET_STD, size_in

_FINEST, _LAST = "stage4.0.branches.0.0.conv1.weight", "final_layer.weight"
_HEADS = ("mlp_head_x.weight", "mlp_head_y.weight")


def load(path: str | Path, topology: Topology) -> tuple[nn.Module, str]:
    """Make the network whose weights a file has.

    Args:
        path: state dict as its authors have published it.
        topology: the :class:`~trt_pose_ros.topology.Topology` that it was trained for.

    Returns:
        (network, its name)

    Raises:
        FileNotFoundError: no such file.
        ValueError: it has other weights; the message says which.
    """
    state = read_state(path)
    if _FINEST not in state or _LAST not in state:
        raise ValueError(
            f"{path} does not have the weights of HRNet: {_FINEST if _FINEST not in state else _LAST} is missing; its "
            f"first entries are {', '.join(list(state)[:5])}"
        )
    width, keypoints = len(state[_FINEST]), len(state[_LAST])
    if keypoints != len(topology.keypoints):
        raise ValueError(
            f"{path} has {keypoints} keypoints, topology {topology.name!r} has {len(topology.keypoints)}: give that of "
            "the data it was trained on as --topology"
        )
    heads = {}
    if all(key in state for key in _HEADS):
        heads = {"cells": state[_HEADS[0]].shape[1], "bins": tuple(len(state[key]) for key in _HEADS)}
    network = HRNet(keypoints, width=width, **heads)
    load_weights(network, state, path)
    return network, f"hrnet_w{width}"


def input_size(path: str | Path, network: nn.Module) -> tuple[int, int]:
    """(height, width) of the input: what layers for one size are made for, else what the file's name says.

    Raises:
        ValueError: the name says nothing.
    """
    if networks.any_size(network):
        return size_in(path, network.multiple)
    weights: Tensor = network.mlp_head_x.weight
    bins_x, bins_y = len(weights), len(network.mlp_head_y.weight)
    pixels = weights.shape[1] * network.stride**2
    height = round(math.sqrt(pixels * bins_y / bins_x))
    return height, round(pixels / height)


def manifest(network: nn.Module, topology: Topology, name: str, size: tuple[int, int], licence: str = "") -> Manifest:
    """How such a network is run; see the head of this module.

    Args:
        network: the network.
        topology: its :class:`~trt_pose_ros.topology.Topology`.
        name: of the model.
        size: (height, width) of its input in pixels.
        licence: of the weights, in words.
    """
    family = networks.family(network)
    if family == "heatmap":
        outputs = HeatmapOutputs("heatmaps", stride=network.stride)
    else:
        outputs = SimccOutputs("x", "y", bins=len(network.mlp_head_x.weight) / size[1], logits=True)
    return Manifest(
        name=name,
        topology=topology,
        input=InputSpec(
            "image", *size, network.multiple, color="rgb", resize="stretch", mean=IMAGENET_MEAN, std=IMAGENET_STD
        ),
        outputs=outputs,
        family=family,
        licence=licence,
    )
