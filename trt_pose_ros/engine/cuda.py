"""The few things of CUDA that running an engine takes, through cuda-python: no torch, no cupy.

Every call is checked. Host memory is page-locked and shown as NumPy arrays, so that copies run beside the CPU.
"""

from __future__ import annotations

import importlib
import weakref
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np

# cuda-python since 12.8 or so, and before
_MODULES = ("cuda.bindings.runtime", "cuda.cudart")


class CudaError(ValueError):
    """A call of CUDA failed; the message says which and why."""


@dataclass(frozen=True)
class Device:
    """A GPU.

    Attributes:
        name: NVIDIA's, for example ``Orin``.
        capability: compute capability, for example ``8.7``.
        integrated: whether it shares the CPU's memory, as on a Jetson.
        memory: bytes in all.
    """

    name: str
    capability: str
    integrated: bool
    memory: int

    @property
    def target(self) -> str:
        """The capability as compilers write it: ``sm_87``."""
        return f"sm_{self.capability.replace('.', '')}"


class Cuda:
    """The CUDA runtime.

    Args:
        runtime: the module of cuda-python; None for the one that is installed.

    Raises:
        ImportError: cuda-python is not installed.
    """

    def __init__(self, runtime: ModuleType | Any | None = None) -> None:
        self.runtime = runtime or _import_runtime()

    def call(self, function: str, *arguments: Any) -> Any:
        """Call a function of the runtime; what it returns besides its error code.

        Raises:
            CudaError: it failed.
        """
        code, *values = getattr(self.runtime, function)(*arguments)
        if int(code) != 0:
            _, text = self.runtime.cudaGetErrorString(code)
            said = text.decode() if isinstance(text, bytes) else str(text)
            raise CudaError(f"CUDA: {function} failed: {said}{_ADVICE.get(int(code), '')}")
        return values[0] if len(values) == 1 else tuple(values)

    def device(self) -> Device:
        """The GPU in use.

        Raises:
            CudaError: there is none, or its driver is missing or too old.
        """
        if not self.call("cudaGetDeviceCount"):
            raise CudaError("CUDA: this machine has no NVIDIA GPU")
        found = self.call("cudaGetDeviceProperties", self.call("cudaGetDevice"))
        name = found.name.decode() if isinstance(found.name, bytes) else str(found.name)
        return Device(
            name.rstrip("\0"), f"{found.major}.{found.minor}", bool(found.integrated), int(found.totalGlobalMem)
        )

    def stream(self) -> int:
        """A new stream, which waits for no other."""
        return self.call("cudaStreamCreateWithFlags", self.runtime.cudaStreamNonBlocking)


_ADVICE = {
    2: " (out of memory): close other programs that use the GPU, or take a smaller input size or batch",
    35: ": install a driver that is at least as new as CUDA, or take the older wheels",
    100: ": this machine has no NVIDIA GPU that CUDA can see",
    222: ": install a newer driver",
}


class HostBuffer:
    """Page-locked memory, freed when no array shows it any more.

    Attributes:
        pointer: for the host.
        device_pointer: the same memory as an integrated GPU sees it; 0 on others.
    """

    def __init__(self, cuda: Cuda, shape: tuple[int, ...], dtype: np.dtype[Any], mapped: bool) -> None:
        runtime = cuda.runtime
        self.shape, self.dtype = shape, np.dtype(dtype)
        self.size = max(int(np.prod(shape)) * self.dtype.itemsize, 1)
        flags = runtime.cudaHostAllocMapped if mapped else runtime.cudaHostAllocDefault
        self.pointer = int(cuda.call("cudaHostAlloc", self.size, flags))
        weakref.finalize(self, runtime.cudaFreeHost, self.pointer)
        self.device_pointer = int(cuda.call("cudaHostGetDevicePointer", self.pointer, 0)) if mapped else 0
        self.__array_interface__ = {
            "version": 3,
            "shape": shape,
            "typestr": self.dtype.str,
            "data": (self.pointer, False),
        }

    def array(self) -> np.ndarray:
        """The memory as an array of the shape and type asked for, which keeps it alive."""
        return np.asarray(self)


class DeviceBuffer:
    """Memory of the GPU, freed with this object."""

    def __init__(self, cuda: Cuda, size: int) -> None:
        self.pointer = int(cuda.call("cudaMalloc", max(size, 1)))
        weakref.finalize(self, cuda.runtime.cudaFree, self.pointer)


def is_installed() -> bool:
    """Whether cuda-python is there; it says nothing of a GPU."""
    return any(_spec(name) for name in _MODULES)


def find_device() -> Device | None:
    """The GPU in use; None where there is none, or cuda-python is missing."""
    try:
        return Cuda().device()
    except (ImportError, CudaError, RuntimeError):  # RuntimeError: cuda-python finds no library
        return None


def _import_runtime() -> ModuleType:
    for name in _MODULES:
        if _spec(name):
            return importlib.import_module(name)
    raise ImportError("cuda-python is not installed: pip install cuda-python, in the version of your CUDA (12.x, 11.x)")


def _spec(name: str) -> Any:
    try:
        return find_spec(name)
    except ModuleNotFoundError:  # its parent package is missing
        return None
