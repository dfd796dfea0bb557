"""Trainer: a network, what it learns from, and the steps that change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import Any

import torch
from torch import nn

from trt_pose_ros.topology import Topology

from .. import networks
from ..codecs import for_network
from ..data.dataset import Batch
from ..deploy.normalise import Normalise
from ..distill.imitation import Imitation
from ..distill.teacher import Teacher
from ..experiment import Experiment
from . import optimizers, transfer
from .ema import MovingAverage
from .learner import Learner
from .parallel import Processes

_PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class Trainer:
    """Trains the network of an experiment, step by step.

    Args:
        experiment: the :class:`~trt_pose_training.experiment.Experiment`.
        topology: what the network learns.
        processes: the :class:`~trt_pose_training.loop.parallel.Processes` that train together.

    Attributes:
        network: what is trained.
        average: :class:`~trt_pose_training.loop.ema.MovingAverage` of its weights, or None.
        step: optimiser steps made so far.

    Raises:
        FileNotFoundError, ValueError: the experiment asks for what is not there, or does not fit together.
    """

    def __init__(self, experiment: Experiment, topology: Topology, processes: Processes) -> None:
        self.experiment, self.topology, self.step = experiment, topology, 0
        self._processes, self._device = processes, processes.device
        torch.manual_seed(experiment.seed)
        network = make_network(experiment, topology).to(self._device, memory_format=torch.channels_last)
        self.average = MovingAverage(network, experiment.ema_decay) if experiment.ema_decay else None
        self.network = processes.synchronise(network)
        self._frozen = _freeze(self.network, experiment.model.freeze)
        self._targets = for_network(network, topology, experiment.sigma, experiment.width)
        self._normalise = Normalise(experiment.mean, experiment.std).to(self._device)
        self._teacher = self._imitation = None
        if experiment.teacher and networks.family(network) != "paf":
            raise ValueError(f"{experiment.model.name} has no teacher: let `label` write down what one says")
        if experiment.teacher:
            self._take_teacher(experiment.teacher)
        self._learner = processes.wrap(Learner(self.network, experiment.loss, self._imitation))
        self._optimizer = optimizers.build(
            experiment.optimizer.name,
            [p for p in self._learner.parameters() if p.requires_grad],
            experiment.optimizer.kwargs,
        )
        self._precision = _precision(experiment.precision, self._device)
        self._scaler = torch.amp.GradScaler(self._device.type, enabled=self._precision == torch.float16)

    def _take_teacher(self, options):
        experiment = self.experiment
        hints = sorted(set(options.hints.values()))
        self._teacher = Teacher(
            options.model, self.topology, self.network.stride, experiment.color, hints, options.threads
        )
        if options.hints:
            image = torch.zeros(1, *experiment.image_shape, 3, dtype=torch.uint8)
            channels = {name: hint.shape[1] for name, hint in self._teacher(image).hints.items()}
            example = self._normalise(image.to(self._device))
            self._imitation = Imitation(self.network, options.hints, channels, example).to(self._device)

    @property
    def deployed(self) -> nn.Module:
        """The network to measure and export: the average where there is one."""
        return self.average.network if self.average else self.network

    def ahead(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Yield the batches; while one is learnt from, the teacher, if there is one, is busy with the next."""
        current = None
        for following in batches:
            if self._teacher and self.experiment.accumulate == 1:
                self._teacher.begin(following.images)
            if current is not None:
                yield current
            current = following
        if current is not None:
            yield current

    def train_step(self, batch: Batch, rate: float) -> dict[str, torch.Tensor]:
        """Make one step of the optimiser.

        Args:
            batch: :class:`~trt_pose_training.data.dataset.Batch` in host memory, of all that this process has in the
                step; it goes through the network in ``experiment.accumulate`` parts.
            rate: learning rate.

        Returns:
            Losses of this process's images, detached scalars by name.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        if self._imitation and self.step == 0:
            self._imitation.measure(self._teacher(batch.images).to(self._device).hints, self._processes.mean)
        self._learner.train()
        for module in self._frozen:
            module.eval()  # its batch normalisation, too, stays as it is
        self._optimizer.zero_grad(set_to_none=True)
        parts = self.experiment.accumulate
        total = {}
        for i, part in enumerate(zip(*(tensor.chunk(parts) for tensor in batch), strict=True)):
            shared = i == parts - 1 or self._processes.size == 1  # gradients meet in the last part's
            with nullcontext() if shared else self._learner.no_sync():
                losses = {name: loss / parts for name, loss in self._losses(Batch(*part)).items()}
                self._scaler.scale(sum(losses.values())).backward()
            total = {name: total.get(name, 0) + loss.detach() for name, loss in losses.items()}
        if self.experiment.clip:
            self._scaler.unscale_(self._optimizer)
            nn.utils.clip_grad_norm_(self._learner.parameters(), self.experiment.clip)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        if self.average:
            self.average.update(self.network)
        self.step += 1
        return total

    def _losses(self, batch):
        device = self._device
        lesson = self._teacher(batch.images).to(device) if self._teacher else None
        images, *labels = (tensor.to(device, non_blocking=True) for tensor in batch)
        targets = self._targets.encode(*labels)
        with torch.autocast(device.type, self._precision, enabled=self._precision != torch.float32):
            return self._learner(self._normalise(images), targets, lesson)

    def state(self) -> dict[str, Any]:
        """All that training needs to go on, and the export to make a model: a dict for :mod:`.checkpoint`."""
        return {
            "model": self.network.state_dict(),
            "ema": self.average.network.state_dict() if self.average else None,
            "ema_updates": self.average.updates if self.average else 0,
            "imitation": self._imitation.state_dict() if self._imitation else None,
            "optimizer": self._optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
            "step": self.step,
            "experiment": self.experiment.to_dict(),
            "topology": self.topology.to_category(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a :meth:`state` of the same experiment; ValueError if it is of another."""
        for word in ("model.name", "model.kwargs", "model.freeze", "optimizer.name", "ema_decay", "teacher.hints"):
            there, here = _word(state["experiment"], word), _word(self.experiment.to_dict(), word)
            if there != here:
                raise ValueError(f"{word} was {there!r} and is {here!r}: train into another folder")
        self.network.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._scaler.load_state_dict(state["scaler"])
        if self.average:
            self.average.network.load_state_dict(state["ema"])
            self.average.updates = state["ema_updates"]
        if self._imitation:
            self._imitation.load_state_dict(state["imitation"])
        self.step = state["step"]


def _word(data, path):
    for key in path.split("."):
        data = (data or {}).get(key)
    return data


def make_network(experiment: Experiment, topology: Topology) -> nn.Module:
    """The network of an experiment with its first weights, for images of its size; ValueError if it doesn't fit."""
    name, kwargs, weights = (getattr(experiment.model, word) for word in ("name", "kwargs", "initial_state_dict"))
    network = networks.build(name, len(topology.keypoints), len(topology.links), start=not weights, **kwargs)
    experiment.input_spec(network.multiple)
    if experiment.stride not in (0, network.stride):
        raise ValueError(f"maps of {name} have stride {network.stride}, the experiment wants {experiment.stride}")
    if weights:
        transfer.start_from(network, experiment.model, topology, weights)
    return network


def _freeze(network, names):
    """The modules of these names, which from now on keep their weights."""
    modules = dict(network.named_modules())
    if missing := [name for name in names if name not in modules]:
        raise ValueError(f"the network has no module {', '.join(missing)} to freeze, only {', '.join(modules)}")
    frozen = [modules[name].requires_grad_(False) for name in names]
    if frozen and not any(p.requires_grad for p in network.parameters()):
        raise ValueError(f"with {', '.join(names)} frozen, nothing is left to train")
    return frozen


def _precision(name, device):
    if name != "auto":
        return _PRECISIONS[name]
    if device.type == "cpu":
        return torch.float32
    return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
