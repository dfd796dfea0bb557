"""Learning rate over time."""

from __future__ import annotations

import math

from ..experiment import COSINE, Experiment


def learning_rate(experiment: Experiment, step: int, steps_per_epoch: int) -> float:
    """Learning rate of a step.

    Args:
        experiment: the :class:`~trt_pose_training.experiment.Experiment`.
        step: counted from 0.
        steps_per_epoch: of the optimiser.
    """
    rate, schedule = experiment.optimizer.kwargs["lr"], experiment.lr_schedule
    if schedule == COSINE:
        rate *= 0.5 * (1 + math.cos(math.pi * min(1.0, step / (experiment.epochs * steps_per_epoch))))
    else:
        begun = [epoch for epoch in schedule if epoch <= step // steps_per_epoch]
        rate = schedule[max(begun)] if begun else rate
    return rate * min(1.0, (step + 1) / max(1, experiment.warmup_steps))
