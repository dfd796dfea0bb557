"""Train the lifting network.

python -m trt_pose_training.lift.train experiments/lift/lift.yaml --mocap FOLDER --output runs/lift
"""

from __future__ import annotations

import argparse
import logging
import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml

from trt_pose_ros.options import Options, option

from .. import command
from ..loop.ema import MovingAverage
from . import mocap
from .network import Lift
from .views import Batch, Motions, batch

_WARM_UP = 200  # steps over which the learning rate rises
_EMA = 0.998  # decay of the average of the weights, which is kept
_POOL = 64  # batches that are chosen from
_EVERY = 500  # steps between lines of the log, and what is kept

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LiftSettings(Options):
    """How the lifting network is trained."""

    held_out: tuple[str, ...] = option((), "parts of the names of motions that are measured on, not trained on")
    embedding: int = option(48, "width of one image in the network", low=1)
    hidden: int = option(256, "width of its blocks", low=1)
    blocks: int = option(2, "how many", low=1)
    steps: int = option(20000, "of the optimiser", low=1)
    minutes: float = option(30.0, "after which it ends before that; the learning rate falls accordingly", low=0.1)
    reuse: int = option(5, "times that people are learnt from before others take their place", low=1)
    batch_size: int = option(256, "people a step", low=1)
    lr: float = option(0.003, "highest learning rate", low=0.0)
    weight_decay: float = option(0.0001, "of AdamW", low=0.0)
    seed: int = option(0, "of all chance")

    @classmethod
    def load(cls, path: Path) -> LiftSettings:
        """Read a YAML file of them.

        Raises:
            OSError, ValueError: what is wrong with it.
        """
        try:
            values = yaml.safe_load(path.read_text())
        except yaml.YAMLError as error:
            raise ValueError(f"{path} is not YAML: {error}") from None
        if not isinstance(values, dict):
            raise ValueError(f"{path} must hold settings by name")
        return cls.of(**values)


def split(folder: Path, held_out: Sequence[str]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The motions to train on and those to measure on, by name."""
    motions = {name: joints for name, joints in mocap.read_all(folder) if len(joints) > 1}
    kept = {name: joints for name, joints in motions.items() if any(part in name for part in held_out)}
    return {name: joints for name, joints in motions.items() if name not in kept}, kept


def train(settings: LiftSettings, folder: Path, output: Path) -> dict[str, float]:
    """Train, write ``output``/lift.pth now and then, and return what was measured at the end."""
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng(settings.seed)
    learnt, measured = split(folder, settings.held_out)
    if not learnt:
        raise ValueError(f"all motions below {folder} are held out")
    _log.info("%d motions to train on, %d to measure on", len(learnt), len(measured))
    motions = Motions(list(learnt.values()))
    truth = batch(np.random.default_rng(1), Motions(list((measured or learnt).values())), 4096)
    network = Lift(settings.embedding, settings.hidden, settings.blocks)
    optimizer = torch.optim.AdamW(network.parameters(), settings.lr, weight_decay=settings.weight_decay)
    average = MovingAverage(network, _EMA)
    output.mkdir(parents=True, exist_ok=True)
    pool = [batch(rng, motions, settings.batch_size) for _ in range(_POOL)]
    warm_up = min(_WARM_UP, settings.steps / 10)
    begun, sums, step, done = time.monotonic(), np.zeros(2), 0, 0.0
    while done < 1:
        if rng.random() < 1 / settings.reuse:
            pool[rng.integers(_POOL)] = batch(rng, motions, settings.batch_size)
        step += 1
        done = max(step / settings.steps, (time.monotonic() - begun) / 60 / settings.minutes)
        for group in optimizer.param_groups:
            group["lr"] = settings.lr * min(step / warm_up, 0.5 + 0.5 * math.cos(math.pi * min(done, 1.0)))
        loss, error = _loss(network, pool[rng.integers(_POOL)])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        average.update(network)
        sums += loss.item(), error
        if step % _EVERY == 0:
            _log.info("step %d, %.0f %%, loss %.3f, error %.1f mm", step, 100 * done, *(sums / _EVERY * (1, 1000)))
            sums[:] = 0
            _save(average.network, settings, output)
    _save(average.network, settings, output)
    result = measure(average.network, truth)
    _log.info("measured: %s", ", ".join(f"{k} {v:.1f} mm" for k, v in result.items()))
    return result


def _save(network: torch.nn.Module, settings: LiftSettings, output: Path) -> None:
    torch.save({"network": network.state_dict(), "settings": vars(settings)}, output / "lift.pth.part")
    os.replace(output / "lift.pth.part", output / "lift.pth")


def measure(network: torch.nn.Module, truth: Batch) -> dict[str, float]:
    """MPJPE in mm over people of whom one image is known, of whom more are, and by whether up is known."""
    network.eval()
    with torch.no_grad():
        joints, spreads = network(torch.from_numpy(truth.inputs))
    errors = np.linalg.norm(joints.numpy() - truth.joints, axis=-1) * 1000
    one = ~truth.inputs[:, 1:].any(axis=(1, 2))
    up = truth.inputs[:, 0, -4:-1].any(axis=1)
    valid = truth.valid > 0
    groups = {"all": valid, "one image": valid & one, "several": valid & ~one, "up known": valid & up,
              "up and several": valid & up & ~one}  # fmt: skip
    result = {name: float(errors[group].mean()) for name, group in groups.items() if group.any()}
    scale = 3 * np.exp(spreads.numpy()) * 1000  # the mean error that the network expects
    return result | {"expected": float(scale[valid].mean())}


def _loss(network: torch.nn.Module, data: Batch) -> tuple[torch.Tensor, float]:
    """Negative log likelihood of errors spread as exp(-distance / scale), and their mean, which counts as well."""
    network.train()
    joints, spreads = network(torch.from_numpy(data.inputs))
    error = (joints - torch.from_numpy(data.joints)).square().sum(-1).add(1e-8).sqrt()
    valid = torch.from_numpy(data.valid)[:, None]
    count = valid.sum().clamp(min=1) * error.shape[1]
    likely = (error / spreads.exp() + 3 * spreads) * valid
    mean = (error * valid).sum() / count
    return likely.sum() / count * 0.2 + 10 * mean, float(mean.detach())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m trt_pose_training.lift.train", description=__doc__.splitlines()[0])
    parser.add_argument("experiment", type=Path, help="YAML file of LiftSettings")
    parser.add_argument("--mocap", type=Path, required=True, help="folder of motions: .amc with .asf, or .txt")
    parser.add_argument("--output", type=Path, default=Path("runs/lift"), help="folder for lift.pth")
    arguments = parser.parse_args(argv)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    train(LiftSettings.load(arguments.experiment), arguments.mocap, arguments.output)
    return 0


if __name__ == "__main__":
    command.run(main)
