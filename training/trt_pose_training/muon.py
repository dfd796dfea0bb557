"""Muon: an optimiser that makes every step of a weight matrix orthogonal.

K. Jordan et al., *Muon: An optimizer for hidden layers in neural networks* (2024), with the scale of Moonshot's *Muon
is Scalable for LLM Training* (2025), which lets it share AdamW's learning rates. torch.optim.Muon takes matrices only;
this one takes a convolution as the matrix [outputs, inputs * height * width] that it is, and biases and gains to AdamW.
"""

import torch

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # Jordan's quintic: quick at the cost of singular values of only about 1


class Muon(torch.optim.AdamW):
    """AdamW for parameters of one dimension, orthogonalised momentum for all others.

    Args:
        params: parameters.
        lr: learning rate, as for AdamW.
        weight_decay: decoupled, as for AdamW.
        momentum: of the matrices' gradients, after Nesterov.
    """

    def __init__(self, params, lr=1e-3, weight_decay=1e-2, momentum=0.95):
        params = list(params)
        vectors = [p for p in params if p.ndim < 2]
        super().__init__(vectors, lr=lr, weight_decay=0.0)
        self.add_param_group(
            {"params": [p for p in params if p.ndim >= 2], "weight_decay": weight_decay, "momentum": momentum}
        )

    @torch.no_grad()
    def step(self, closure=None):
        """Make one step with the gradients that are there."""
        vectors, matrices = self.param_groups
        self.param_groups = [vectors]
        try:
            loss = super().step(closure)
        finally:
            self.param_groups = [vectors, matrices]
        for parameter in matrices["params"]:
            if parameter.grad is not None:
                self._step_matrix(parameter, matrices)
        return loss

    def _step_matrix(self, parameter, group):
        gradient, state = parameter.grad, self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(gradient)
        state["momentum"].lerp_(gradient, 1 - group["momentum"])
        direction = gradient.lerp(state["momentum"], group["momentum"])
        matrix = direction.reshape(len(direction), -1)
        scale = 0.2 * max(matrix.shape) ** 0.5  # the size of AdamW's steps
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(_orthogonal(matrix).view_as(direction), alpha=-group["lr"] * scale)


def _orthogonal(matrix, steps=5):
    """The nearest matrix with orthogonal rows (or columns), roughly, by Newton-Schulz iteration."""
    a, b, c = _COEFFICIENTS
    x = matrix.bfloat16()
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x if wide else x.T).to(matrix.dtype)
