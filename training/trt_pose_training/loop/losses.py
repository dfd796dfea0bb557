"""The loss: how far a network's maps are from the labels, and from a teacher's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from ..codecs.paf import Targets
from ..experiment.settings import LossOptions

if TYPE_CHECKING:
    from ..distill.teacher import Lesson

_FOOT = 0.01  # of a keypoint's Gaussian: three standard deviations away


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
        says = targets.mask[:, None] * (_shown(target, heat) if options.fill else 1)
        error = options.labels * _error(output, target, known, says)
        if lesson is not None:
            target, known = (lesson.heatmaps, lesson.heatmap_known) if heat else (lesson.pafs, lesson.paf_known)
            error = error + options.teacher * _error(output, target, known, 1 - says if options.fill else 1)
        total = total + (options.heatmaps if heat else options.pafs) * error
    return total


def _shown(target, heat):
    """bool [N, C, h, w]: the cells of labels' maps where there is a keypoint or a limb of somebody."""
    if heat:
        return target > _FOOT
    return (target.unflatten(1, (-1, 2)) != 0).any(2).repeat_interleave(2, 1)


def _error(output, target, known, mask):
    """Squared error summed over the known channels, averaged over the cells."""
    cells = output.shape[0] * output.shape[2] * output.shape[3]
    return (known * (mask * (output - target).square()).sum((2, 3))).sum() / cells
