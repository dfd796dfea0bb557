"""Export: a trained network becomes the model file that is deployed."""

from __future__ import annotations

import copy
import io
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from trt_pose_ros import families
from trt_pose_ros.backends import NAMES, infer, is_usable
from trt_pose_ros.families import Family
from trt_pose_ros.model_file import Manifest, ModelFile
from trt_pose_ros.topology import Topology

from .. import networks
from ..experiment import Experiment, checkpoint
from .normalise import Normalise
from .tensorrt_rules import OPSET, expect_tensorrt

PRECISIONS = {"float32": torch.float32, "float16": torch.float16}

# Largest differences allowed: root mean square, as a share of the maps' standard deviation. In float32, runtimes differ
# from torch in the last digits. In float16 they differ as much as rounding does to this very network, each processor
# and runtime in its own way: up to twice of what is measured here. A graph that is wrong differs by far more than the
# highest limit: colours swapped 0.9 to 1.5, one pixel off 0.4 to 0.9, mean off by 20 0.3 to 0.4.
_TOLERANCE = 1e-3
_OF_ROUNDING = 4.0
_HIGHEST_TOLERANCE = 0.2


class Deployable(nn.Module):
    """What is deployed: uint8 images in, the network's last maps out.

    Args:
        network: maps normalised images [N, 3, H, W] to tensors; it is copied to host memory.
        mean, std: see :class:`~trt_pose_training.deploy.normalise.Normalise`.
        precision: of :data:`PRECISIONS`, in which the network computes; normalisation and outputs are float32 always.
        outputs: how many of the network's tensors come out; those after them are of training.
    """

    def __init__(
        self,
        network: nn.Module,
        mean: Sequence[float],
        std: Sequence[float],
        precision: str = "float32",
        outputs: int = 2,
    ) -> None:
        super().__init__()
        self.outputs = outputs
        self.type = PRECISIONS[precision]
        self.normalise = Normalise(mean, std)
        self.network = copy.deepcopy(network).to("cpu", memory_format=torch.contiguous_format)
        _simplify_batch_norms(self.network)
        self.network.to(self.type)
        self.eval()

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Map uint8 [N, H, W, 3] to the network's tensors in float32, such as (heatmaps, pafs)."""
        planes = self.normalise(image)
        if self.type == torch.float32:  # a conversion that changes nothing would stay in the graph
            return self.network(planes)[: self.outputs]
        return tuple(maps.float() for maps in self.network(planes.to(self.type))[: self.outputs])


def _simplify_batch_norms(network: nn.Module) -> None:
    """Let batch normalisations be a factor and a sum: their statistics are not for float16, which ends at 65504."""
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            with torch.no_grad():
                norm.weight.mul_(torch.rsqrt(norm.running_var + norm.eps))
                norm.bias.sub_(norm.running_mean * norm.weight)
                norm.running_mean.zero_()
                norm.running_var.fill_(1 - norm.eps)


def export(network: nn.Module, manifest: Manifest, path: str | Path, precision: str = "float32") -> dict[str, float]:
    """Write a network with its manifest to ``path``, once every runtime here has shown the same results as torch.

    The graph takes any batch, and any height and width unless its layers are for one size; convolutions have their
    batch normalisation folded in.

    Args:
        network: as :class:`Deployable` takes it.
        manifest: the :class:`~trt_pose_ros.model_file.Manifest`; says mean and std, too.
        path: of the .onnx file.
        precision: of the weights and of the arithmetic. TensorRT 11 computes in the types of the file only.

    Returns:
        What :func:`check_parity` does.

    Raises:
        ValueError: the results differ, or the network does not fit its manifest; no file is written then.
        ImportError: no runtime is installed.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision is {precision!r}, must be one of {', '.join(PRECISIONS)}")
    path, outputs = Path(path), manifest.new_family().output_names  # names the options that are wrong, too
    deployable = Deployable(network, manifest.input.mean, manifest.input.std, precision, len(outputs))
    images = torch.zeros(1, manifest.input.height, manifest.input.width, 3, dtype=torch.uint8)
    maps = {0: "batch", 2: "map_height", 3: "map_width"} if networks.any_size(network) else {0: "batch"}
    pixels = {1: "height", 2: "width"} if networks.any_size(network) else {}
    graph = io.BytesIO()
    with warnings.catch_warnings():
        # The exporter that torch prefers since 2.9 writes opset 18 at least.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            deployable,
            (images,),
            graph,
            dynamo=False,
            opset_version=OPSET,
            input_names=[manifest.input.name],
            output_names=list(outputs),
            dynamic_axes={
                manifest.input.name: {0: "batch", **pixels},
                **dict.fromkeys(outputs, maps),
            },
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    unproven = path.with_suffix(".part.onnx")
    try:
        ModelFile.write(unproven, graph.getvalue(), manifest)
        expect_tensorrt(unproven)
        differences = check_parity(network, unproven, precision)
        os.replace(unproven, path)
    finally:
        unproven.unlink(missing_ok=True)
    return differences


def check_parity(network: nn.Module, path: str | Path, precision: str = "float32") -> dict[str, float]:
    """Compare a model file, run by each runtime that is installed, with the network that it was made of.

    On noise and on a scene of soft shapes, as a batch of two, at the model's own input size and at another one if it
    can have others.

    Args:
        network: as :class:`Deployable` takes it.
        path: the model file.
        precision: that it was exported in; the network itself is run in float32.

    Returns:
        {runtime: largest difference}, root mean square as a share of the maps' standard deviation, over the images,
        sizes and kinds of maps.

    Raises:
        ValueError: a difference that rounding does not explain, or maps that do not fit the manifest.
        ImportError: no runtime is installed.
    """
    runtimes = [name for name in NAMES if is_usable(name)]
    if not runtimes:
        raise ImportError("no runtime is installed to check the exported network with: pip install onnxruntime")
    model = ModelFile.load(path)
    spec, family = model.manifest.input, model.manifest.new_family()
    deployable = Deployable(network, spec.mean, spec.std, outputs=len(family.output_names))
    rounding = None if precision == "float32" else _with_rounding(deployable, PRECISIONS[precision])
    differences = dict.fromkeys(runtimes, 0.0)
    sizes = [(spec.height, spec.width), (spec.height + spec.multiple, 2 * spec.multiple)]
    for height, width in sizes if networks.any_size(network) else sizes[:1]:
        images = _images(height, width)
        with torch.no_grad():
            expected = _named(deployable(torch.from_numpy(images)), family)
            rounded = expected if rounding is None else _named(rounding(torch.from_numpy(images)), family)
        family.check({name: array.shape for name, array in expected.items()}, height, width)
        tolerance = min(_TOLERANCE + _OF_ROUNDING * _difference(rounded, expected), _HIGHEST_TOLERANCE)
        for runtime in runtimes:
            found = infer(model, images, runtime, precision="float32")
            difference = _difference(found, expected)
            if not difference <= tolerance:  # written so that NaN fails too
                raise ValueError(
                    f"{model.path}: at {height}x{width} {runtime} differs from torch by {difference:.2g} of the maps' "
                    f"deviation, more than {tolerance:.2g}: the exported network is not the trained one"
                )
            differences[runtime] = max(differences[runtime], difference)
    return differences


def _named(maps: Sequence[torch.Tensor], family: Family) -> dict[str, np.ndarray]:
    return {name: array.numpy() for name, array in zip(family.output_names, maps, strict=True)}


def _with_rounding(deployable: Deployable, kind: torch.dtype) -> Deployable:
    """A copy whose weights and modules' results are rounded to ``kind``, but computed in float32 on every processor."""
    rounding = copy.deepcopy(deployable)
    for tensor in rounding.network.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.to(kind))
    for module in rounding.network.modules():
        if not any(module.children()):
            module.register_forward_hook(lambda _module, _inputs, result: result.to(kind).float())
    return rounding


def _images(height, width):
    """uint8 [2, height, width, 3]: noise, and soft shapes of several sizes."""
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    scene = sum(cv2.resize(random.uniform(0, 85, (n, n, 3)), (width, height)) for n in (2, 5, 12))
    return np.stack([noise, scene.astype(np.uint8)])


def _difference(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> float:
    """The largest difference of an image's maps of one kind; NaN if there is one among them."""
    largest = []
    for name, maps in expected.items():
        if found[name].shape != maps.shape:
            return np.inf
        of_image = tuple(range(1, maps.ndim))
        error = np.sqrt(np.square(found[name] - maps, dtype=np.float64).mean(axis=of_image))
        largest.append((error / np.maximum(maps.std(axis=of_image), 1e-6)).max())
    return float(np.max(largest))


def from_checkpoint(path: str | Path, average: bool | None = None) -> tuple[nn.Module, Manifest]:
    """The network of a checkpoint and what its manifest says of input, outputs and topology.

    Args:
        path: the checkpoint file.
        average: True for the moving average of the weights, False for the weights themselves, None for the average
            where there is one.

    Returns:
        (network, :class:`~trt_pose_ros.model_file.Manifest`)

    Raises:
        FileNotFoundError, ValueError: no such file, or none that a training run has written.
    """
    state = checkpoint.load(path)
    missing = sorted({"model", "experiment", "topology"} - set(state))
    if missing:
        raise ValueError(f"{path} has no {', '.join(missing)}: it is not the checkpoint of a training run")
    if average and not state.get("ema"):
        raise ValueError(f"{path} has no average of the weights: export with --no-ema")
    weights = state["model"] if average is False else state.get("ema") or state["model"]
    experiment = Experiment.from_dict(state["experiment"])
    topology = Topology.from_category(state["topology"], source=f"topology of {path}")
    sizes = {"keypoints": len(topology.keypoints), "links": len(topology.links)}
    network = networks.build(experiment.model.name, **(sizes | experiment.model.kwargs | {"start": False}))
    network.load_state_dict(weights)
    return network, manifest_of(experiment, topology, network)


def manifest_of(experiment: Experiment, topology: Topology, network: nn.Module) -> Manifest:
    """What the manifest of an experiment's network says of input, outputs and topology."""
    family, stride = networks.family(network), network.stride
    names = ("heatmaps", "pafs") if family == "paf" else ("heatmaps",)
    return Manifest(
        name=experiment.name,
        topology=topology,
        input=experiment.input_spec(network.multiple),
        outputs=families.find(family).Outputs(*names, stride=stride, offset=(stride - 1) / 2),
        family=family,
    )
