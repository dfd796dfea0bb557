"""Learner: a network together with all that its loss needs, as one module that processes can share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from ..codecs.paf import Targets
from ..experiment.settings import LossOptions
from .losses import map_loss

if TYPE_CHECKING:
    from ..distill.imitation import Imitation
    from ..distill.teacher import Lesson


class Learner(nn.Module):
    """Normalised images and what they show to the losses.

    Args:
        network: what is trained.
        options: :class:`~trt_pose_training.experiment.settings.LossOptions`.
        imitation: :class:`~trt_pose_training.distill.imitation.Imitation` of the network, or None.
    """

    def __init__(self, network: nn.Module, options: LossOptions, imitation: Imitation | None = None) -> None:
        super().__init__()
        self.network, self.options, self.imitation = network, options, imitation

    def forward(self, images: torch.Tensor, targets: Targets, lesson: Lesson | None = None) -> dict[str, torch.Tensor]:
        """Losses, scalars by name; their sum is what is minimised.

        Args:
            images: float [N, 3, H, W].
            targets: :class:`~trt_pose_training.codecs.paf.Targets`.
            lesson: :class:`~trt_pose_training.distill.teacher.Lesson` of a teacher, if there is one.
        """
        losses = {"maps": map_loss(self.network(images), targets, lesson, self.options)}
        if self.imitation:
            losses["hints"] = self.options.hints * self.imitation(lesson.hints)
        return losses
