"""OpenVINO: the fastest runtime on Intel and AMD CPUs; runs .onnx, OpenVINO IR and .tflite."""

import os
import sys
from functools import cache
from typing import Any

import numpy as np

# Importing OpenVINO tells Google Analytics so, from a process forked off while other threads may hold locks. Where one
# did, that process hung, and the node at its end waited for it forever. Without this module OpenVINO tells nobody.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
import openvino as ov  # noqa: E402
from openvino.preprocess import PrePostProcessor  # noqa: E402

from ..model_file import InputSpec, ModelFile  # noqa: E402
from . import RunSpec, check_names  # noqa: E402

# Values of ONEDNN_MAX_CPU_ISA that keep oneDNN from instructions for bfloat16. OpenVINO chooses that type by the
# processor alone, and then ends in a segmentation fault (seen with 2026.4).
_WITHOUT_BFLOAT16 = {"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX512_CORE", "AVX512_CORE_VNNI"}


@cache
def core() -> ov.Core:
    """The process's one openvino.Core, which lives until the process ends.

    Its CPU plugin gives the thread that makes it another signal stack (AMX needs a large one) and unmaps that when it
    is destroyed, in whatever thread: if it is not the same one, the first thread's next signal ends the process with a
    segmentation fault (seen with OpenVINO 2026.4; openvino's pull request 11894 brought the stack in).
    """
    return ov.Core()


class Backend:
    """See :class:`trt_pose_ros.backends.Backend`."""

    def __init__(self, model: ModelFile, spec: RunSpec) -> None:
        network = _read(model)
        names = [name for output in network.outputs for name in output.names]
        check_names(model, spec, [name for i in network.inputs for name in i.names], names)
        if len(network.inputs) > 1:
            raise ValueError(f"{model.path} has {len(network.inputs)} inputs: only an image can be given")
        fixed = _fixed_batch(network)
        _reshape(network, model, spec, -1)
        if fixed and any(network.output(name).partial_shape[0].is_static for name in spec.outputs):
            # somewhere inside it is made for this batch only
            network = _read(model)
            _reshape(network, model, spec, fixed)
        else:
            fixed = None
        self.output_shapes = {name: _known(network.output(name).partial_shape) for name in spec.outputs}
        network = _take_images(network, model.manifest.input, spec.outputs)
        config: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
        if spec.threads:
            # Pinned, the threads of several processes would sit on the same first cores.
            config |= {"INFERENCE_NUM_THREADS": spec.threads, "ENABLE_CPU_PINNING": False}
        if spec.precision == "float32" or os.environ.get("ONEDNN_MAX_CPU_ISA", "").upper() in _WITHOUT_BFLOAT16:
            config |= {"INFERENCE_PRECISION_HINT": "f32"}
        compiled = core().compile_model(network, "CPU", config)
        self._fixed_batch = fixed
        self.max_batch = fixed or spec.batch
        self.input = np.zeros((self.max_batch, spec.height, spec.width, 3), np.uint8)
        self._request = compiled.create_infer_request()
        self._outputs = {name: compiled.output(name) for name in spec.outputs}
        self.name = f"openvino {ov.__version__.split('-')[0]}"
        self.device = core().get_property("CPU", "FULL_DEVICE_NAME").strip()

    def run(self, count: int) -> dict[str, np.ndarray]:
        """See :class:`trt_pose_ros.backends.Backend`."""
        images = self.input[: self._fixed_batch or count]
        self._request.infer([ov.Tensor(images, shared_memory=True)])
        return {name: self._request.get_tensor(output).data[:count] for name, output in self._outputs.items()}


def _read(model: ModelFile) -> ov.Model:
    """The network; outputs without a name, such as those of networks that came from torch, are named by their place."""
    try:
        network = core().read_model(model.path)
    except RuntimeError as error:
        raise ValueError(f"OpenVINO cannot read {model.path}: {_last_line(error)}") from None
    for place, output in enumerate(network.outputs):
        if not output.names:
            output.set_names({f"output{place}"})
    return network


def _fixed_batch(network: ov.Model) -> int | None:
    shape = network.input(0).partial_shape
    return shape[0].get_length() if shape.rank.is_static and len(shape) and shape[0].is_static else None


def _reshape(network: ov.Model, model: ModelFile, spec: RunSpec, batch: int) -> None:
    size = [spec.height, spec.width]
    layout = model.manifest.input.layout
    try:
        network.reshape([batch, *size, 3] if layout == "nhwc" else [batch, 3, *size])
    except RuntimeError as error:
        raise ValueError(
            f"{model.path} cannot be run at {size[0]}x{size[1]} (input {model.manifest.input.name!r}, {layout}): "
            f"{_last_line(error)}"
        ) from None


def _known(shape: ov.PartialShape) -> tuple[int | None, ...]:
    return tuple(n.get_length() if n.is_static else None for n in shape) if shape.rank.is_static else ()


def _take_images(network: ov.Model, spec: InputSpec, outputs: tuple[str, ...]) -> ov.Model:
    """Put into the network what it wants done to uint8 images, and to its outputs to be float32.

    So the host copies a quarter of the bytes.
    """
    steps = PrePostProcessor(network)
    image = steps.input(spec.name)
    normalise = network.input(spec.name).element_type != ov.Type.u8
    image.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    image.model().set_layout(ov.Layout(spec.layout.upper()))
    if normalise:
        image.preprocess().convert_element_type(ov.Type.f32).mean(list(spec.mean)).scale(list(spec.std))
    for name in outputs:
        steps.output(name).tensor().set_element_type(ov.Type.f32)
    return steps.build()


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
