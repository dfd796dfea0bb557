"""Inference runtimes, one file each, behind one small protocol."""

import logging
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..engine import cuda, flavour
from ..model_file import PRECISIONS, InputSpec, ModelFile
from ..options import Options, option

_log = logging.getLogger(__name__)


class _Runtime(NamedTuple):
    """A runtime.

    Attributes:
        module: that must be installed.
        extra: of this package, which installs it.
        suffixes: of the files that it runs.
        providers: what it can compute with besides the CPU; ``onnxruntime:cuda`` names one.
    """

    module: str
    extra: str
    suffixes: tuple[str, ...]
    providers: tuple[str, ...] = ()


# in order of preference
_RUNTIMES = {
    "tensorrt": _Runtime("tensorrt", "gpu", (".onnx", ".engine")),
    "openvino": _Runtime("openvino", "openvino", (".onnx", ".xml", ".tflite")),
    "onnxruntime": _Runtime("onnxruntime", "onnx", (".onnx",), ("cuda", "tensorrt", "tensorrt_rtx")),
}
NAMES = tuple(_RUNTIMES)
CHOICES = ("auto", *NAMES, *(f"{name}:{provider}" for name, r in _RUNTIMES.items() for provider in r.providers))


@dataclass(frozen=True)
class RunSpec(Options):
    """How a network is to be run."""

    height: int = option(effect="pixels of the input", low=1)
    width: int = option(effect="pixels of the input", low=1)
    outputs: tuple[str, ...] = option(effect="names of the tensors that are read")
    batch: int = option(8, "most images at once", low=1, high=1024)
    threads: int = option(0, "CPU threads; 0 leaves it to the runtime", low=0, high=256)
    precision: str = option(
        "auto",
        "float32: what is float32 in the file must be computed in float32. Otherwise a runtime may take less where the "
        "processor is faster with it, as OpenVINO takes bfloat16",
        choices=PRECISIONS,
    )
    workspace: int = option(
        1024, "MiB of GPU memory that a layer may take at most; 0 leaves it to TensorRT", low=0, high=1 << 20
    )


class Backend(Protocol):
    """One network, loaded and ready.

    Attributes:
        name: of the runtime, with version.
        device: where it runs, in the runtime's words.
        max_batch: most images of a run: RunSpec.batch, or fewer where the network allows no more.
        output_shapes: shape of each tensor of RunSpec.outputs as far as known before a run, None for what is not.
        input: uint8 [max_batch, height, width, 3], in the network's colour order. The backend owns it, and whoever
            fills it writes straight into the memory that the network reads.
    """

    name: str
    device: str
    max_batch: int
    output_shapes: Mapping[str, tuple[int | None, ...]]
    input: np.ndarray

    def run(self, count: int) -> dict[str, np.ndarray]:
        """Run the first ``count`` images of ``input``: the tensors of RunSpec.outputs, float32.

        The arrays may be views of the runtime's memory and are valid until the next run.
        """


def open_backend(model: ModelFile, spec: RunSpec, name: str = "auto") -> Backend:
    """Load a network.

    Args:
        model: the :class:`~trt_pose_ros.model_file.ModelFile`.
        spec: the RunSpec.
        name: a runtime of :data:`NAMES`, one with a provider as in :data:`CHOICES`, or ``auto`` for the first one that
            is installed and runs such files.

    Raises:
        ValueError: unknown runtime, one that can't run this kind of file, or a network that doesn't match its manifest.
        ImportError: the runtime or its provider is not installed; the message tells how to.
    """
    if spec.precision == "auto":
        spec = replace(spec, precision=model.manifest.precision)
    if name not in CHOICES:
        raise ValueError(f"backend {name!r} is unknown, must be one of {', '.join(CHOICES)}")
    name, _, provider = name.partition(":")
    suffix = model.path.suffix.lower()
    able = [n for n, runtime in _RUNTIMES.items() if suffix in runtime.suffixes]
    if not able:
        raise ValueError(
            f"no backend runs {suffix!r} files ({model.path.name}): .onnx, OpenVINO .xml and .tflite are possible"
        )
    if name == "auto":
        usable = [n for n in able if is_usable(n)]
        if not usable:
            ways = " or ".join(install_advice(n) for n in able if n != "tensorrt" or len(able) == 1)
            raise ImportError(f"no runtime for {suffix} files is installed: {ways}")
        return _open_first(model, spec, usable)
    if name not in able:
        raise ValueError(f"backend {name!r} does not run {suffix} files, use {' or '.join(able)}")
    if not is_installed(name):
        raise ImportError(f"backend {name!r} is not installed: {install_advice(name)}")
    options = {"provider": provider} if provider else {}
    return import_module(f".{name}", __name__).Backend(model, spec, **options)


def _open_first(model: ModelFile, spec: RunSpec, names: list[str]) -> Backend:
    """The first runtime, or the next one where TensorRT can't: no engine of this model, no GPU memory, no disk."""
    name, *others = names
    try:
        return import_module(f".{name}", __name__).Backend(model, spec)
    except (ValueError, ImportError, OSError) as error:
        if name != "tensorrt" or not others:
            raise
        _log.warning("%s runs the model instead of TensorRT: %s", others[0], error)
        return _open_first(model, spec, others)


def is_installed(name: str) -> bool:
    """Whether a runtime of :data:`NAMES` can be imported."""
    if name == "tensorrt":  # which has several names, and needs CUDA
        return flavour.find() is not None and cuda.is_installed()
    return find_spec(_RUNTIMES[name].module) is not None


def is_usable(name: str) -> bool:
    """Whether a runtime is installed, and its hardware is there."""
    return is_installed(name) and (name != "tensorrt" or cuda.find_device() is not None)


def infer(model: ModelFile, images: np.ndarray, name: str = "auto", **spec: Any) -> dict[str, np.ndarray]:
    """Run a network once: all outputs that its manifest names, as arrays of their own.

    Args:
        model: the ModelFile.
        images: uint8 [N, height, width, 3] in the network's colour order and of a size that it can be run at.
        name: see :func:`open_backend`; likewise what it raises.
        **spec: other fields of :class:`RunSpec`.
    """
    count, height, width, _ = images.shape
    outputs = model.manifest.new_family().output_names
    backend = open_backend(
        model, RunSpec(**{"height": height, "width": width, "outputs": outputs, "batch": count} | spec), name
    )
    results = []
    for start in range(0, count, backend.max_batch):
        part = images[start : start + backend.max_batch]
        backend.input[: len(part)] = part
        results.append({key: array.copy() for key, array in backend.run(len(part)).items()})
    return {key: np.concatenate([result[key] for result in results]) for key in outputs}


def install_advice(name: str) -> str:
    """What installs a runtime into this very Python."""
    if name == "tensorrt":
        return flavour.HOW_TO_INSTALL
    try:
        distribution("trt_pose_ros")
        return f"pip install 'trt_pose_ros[{_RUNTIMES[name].extra}]'"
    except PackageNotFoundError:  # built with colcon, which pip knows nothing of
        managed = Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED").exists()
        options = " --user --break-system-packages" if managed else ""
        return f"python3 -m pip install{options} {_RUNTIMES[name].module}"


def check_names(model: ModelFile, spec: RunSpec, inputs: list[str], outputs: list[str]) -> None:
    """Raise ValueError unless the network's tensors have the names that its manifest gives.

    Args:
        model: the ModelFile.
        spec: the RunSpec, of which the outputs matter.
        inputs, outputs: names of the network's tensors.
    """
    if model.manifest.input.name not in inputs:
        raise ValueError(
            f"{model.path} has no input {model.manifest.input.name!r} as its manifest says, only {', '.join(inputs)}"
        )
    for name in spec.outputs:
        if name not in outputs:
            raise ValueError(f"{model.path} has no output {name!r} as its manifest says, only {', '.join(outputs)}")


def to_network_input(batch: np.ndarray, spec: InputSpec, dtype: np.dtype) -> np.ndarray:
    """The batch as the network's tensor wants it: normalised if it is one of floats, axes in its order.

    Args:
        batch: uint8 [N, H, W, 3] in the network's colour order.
        spec: the network's InputSpec.
        dtype: of the tensor.
    """
    if dtype != np.uint8:
        mean, std = np.asarray(spec.mean, np.float32), np.asarray(spec.std, np.float32)
        batch = ((batch - mean) / std).astype(dtype, copy=False)
    return np.ascontiguousarray(batch.transpose(0, 3, 1, 2)) if spec.layout == "nchw" else batch
