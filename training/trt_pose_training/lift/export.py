"""Export a lifting network.

python -m trt_pose_training.lift.export runs/lift/lift.pth --mocap FOLDER --output lift.onnx
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_linear_bn_eval

from trt_pose_ros.backends import is_installed
from trt_pose_ros.backends.tensors import RUNTIMES, open_tensors
from trt_pose_ros.lifting import METADATA_KEY, OUTPUTS
from trt_pose_ros.model_file.metadata import append_metadata
from trt_pose_ros.spatial.lifting.features import FORMAT, SLOTS, WIDTH

from .. import command
from ..deploy.tensorrt_rules import OPSET
from .network import Lift
from .train import LiftSettings, split
from .views import Batch, Motions, batch

_TOLERANCE = 2e-3  # metres that a runtime may be off
_MEASURED = 8192  # people by whom it is learnt how far the network's own errors are to be believed


class _Half(nn.Module):
    """A linear layer whose weights take half the room; it computes in float32."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.weight = nn.Parameter(linear.weight.detach().half(), requires_grad=False)
        self.bias = nn.Parameter(linear.bias.detach().clone(), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weight.float(), self.bias)


class Deployable(nn.Module):
    """What is deployed: joints in metres and standard deviations of their errors in metres.

    Args:
        network: a trained one; it is changed.
        believed: how many times as far off the joints are as the network says, see :func:`calibrate`.
    """

    def __init__(self, network: Lift, believed: float = 1.0) -> None:
        super().__init__()
        network.eval()
        for sequence in [network.all, *network.blocks]:
            _fold(sequence)
        self.network, self.believed = _halved(network), believed

    def forward(self, people: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 17, 3] and [N, 17] of [N, SLOTS, WIDTH]."""
        joints, spreads = self.network(people)
        return joints, spreads.exp() * self.believed


def load(path: Path) -> tuple[Lift, LiftSettings]:
    """A trained network, of :mod:`.train` or of ``training/weights``.

    Raises:
        ValueError: the file holds none.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        settings = LiftSettings.of(**state["settings"])
        network = Lift(settings.embedding, settings.hidden, settings.blocks)
        network.load_state_dict(state["network"])
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"{path} holds no lifting network: {error}") from None
    return network.eval(), settings


def calibrate(network: Lift, truth: Batch) -> float:
    """What the network's error scales are to be multiplied by to be standard deviations of the truth."""
    with torch.no_grad():
        joints, spreads = network(torch.from_numpy(truth.inputs))
    errors = np.linalg.norm(joints.numpy() - truth.joints, axis=-1)
    return float(np.sqrt(np.mean((errors / np.exp(spreads.numpy()))[truth.valid > 0] ** 2)))


def export(network: Lift, believed: float, path: Path) -> dict[str, float]:
    """Write the .onnx file, once every runtime here has shown the same results as torch.

    Args:
        network: the trained one.
        believed: see :class:`Deployable`.
        path: of the file.

    Returns:
        {runtime: largest difference in metres}.

    Raises:
        ValueError: a runtime differs; no file is written then.
    """
    network = copy.deepcopy(network)
    example = torch.from_numpy(np.random.default_rng(0).normal(0, 0.5, (3, SLOTS, WIDTH)).astype(np.float32))
    with torch.no_grad():
        deployable = Deployable(network, believed)
        expected = [tensor.numpy() for tensor in deployable(example)]
    graph = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the old exporter is meant, which writes opset 17
        # folded, the weights would be float32 again
        torch.onnx.export(deployable, (example,), graph, dynamo=False, opset_version=OPSET,
                          do_constant_folding=False, input_names=["people"], output_names=list(OUTPUTS),
                          dynamic_axes={key: {0: "people"} for key in ("people", *OUTPUTS)})  # fmt: skip
    unproven = path.with_suffix(".part.onnx")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        unproven.write_bytes(append_metadata(graph.getvalue(), METADATA_KEY, json.dumps(FORMAT)))
        differences = {}
        for runtime in filter(is_installed, RUNTIMES):
            got = open_tensors(unproven, OUTPUTS, runtime)(example.numpy())
            differences[runtime] = max(float(np.abs(a - b).max()) for a, b in zip(got, expected, strict=True))
        wrong = {runtime: off for runtime, off in differences.items() if not off < _TOLERANCE}
        if wrong or not differences:
            raise ValueError(f"runtimes differ from torch by metres: {wrong}" if wrong else "no runtime is installed")
        os.replace(unproven, path)
    finally:
        unproven.unlink(missing_ok=True)
    return differences


def _fold(sequence: nn.Sequential) -> None:
    """Fold the batch normalisations after linear layers into them."""
    for place in range(len(sequence) - 1):
        if isinstance(sequence[place], nn.Linear) and isinstance(sequence[place + 1], nn.BatchNorm1d):
            sequence[place] = fuse_linear_bn_eval(sequence[place], sequence[place + 1])
            sequence[place + 1] = nn.Identity()


def _halved(module: nn.Module) -> nn.Module:
    for name, child in module.named_children():
        setattr(module, name, _Half(child) if isinstance(child, nn.Linear) else _halved(child))
    return module


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trt_pose_training.lift.export", description=__doc__.splitlines()[0]
    )
    parser.add_argument("checkpoint", type=Path, help="what training has written")
    parser.add_argument("--mocap", type=Path, required=True, help="the folder of motions of the training")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="file to write (.onnx)")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="also write the weights by themselves, in float16")
    arguments = parser.parse_args(argv)
    network, settings = load(arguments.checkpoint)
    learnt, measured = split(arguments.mocap, settings.held_out)
    truth = batch(np.random.default_rng(2), Motions(list((measured or learnt).values())), _MEASURED)
    differences = export(network, calibrate(network, truth), arguments.output)
    if arguments.weights is not None:
        halves = {
            name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()
        }
        torch.save({"network": halves, "settings": vars(settings)}, arguments.weights)
    shown = ", ".join(f"{runtime} {difference:.1e} m" for runtime, difference in differences.items())
    print(f"{arguments.output}: differences {shown}")
    return 0


if __name__ == "__main__":
    command.run(main)
