"""Backbones: image classifiers without their classifier, with the state-dict keys that their published weights have."""

from __future__ import annotations

import logging
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from torch import nn

logger = logging.getLogger(__name__)


class Backbone(nn.Sequential):
    """Layers in their order, under the names that they have upstream.

    Args:
        layers: dict of modules.
        unused: prefixes of state-dict entries that loading passes over: parts of the upstream module which do nothing
            for a pose network, such as the classifier.
    """

    def __init__(self, layers: OrderedDict[str, nn.Module], unused: Any) -> None:
        super().__init__(OrderedDict(layers))
        self.unused = tuple(unused)

    def _load_from_state_dict(self, state_dict, prefix, *args):
        for key in [k for k in state_dict if k.startswith(tuple(prefix + u for u in self.unused))]:
            del state_dict[key]  # of the copy that load_state_dict makes
        super()._load_from_state_dict(state_dict, prefix, *args)


def start_from(weights: str | Path, network: nn.Module, name: str, expected: Any) -> None:
    """Give a new network's backbone its first weights: those of a file, or random ones (He et al. 2015, by fan-out).

    Args:
        weights: path of the file, empty for none.
        network: with its backbone as ``imagenet_backbone``; one without makes its own random weights.
        name: of the network, for messages.
        expected: whether to say in the log that weights are random.

    Raises:
        FileNotFoundError, ValueError: the file isn't there, or isn't this backbone's.
    """
    backbone = getattr(network, "imagenet_backbone", None)
    if backbone is None:
        if weights:
            raise ValueError(
                f"backbone_weights is {str(weights)!r}, but {name} has no backbone that others have trained"
            )
        return
    for module in backbone.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    if weights:
        load_weights(backbone, read_state(weights), weights)
    elif expected:
        logger.warning(
            "%s starts from random weights: give backbone_weights=FILE for ImageNet's, or pretrained=false", name
        )


def read_state(path: str | Path, entry: str = "") -> dict[str, torch.Tensor]:
    """Read a state dict, a dict of tensors by key; nothing in the file is executed.

    Args:
        path: of the file.
        entry: of the file's dict that may hold the state dict, as checkpoints of training do; empty: none does.

    Raises:
        FileNotFoundError: no such file.
        ValueError: it holds something else.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # what a broken file raises depends on where it is broken
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(f"{path} is not a file of PyTorch weights: {reason}") from None
    if entry and isinstance(state, dict):
        state = state.get(entry, state)
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        held = f"a dict of {', '.join(map(str, list(state)[:8]))}" if isinstance(state, dict) else type(state).__name__
        raise ValueError(f"{path} is not a state dict (tensors by name), it holds {held}")
    return state


def load_weights(module: nn.Module, state: dict[str, torch.Tensor], source: str | Path, shown: Any = 10) -> None:
    """Load a state dict that must fit in every key and shape; ``source`` names it in errors.

    Raises:
        ValueError: it doesn't fit; the message has the first ``shown`` differences. The module may then hold a mixture.
    """
    try:
        missing, unexpected = module.load_state_dict(state, strict=False)
        problems = [f"{key} is missing" for key in missing] + [f"{key} is unknown" for key in unexpected]
    except RuntimeError as error:  # shapes; the first line only says which module
        problems = [line.strip() for line in str(error).splitlines()[1:]]
    if problems:
        more = [f"... and {len(problems) - shown} more"] * (len(problems) > shown)
        raise ValueError("\n  ".join([f"{source} does not fit {type(module).__name__}:", *problems[:shown], *more]))
