"""Session: an experiment's data, trainer, measurements and files, brought together and run to the end."""

from __future__ import annotations

import logging
import math
import time
from functools import partial
from pathlib import Path

import torch
import yaml
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from .. import networks
from ..data.crops import CropDataset
from ..data.dataset import PoseDataset, make_loader
from ..data.sampler import EpochSampler
from ..data.sources import load_sources
from ..experiment import Experiment, checkpoint
from . import plots
from .accuracy import Accuracy
from .mlflow_log import MlflowLog, NoLog, open_log
from .parallel import Processes
from .schedule import learning_rate
from .trainer import Trainer

logger = logging.getLogger(__name__)


def train(experiment: Experiment, output: str | Path, device: torch.device | str = "cpu") -> list[dict[str, float]]:
    """Train an experiment to its end, going on from ``output/last.pth`` if there is one.

    Under torchrun, all processes call this; process 0 writes into ``output``: ``last.pth`` (the present state),
    ``best.pth`` (that of the highest AP), ``epoch_N.pth`` (as the experiment asks), ``experiment.yaml``, ``plots.png``.

    Args:
        experiment: the :class:`~trt_pose_training.experiment.Experiment`.
        output: folder.
        device: ``cuda`` or ``cpu``.

    Returns:
        The history: a dict for every line of the log (means of the losses since the last one) and for every
        measurement of the accuracy, with the step and the epoch, a fraction.

    Raises:
        FileNotFoundError, ValueError: the experiment asks for what is not there, or does not fit together.
    """
    with Processes(device) as processes, logging_redirect_tqdm():
        session = Session(experiment, Path(output), processes)
        session.run()
        return session.history


class Session:
    """One process's part of a training run."""

    def __init__(self, experiment: Experiment, output: Path, processes: Processes) -> None:
        self._experiment, self._output, self._processes = experiment, output, processes
        self._writes = processes.rank == 0
        topology, sources = load_sources(experiment.train_dataset, experiment.topology)
        self._trainer = Trainer(experiment, topology, processes)
        network, loader = self._trainer.network, experiment.train_loader
        kind = PoseDataset
        if networks.family(network) == "heatmap":
            kind = partial(CropDataset, crop_scale=experiment.crop_scale)
        dataset = kind(
            sources,
            topology,
            experiment.input_spec(network.multiple),
            network.stride,
            experiment.augmentation,
            experiment.seed,
            int(loader.cache * 2**30),
        )
        self._sampler = EpochSampler(
            [len(s.samples) for s in dataset.sources],
            [s.weight for s in dataset.sources],
            loader.batch_size,
            experiment.samples_per_epoch or None,
            experiment.seed,
            processes.rank,
            processes.size,
            experiment.accumulate,
        )
        self._loader = make_loader(dataset, self._sampler, loader.num_workers, processes.device.type == "cuda")
        measured = self._writes and experiment.test_dataset
        if experiment.test_dataset and networks.family(network) != "paf":
            raise ValueError(
                f"the accuracy of {experiment.model.name} is not measured while it trains: no test_dataset"
            )
        self._accuracy = Accuracy(experiment, topology) if measured else None
        self._mlflow: MlflowLog | NoLog = NoLog()
        self._saved = time.monotonic()
        self.history = self._resume()

    def _resume(self):
        """Restore the last state, if there is one; returns its history."""
        last = self._output / "last.pth"
        state = self._processes.broadcast(checkpoint.load(last) if self._writes and last.is_file() else None)
        if state is None:
            return []
        self._trainer.restore(state)
        logger.info("going on from step %d of %s", self._trainer.step, last)
        return state["history"]

    def run(self) -> None:
        """Train to the end."""
        experiment = self._experiment
        if self._writes:
            self._output.mkdir(parents=True, exist_ok=True)
            self._mlflow = open_log(experiment, self._output)
            text = yaml.safe_dump(experiment.to_dict(), sort_keys=False)
            (self._output / "experiment.yaml").write_text(text)
            self._mlflow.artifact(self._output / "experiment.yaml")
        while self._trainer.step < experiment.epochs * self._sampler.steps:
            self._epoch(*divmod(self._trainer.step, self._sampler.steps))
        self._mlflow.close()

    def _epoch(self, epoch, first):
        """Train from step ``first`` of an epoch to its end."""
        experiment, trainer, steps = self._experiment, self._trainer, self._sampler.steps
        self._sampler.set_epoch(epoch, first)
        sums, since, began = {}, 0, time.monotonic()
        with tqdm(desc=f"epoch {epoch + 1}", total=steps, initial=first, disable=None if self._writes else True) as bar:
            for batch in trainer.ahead(self._loader):
                rate = learning_rate(experiment, trainer.step, steps)
                losses = trainer.train_step(batch, rate)
                sums, since = {name: sums.get(name, 0) + loss for name, loss in losses.items()}, since + 1
                bar.update()
                ended = trainer.step % steps == 0
                if not ended and trainer.step % experiment.log_every:
                    continue
                means = {name: self._processes.mean(total / since).item() for name, total in sums.items()}
                self._log(means, rate, since / (time.monotonic() - began))
                sums, since, began = {}, 0, time.monotonic()
                if not ended and began - self._saved > 60 * experiment.checkpoints.minutes:
                    self._save("last.pth")
        self._end_epoch(epoch + 1)

    def _log(self, means, rate, speed):
        """Note losses in history, log and tracker; ``speed`` is in steps a second."""
        step, steps = self._trainer.step, self._sampler.steps
        if not all(map(math.isfinite, means.values())):
            raise ValueError(f"the loss is {means} at step {step}: lower the learning rate or clip the gradients")
        row = {"step": step, "epoch": step / steps, "learning_rate": rate} | means
        self.history.append(row)
        if self._writes:
            self._mlflow.metrics(row)
        left = (self._experiment.epochs * steps - step) / speed
        logger.info(
            "step %d, epoch %.2f: %s; learning rate %.2e; %.1f images/s, %s left",
            step,
            row["epoch"],
            ", ".join(f"{name} {value:.4f}" for name, value in means.items()),
            rate,
            speed * self._experiment.train_loader.batch_size * self._experiment.accumulate,
            tqdm.format_interval(left),
        )

    def _end_epoch(self, epochs):
        """Measure, draw and save after so many epochs, as far as it is time to."""
        experiment = self._experiment
        if not self._writes:
            return
        every, interval = experiment.evaluate_every, experiment.checkpoints.interval
        if self._accuracy and (epochs == experiment.epochs or (every and epochs % every == 0)):
            self._measure(epochs)
        plots.draw(self.history, self._output / "plots.png", experiment.name)
        self._mlflow.artifact(self._output / "plots.png")
        if interval and epochs % interval == 0:
            self._save(f"epoch_{epochs}.pth")
        self._save("last.pth")

    def _measure(self, epochs):
        """Note the accuracy in history, log and tracker; keep the state if it is the best."""
        figures = self._accuracy(self._trainer.deployed)
        if not figures:
            return
        best = max((row["ap"] for row in self.history if "ap" in row), default=-1.0)
        row = {"step": self._trainer.step, "epoch": float(epochs)} | figures
        self.history.append(row)
        self._mlflow.metrics(row)
        logger.info("epoch %d: %s", epochs, ", ".join(f"{name} {value:.3f}" for name, value in figures.items()))
        if figures["ap"] > best:
            self._save("best.pth")

    def _save(self, name):
        if self._writes:
            checkpoint.save(self._trainer.state() | {"history": self.history}, self._output / name)
            self._saved = time.monotonic()
