"""Imitation of hints: modules of a student learn features from inside a teacher (FitNets, Romero et al. 2015)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional


class Imitation(nn.Module):
    """How far modules of a student are from a teacher's hints: the share of the hints' variance they don't explain.

    A 1x1 convolution, used in training only, translates the student's features into the teacher's; a hint of another
    size is averaged or repeated to the student's.

    Args:
        student: the network.
        hints: {name of a module of the student: name of a tensor of the teacher}.
        channels: {name of a tensor of the teacher: its channels}.
        example: a batch of the size that the student is trained on, to see the sizes of its features.

    Raises:
        ValueError: the student has no such module.
    """

    def __init__(
        self, student: nn.Module, hints: dict[str, str], channels: dict[str, int], example: torch.Tensor
    ) -> None:
        super().__init__()
        modules = dict(student.named_modules())
        missing = sorted(set(hints) - set(modules))
        if missing:
            raise ValueError(
                f"the network has no module {', '.join(missing)} to give hints to, only {', '.join(modules)}"
            )
        self.hints = dict(hints)
        self._features = {}
        for name in hints:
            modules[name].register_forward_hook(
                lambda _, __, output, name=name: self._features.__setitem__(name, output)
            )
        with torch.no_grad():
            student.eval()(example)
        self._sizes = {name: self._features[name].shape[2:] for name in hints}
        self.translate = nn.ModuleDict(
            {_key(m): nn.Conv2d(self._features.pop(m).shape[1], channels[t], 1) for m, t in hints.items()}
        )
        self.register_buffer("energy", torch.zeros(len(hints)))

    def measure(self, hints: dict[str, torch.Tensor], mean: Callable[[torch.Tensor], torch.Tensor]) -> None:
        """Take the variance of the hints, which makes losses of different hints comparable, from a first batch.

        Args:
            hints: of a :class:`~.teacher.Lesson`.
            mean: function that averages a tensor over the processes that train.
        """
        for i, (module, tensor) in enumerate(self.hints.items()):
            hint = self._resized(hints[tensor], module)
            moments = [mean(hint.pow(power).mean((0, 2, 3))) for power in (1, 2)]
            self.energy[i] = (moments[1] - moments[0].square()).mean()

    def forward(self, hints: dict[str, torch.Tensor]) -> torch.Tensor:
        """Loss, a scalar, of the student's last forward pass against the teacher's ``hints`` of the same batch."""
        losses = []
        for i, (module, tensor) in enumerate(self.hints.items()):
            guess = self.translate[_key(module)](self._features.pop(module)).float()
            losses.append((guess - self._resized(hints[tensor], module)).square().mean() / self.energy[i])
        return torch.stack(losses).mean()

    def _resized(self, hint, module):
        hint, size = hint.float(), self._sizes[module]
        return hint if hint.shape[2:] == size else functional.interpolate(hint, size, mode="area")


def _key(module):
    return module.replace(".", "/")  # a name with dots can't be one of a ModuleDict
