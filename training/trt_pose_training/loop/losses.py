"""The loss: how far a network's maps are from the labels, and from a teacher's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from ..codecs.paf import Targets
from ..experiment.settings import LossOptions

if TYPE_CHECKING:
    from ..distill.teacher import Lesson


def map_loss(
    outputs: Sequence[torch.Tensor], targets: Targets, lesson: Lesson | None, options: LossOptions
) -> torch.Tensor:
    """The loss of a network's output, summed over its stages; a scalar.

    Args:
        outputs: (heatmaps, pafs, heatmaps of an earlier stage, its pafs, ...), each [N, C, h, w].
        targets: :class:`~trt_pose_training.codecs.paf.Targets` of the labels.
        lesson: :class:`~trt_pose_training.distill.teacher.Lesson`, or None without a teacher.
        options: :class:`~trt_pose_training.experiment.settings.LossOptions`.
    """
    total = 0.0
    for i, output in enumerate(outputs):
        heat = i % 2 == 0
        output = output.float()
        target, known = (targets.heatmaps, targets.heatmap_known) if heat else (targets.pafs, targets.paf_known)
        error = options.labels * _error(output, target, known, targets.mask[:, None])
        if lesson is not None:
            target, known = (lesson.heatmaps, lesson.heatmap_known) if heat else (lesson.pafs, lesson.paf_known)
            error = error + options.teacher * _error(output, target, known)
        total = total + (options.heatmaps if heat else options.pafs) * error
    return total


def _error(output, target, known, mask=1):
    """Squared error summed over the known channels, averaged over the cells."""
    cells = output.shape[0] * output.shape[2] * output.shape[3]
    return (known * (mask * (output - target).square()).sum((2, 3))).sum() / cells
