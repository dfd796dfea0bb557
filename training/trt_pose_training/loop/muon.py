"""Muon: an optimiser that makes every step of a weight matrix orthogonal.

K. Jordan et al., *Muon: An optimizer for hidden layers in neural networks* (2024), with the scale of Moonshot's *Muon
is Scalable for LLM Training* (2025), which lets it share AdamW's learning rates. torch.optim.Muon takes matrices only;
this one takes a convolution as the matrix [outputs, inputs * height * width] that it is, and biases and gains to AdamW.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # Jordan's quintic: quick at the cost of singular values of only about 1


class Muon(torch.optim.Optimizer):
    """AdamW for parameters of one dimension, orthogonalised momentum for all others.

    Args:
        params: parameters.
        lr: learning rate, as for AdamW.
        weight_decay: decoupled, as for AdamW; of parameters with two and more dimensions only.
        momentum: of the matrices' gradients, after Nesterov.
        betas, eps: of AdamW.
    """

    def __init__(
        self,
        params: Iterable[torch.nn.Parameter],
        lr: float = 1e-3,
        weight_decay: float = 1e-2,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        params = list(params)
        vectors = {"params": [p for p in params if p.ndim < 2], "weight_decay": 0.0}
        matrices = {"params": [p for p in params if p.ndim >= 2]}
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "betas": betas, "eps": eps}
        super().__init__([vectors, matrices], defaults)

    @torch.no_grad()
    def step(self) -> None:
        """Make one step with the gradients that are there."""
        for group, direction in zip(self.param_groups, (self._adam, self._muon), strict=True):
            for parameter in group["params"]:
                if parameter.grad is not None:
                    change = direction(parameter.grad, self.state[parameter], group)
                    parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(change, alpha=-group["lr"])

    @staticmethod
    def _adam(gradient, state, group):
        if not state:
            state |= {"step": torch.zeros(()), "exp_avg": torch.zeros_like(gradient)}
            state["exp_avg_sq"] = torch.zeros_like(gradient)
        state["step"] += 1
        first, second = group["betas"]
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        mean.lerp_(gradient, 1 - first)
        square.lerp_(gradient.square(), 1 - second)
        mean, square = mean / (1 - first ** state["step"]), square / (1 - second ** state["step"])
        return mean / (square.sqrt() + group["eps"])

    @staticmethod
    def _muon(gradient, state, group):
        if not state:
            state["momentum"] = torch.zeros_like(gradient)
        state["momentum"].lerp_(gradient, 1 - group["momentum"])
        matrix = gradient.lerp(state["momentum"], group["momentum"]).flatten(1)
        scale = 0.2 * max(matrix.shape) ** 0.5  # the size of AdamW's steps
        return scale * _orthogonal(matrix).view_as(gradient)


def _orthogonal(matrix, steps=5):
    """The nearest matrix with orthogonal rows (or columns), roughly, by Newton-Schulz iteration."""
    a, b, c = _COEFFICIENTS
    # 8 bits of precision are enough; processors without instructions for them take ten times as long as for float32
    x = matrix.bfloat16() if matrix.is_cuda else matrix.float()
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x if wide else x.T).to(matrix.dtype)
