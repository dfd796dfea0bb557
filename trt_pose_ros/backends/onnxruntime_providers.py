"""What ONNX Runtime computes with: the CPU, or an NVIDIA GPU by one of three providers.

``cuda`` and ``tensorrt`` are inside the wheel onnxruntime-gpu, ``tensorrt_rtx`` is a plugin in a wheel of its own.
Where a provider cannot be loaded, ONNX Runtime would go on with the CPU; we say so and stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import onnxruntime as ort

from ..engine.store import default_folder
from . import RunSpec

_CPU = "CPUExecutionProvider"
# name -> (ONNX Runtime's name, what installs it)
_GPU_WHEEL = "pip uninstall onnxruntime, then pip install onnxruntime-gpu (the two share their folder)"
PROVIDERS = {
    "cpu": (_CPU, ""),
    "cuda": ("CUDAExecutionProvider", _GPU_WHEEL),
    "tensorrt": ("TensorrtExecutionProvider", _GPU_WHEEL),
    "tensorrt_rtx": (
        "NvTensorRTRTXExecutionProvider",
        "pip install onnxruntime-ep-nv-tensorrt-rtx-cu13 (or -cu12, after your CUDA)",
    ),
}
_PLUGIN = "onnxruntime_ep_nv_tensorrt_rtx"
_WANTS = "it wants an NVIDIA GPU, its driver, and CUDA's libraries in the version that this wheel was made for"


@dataclass(frozen=True)
class Chosen:
    """A provider that a session is about to be made with.

    Attributes:
        name: ours.
        arguments: keyword arguments of ``InferenceSession``, besides the session options.
    """

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def check(self, taken: Sequence[str]) -> None:
        """Raise ImportError unless the session has taken the provider; ``taken`` is what it says of itself."""
        wanted, _ = PROVIDERS[self.name]
        if wanted not in taken:
            raise ImportError(
                f"onnxruntime could not load its provider {wanted} and would compute with {', '.join(taken)}: "
                f"{_WANTS}. "
                "Backend onnxruntime runs on the CPU"
            )


def use_provider(name: str, options: ort.SessionOptions, spec: RunSpec) -> Chosen:
    """Make a session's options ready for a provider.

    Args:
        name: one of :data:`PROVIDERS`.
        options: of the session; a plugin's devices are added.
        spec: of which the workspace matters to TensorRT.

    Raises:
        ImportError: the provider is not installed, or finds no GPU; the message tells what to do.
    """
    if name == "tensorrt_rtx":
        options.add_provider_for_devices(_plugin_devices(), {"nv_max_workspace_size": str(spec.workspace << 20)})
        return Chosen(name)
    wanted, advice = PROVIDERS[name]
    if wanted not in ort.get_available_providers():
        raise ImportError(f"this onnxruntime {ort.__version__} has no provider {wanted}: {advice}")
    providers: list[Any] = [_CPU]
    if name != "cpu":
        providers.insert(0, "CUDAExecutionProvider")
    if name == "tensorrt":
        providers.insert(0, (wanted, _tensorrt_options(spec)))
    return Chosen(name, {"providers": providers})


def _tensorrt_options(spec: RunSpec) -> dict[str, Any]:
    """Engines are kept, lest every start take minutes."""
    folder = default_folder() / "onnxruntime"
    folder.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {
        "trt_engine_cache_enable": True,
        "trt_engine_cache_path": str(folder),
        "trt_timing_cache_enable": True,
        "trt_timing_cache_path": str(folder),
        "trt_fp16_enable": spec.precision != "float32",
    }
    return options | ({"trt_max_workspace_size": spec.workspace << 20} if spec.workspace else {})


def _plugin_devices() -> list[Any]:
    wanted, advice = PROVIDERS["tensorrt_rtx"]
    if not find_spec(_PLUGIN):
        raise ImportError(f"onnxruntime has no provider {wanted}: {advice}")
    _register(wanted)
    devices = [device for device in ort.get_ep_devices() if device.ep_name == wanted]
    if not devices:
        raise ImportError(f"onnxruntime's provider {wanted} finds no GPU that it runs on: an RTX card is needed")
    return devices[:1]  # of several cards, one


@cache
def _register(name: str) -> None:
    """Load the plugin into ONNX Runtime, once in a process."""
    if not hasattr(ort, "register_execution_provider_library"):
        raise ImportError(f"onnxruntime {ort.__version__} takes no plugins: pip install -U onnxruntime")
    try:
        ort.register_execution_provider_library(name, import_module(_PLUGIN).get_library_path())
    except Exception as error:  # onnxruntime's own exception classes share no other base
        raise ImportError(f"onnxruntime could not load its provider {name}: {_last_words(error)}; {_WANTS}") from None


def _last_words(error: Exception) -> str:
    return str(error).rpartition(" with error: ")[2].strip().rstrip(".")
