"""Train the lifting network.

python -m trt_pose_training.lift.train experiments/lift.yaml --mocap FOLDER --output runs/lift
"""

from __future__ import annotations

import argparse
import logging
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
from . import mocap
from .network import Lift
from .views import Batch, Motions, batch

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LiftSettings(Options):
    """How the lifting network is trained."""

    held_out: tuple[str, ...] = option((), "parts of the names of motions that are measured on, not trained on")
    embedding: int = option(64, "width of one image in the network", low=1)
    hidden: int = option(384, "width of its blocks", low=1)
    blocks: int = option(2, "how many", low=1)
    steps: int = option(7000, "of the optimiser", low=1)
    batch_size: int = option(256, "people a step", low=1)
    lr: float = option(0.0015, "highest learning rate", low=0.0)
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
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.lr, settings.steps, pct_start=0.05)
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True
    )
    output.mkdir(parents=True, exist_ok=True)
    begun, sums, result = time.monotonic(), np.zeros(2), {}
    for step in range(1, settings.steps + 1):
        loss, error = _loss(network, batch(rng, motions, settings.batch_size))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        average.update_parameters(network)
        sums += loss.item(), error
        if step % 200 == 0:
            _log.info("step %d loss %.3f error %.1f mm, %.0f s", step, *(sums / 200 * (1, 1000)), time.monotonic() - begun)
            sums[:] = 0
        if step % 1000 == 0 or step == settings.steps:
            result = measure(average.module, truth)
            _log.info("step %d measured: %s", step, ", ".join(f"{k} {v:.1f} mm" for k, v in result.items()))
            state = {"network": average.module.state_dict(), "settings": vars(settings)}
            torch.save(state, output / "lift.pth.part")
            os.replace(output / "lift.pth.part", output / "lift.pth")
    return result


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
