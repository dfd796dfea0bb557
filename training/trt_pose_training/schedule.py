"""Learning rate over time."""

import math


def learning_rate(experiment, step, steps, steps_per_epoch):
    """Learning rate of a step.

    Args:
        experiment: the :class:`~trt_pose_training.experiment.Experiment`.
        step: counted from 0.
        steps: of the whole run.
        steps_per_epoch: of an epoch.
    """
    base = experiment.optimizer.kwargs.get("lr", 1e-3)
    schedule = experiment.lr_schedule
    if schedule == "cosine":
        rate = base * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))
    else:  # trt_pose's: {epoch: rate from there on}
        begun = [int(e) for e in schedule if int(e) <= step // steps_per_epoch]
        rate = {int(e): r for e, r in schedule.items()}[max(begun)] if begun else base
    return rate * min(1.0, (step + 1) / max(1, experiment.warmup_steps))
