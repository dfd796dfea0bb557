"""Trainer: the loop, one step after the other, from an experiment to the weights."""

import time
from pathlib import Path

import torch
from torch import nn
from tqdm import tqdm

from trt_pose_ros.topology import Topology  # noqa: F401

from . import checkpoint, networks
from .distill import Imitation, Teacher
from .ema import MovingAverage
from .losses import map_loss
from .muon import Muon
from .schedule import learning_rate
from .targets import PafTargets

_PRECISIONS = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}


class Trainer:
    """Trains the network of an experiment.

    Args:
        experiment: the :class:`~trt_pose_training.experiment.Experiment`.
        topology: what the network learns.
        output: folder for the checkpoints.
        device: where the network is trained.

    Attributes:
        network: what is trained; ``average`` has the moving average of its weights.
        step: optimiser steps made so far.
        history: one dict an epoch, with its losses.
    """

    def __init__(self, experiment, topology, output, device="cpu"):
        self.experiment, self.topology, self.output = experiment, topology, Path(output)
        self.device = torch.device(device)
        torch.manual_seed(experiment.seed)
        kwargs = {"keypoints": len(topology.keypoints), "links": len(topology.links)} | experiment.model.kwargs
        network = networks.build(experiment.model.name, **kwargs)
        self.network = network.to(self.device, memory_format=torch.channels_last)
        if experiment.model.initial_state_dict:
            checkpoint.load_weights(self.network, experiment.model.initial_state_dict)
        self.targets = PafTargets(topology, self.network.stride, experiment.sigma, experiment.width)
        self._normalise = Normalise(experiment.mean, experiment.std).to(self.device)
        self.teacher = self.imitation = None
        if experiment.teacher:
            self._take_teacher(experiment.teacher)
        trained = [*self.network.parameters(), *(self.imitation.parameters() if self.imitation else ())]
        kind = Muon if experiment.optimizer.name == "Muon" else getattr(torch.optim, experiment.optimizer.name)
        self.optimizer = kind(trained, **experiment.optimizer.kwargs)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=experiment.precision == "float16")
        self.average = MovingAverage(self.network, experiment.ema_decay) if experiment.ema_decay else None
        self.step, self.history = 0, []

    def _take_teacher(self, teaching):
        experiment = self.experiment
        self.teacher = Teacher(
            teaching.model,
            self.topology,
            self.network.stride,
            experiment.color,
            sorted(set(teaching.hints.values())),
            teaching.threads,
        )
        if teaching.hints:
            height, width = experiment.image_shape
            picture = torch.zeros(1, height, width, 3, dtype=torch.uint8)
            channels = {name: hint.shape[1] for name, hint in self.teacher(picture).hints.items()}
            example = self._normalise(picture.to(self.device))
            self.imitation = Imitation(self.network, teaching.hints, channels, example).to(self.device)

    def fit(self, batches, steps_per_epoch, after_epoch=None):
        """Train to the end of the experiment, from where :meth:`resume` left it.

        Args:
            batches: function of (epoch, first step) that iterates over the rest of the epoch's batches.
            steps_per_epoch: optimiser steps an epoch.
            after_epoch: function of (trainer, epoch), called when one is done.
        """
        experiment = self.experiment
        saved = time.monotonic()
        while self.step < experiment.epochs * steps_per_epoch:
            epoch, start = divmod(self.step, steps_per_epoch)
            bar = tqdm(batches(epoch, start), f"epoch {epoch}", steps_per_epoch, initial=start, disable=None)
            total, count = 0.0, 0
            for batch in bar:
                rate = learning_rate(experiment, self.step, experiment.epochs * steps_per_epoch, steps_per_epoch)
                losses = self.train_step(batch, rate)
                total, count = total + losses["maps"], count + 1
                bar.set_postfix({k: f"{v:.4f}" for k, v in losses.items()}, refresh=False)
                if self.step % 50 == 0:
                    print(self.step, {k: round(v, 4) for k, v in losses.items()}, f"lr {rate:.2e}", flush=True)
                if time.monotonic() - saved > 60 * experiment.checkpoint_minutes:
                    self.save()
                    saved = time.monotonic()
            self.history.append({"epoch": epoch, "loss": total / max(1, count)})
            self.save()
            if after_epoch:
                after_epoch(self, epoch)

    def train_step(self, batch, rate):
        """One step of the optimiser on a batch; returns its losses, floats by name."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        lesson = self.teacher(batch.images).to(self.device) if self.teacher else None
        images = self._normalise(batch.images.to(self.device, non_blocking=True))
        targets = self.targets.encode(
            batch.keypoints.to(self.device), batch.mask.to(self.device), batch.labelled.to(self.device)
        )
        precision = _PRECISIONS[self.experiment.precision]
        with torch.autocast(self.device.type, precision, enabled=precision is not None):
            outputs = self.network(images)
            losses = {"maps": map_loss(outputs, targets, lesson, self.experiment.loss)}
            if self.imitation:
                losses["hints"] = self.experiment.loss.hints * self.imitation(lesson.hints)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(sum(losses.values())).backward()
        if self.experiment.clip:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.network.parameters(), self.experiment.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.average:
            self.average.update(self.network)
        self.step += 1
        return {name: value.item() for name, value in losses.items()}

    def save(self):
        """Write a checkpoint that training can go on from."""
        checkpoint.save(self, self.output / "last.pth")

    def resume(self, path):
        """Go on from a checkpoint of the same experiment."""
        checkpoint.restore(self, path)


class Normalise(nn.Module):
    """uint8 pictures [N, H, W, 3] to float [N, 3, H, W], less the mean, divided by the standard deviation."""

    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1))

    def forward(self, images):
        """Normalise a batch; the memory stays channels-last."""
        return (images.permute(0, 3, 1, 2).float() - self.mean) / self.std
