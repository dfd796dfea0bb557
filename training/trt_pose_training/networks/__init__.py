"""Networks by name: an image in, heatmaps, and of most part affinity fields, out.

A network maps normalised images, float [N, 3, H, W] with H and W multiples of ``network.multiple``, to
``(heatmaps [N, K, h, w], pafs [N, 2L, h, w])`` with h = H / ``network.stride``. In training mode the maps of earlier
stages may follow these two. One for crops of single people gives ``(heatmaps,)`` alone: its attribute ``family``, that
of its manifest, is ``heatmap``; or ``simcc`` where bins of either axis take the place of maps.
trt_pose's networks go by trt_pose's names, and its ``.pth`` files fit them with no conversion.
"""

from __future__ import annotations

import inspect
from typing import Any

from torch import nn

from . import densenet, dla, hrnet, light, light_person, mnasnet, resnet
from .backbone import start_from

_BUILDERS = {
    name: builder
    for module in (light, light_person, hrnet, resnet, densenet, mnasnet, dla)
    for name, builder in module.NETWORKS.items()
}
NAMES = tuple(_BUILDERS)


def family(network: nn.Module) -> str:
    """The family of a network's manifest: what its outputs are."""
    return getattr(network, "family", "paf")


def any_size(network: nn.Module) -> bool:
    """Whether a network can be run at other sizes than it was made for."""
    return family(network) != "simcc"


def build(
    name: str,
    keypoints: int,
    links: int,
    *,
    start: bool = True,
    pretrained: Any = True,
    backbone_weights: Any = "",
    **kwargs: Any,
) -> nn.Module:
    """Make a network.

    Args:
        name: one of NAMES.
        keypoints, links: how many; they give the channels of heatmaps (one a keypoint) and fields (two a link).
        start: whether to prepare its backbone for training; False where all weights are about to be loaded.
        pretrained: as trt_pose has it; as nothing is downloaded, it only says in the log that weights are random.
        backbone_weights: file of the weights that the backbone starts from: torchvision's state dict (of a DLA, its
            authors'), usually ImageNet's; empty: random weights.
        **kwargs: of that network. trt_pose's experiments repeat the numbers of channels among them, as
            ``cmap_channels`` and ``paf_channels``; they must agree.

    Raises:
        FileNotFoundError: no such file of weights.
        ValueError: no such network or keyword, or a value that it can't have.
    """
    if name not in _BUILDERS:
        raise ValueError(f"there is no network {name!r}, only {', '.join(NAMES)}")
    for keyword, channels in (("cmap_channels", keypoints), ("paf_channels", 2 * links)):
        given = kwargs.pop(keyword, channels)
        if given != channels:
            raise ValueError(f"{keyword} is {given}, but {keypoints} keypoints and {links} links need {channels}")
    try:
        inspect.signature(_BUILDERS[name]).bind(keypoints, links, **kwargs)
    except TypeError as error:
        raise ValueError(f"network {name}: {error}") from None
    network = _BUILDERS[name](keypoints, links, **kwargs)
    if start:
        start_from(backbone_weights, network, name, pretrained)
    return network
