"""Optimisers by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from .muon import Muon


def build(name: str, parameters: Iterable[torch.nn.Parameter], kwargs: dict[str, Any]) -> torch.optim.Optimizer:
    """Make the optimiser that torch.optim calls ``name``, or :class:`Muon`.

    Raises:
        ValueError: there is none of that name, or it does not take these arguments.
    """
    kinds = {k: v for k, v in vars(torch.optim).items() if isinstance(v, type) and issubclass(v, torch.optim.Optimizer)}
    kinds |= {"Muon": Muon}
    if name not in kinds:
        raise ValueError(f"there is no optimizer {name!r}, only {', '.join(sorted(kinds))}")
    try:
        return kinds[name](parameters, **kwargs)
    except (TypeError, ValueError) as error:
        raise ValueError(f"optimizer {name}: {error}") from None
