"""Optimisers by name."""

import torch


def build(name, parameters, kwargs):
    """Make the optimiser that torch.optim calls ``name``; ValueError if there is none, or not with these arguments."""
    kinds = {k: v for k, v in vars(torch.optim).items() if isinstance(v, type) and issubclass(v, torch.optim.Optimizer)}
    if name not in kinds:
        raise ValueError(f"there is no optimizer {name!r}, only {', '.join(sorted(kinds))}")
    try:
        return kinds[name](parameters, **kwargs)
    except (TypeError, ValueError) as error:
        raise ValueError(f"optimizer {name}: {error}") from None
