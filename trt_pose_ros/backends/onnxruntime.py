"""ONNX Runtime: runs .onnx everywhere, and on NVIDIA's GPUs where a provider for them is installed."""

import numpy as np
import onnxruntime as ort

from ..model_file import ModelFile
from . import RunSpec, check_names, to_network_input
from .onnxruntime_providers import use_provider

_TYPES = {
    "tensor(uint8)": np.uint8,
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
}


class Backend:
    """See :class:`trt_pose_ros.backends.Backend`. It computes in the file's own precision in any case.

    Args:
        model: the ModelFile.
        spec: the RunSpec.
        provider: what computes, one of :data:`.onnxruntime_providers.PROVIDERS`.
    """

    def __init__(self, model: ModelFile, spec: RunSpec, provider: str = "cpu") -> None:
        self._spec, self._outputs = model.manifest.input, list(spec.outputs)
        options = ort.SessionOptions()
        options.intra_op_num_threads = spec.threads
        # spinning threads burn a robot's CPU between frames
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        chosen = use_provider(provider, options, spec)
        try:
            self._session = ort.InferenceSession(str(model.path), options, **chosen.arguments)
        except Exception as error:  # onnxruntime's own exception classes share no other base
            raise ValueError(f"ONNX Runtime cannot load {model.path}: {error}") from None
        chosen.check(self._session.get_providers())
        inputs = {i.name: i for i in self._session.get_inputs()}
        outputs = {o.name: o for o in self._session.get_outputs()}
        check_names(model, spec, list(inputs), list(outputs))
        others = [name for name in inputs if name != self._spec.name]
        if others:
            raise ValueError(f"{model.path} has further inputs {', '.join(others)}: only an image can be given")
        tensor = inputs[self._spec.name]
        self._dtype = _dtype(model, tensor.type)
        batch, height, width = _sizes(model, tensor.shape, self._spec.layout)
        for fixed, wanted in ((height, spec.height), (width, spec.width)):
            if fixed is not None and fixed != wanted:
                raise ValueError(f"{model.path} can only be run at {height}x{width}, not at {spec.height}x{spec.width}")
        self._fixed_batch = batch
        self.max_batch = batch or spec.batch
        self.input = np.zeros((self.max_batch, spec.height, spec.width, 3), np.uint8)
        self.output_shapes = {name: _known(outputs[name].shape) for name in self._outputs}
        self.name = f"onnxruntime {ort.__version__}"
        self.device = self._session.get_providers()[0].removesuffix("ExecutionProvider")

    def run(self, count: int) -> dict[str, np.ndarray]:
        """See :class:`trt_pose_ros.backends.Backend`."""
        tensor = to_network_input(self.input[: self._fixed_batch or count], self._spec, self._dtype)
        arrays = self._session.run(self._outputs, {self._spec.name: tensor})
        return {
            name: array[:count].astype(np.float32, copy=False)
            for name, array in zip(self._outputs, arrays, strict=True)
        }


def _dtype(model: ModelFile, kind: str) -> np.dtype:
    if kind not in _TYPES:
        raise ValueError(f"input of {model.path} is a {kind}, must be one of {', '.join(_TYPES)}")
    return np.dtype(_TYPES[kind])


def _sizes(model: ModelFile, shape: list[int | str | None], layout: str) -> tuple[int | None, ...]:
    """Batch, height and width of the input tensor, None where they are free."""
    if len(shape) != 4:
        raise ValueError(f"input of {model.path} has shape {shape}, must have 4 dimensions ({layout})")
    channels = shape[3 if layout == "nhwc" else 1]
    if isinstance(channels, int) and channels != 3:
        raise ValueError(f"input of {model.path} has shape {shape}, which as {layout} has {channels} channels, not 3")
    batch, *rest = _known(shape)
    return (batch, *(rest[:2] if layout == "nhwc" else rest[1:]))


def _known(shape: list[int | str | None]) -> tuple[int | None, ...]:
    return tuple(n if isinstance(n, int) and n > 0 else None for n in shape)
