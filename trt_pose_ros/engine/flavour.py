"""Which TensorRT is installed, and what its Python interface has: the one place that knows versions apart.

Two flavours share almost one interface: ``tensorrt`` (Jetsons and data-centre cards) and ``tensorrt_rtx`` (TensorRT for
RTX, whose builder needs no GPU). What changed between versions is in the table below, from NVIDIA's migration guides
8.x to 10.x and 10.x to 11.x. What was only ever added (progress, optimisation level) is asked of the module itself.
"""

from __future__ import annotations

import ctypes
import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

HOW_TO_INSTALL = (
    "on a Jetson: sudo apt install python3-libnvinfer; on a PC with an NVIDIA card: pip install 'trt_pose_ros[gpu]'; "
    "TensorRT for RTX: pip install --no-deps -r requirements/tensorrt-rtx.txt"
)


@dataclass(frozen=True)
class Interface:
    """What a range of versions understands.

    Attributes:
        explicit_batch: networks need the flag EXPLICIT_BATCH.
        strong_typing: types can come from the file alone (flag STRONGLY_TYPED).
        precision_flags: ``BuilderFlag.FP16`` and ``INT8`` exist, so that the builder may lower precision by itself.
        timing_cache: timings can be kept for the next build.
    """

    explicit_batch: bool
    strong_typing: bool
    precision_flags: bool
    timing_cache: bool


# flavour -> (from version, below version, interface)
TABLE = {
    "tensorrt": (
        ((8, 5), (9,), Interface(explicit_batch=True, strong_typing=False, precision_flags=True, timing_cache=True)),
        ((10,), (11,), Interface(explicit_batch=False, strong_typing=True, precision_flags=True, timing_cache=True)),
        ((11,), (12,), Interface(explicit_batch=False, strong_typing=True, precision_flags=False, timing_cache=True)),
    ),
    "tensorrt_rtx": (
        ((1,), (2,), Interface(explicit_batch=False, strong_typing=True, precision_flags=False, timing_cache=False)),
    ),
}
# flavour -> names of its Python module: the whole wheel's, then the bindings' alone
_MODULES = {"tensorrt": ("tensorrt",), "tensorrt_rtx": ("tensorrt_rtx", "tensorrt_rtx_bindings")}
# Packages on PyPI that bring the libraries of tensorrt_rtx_bindings, and the libraries in the order of their needs.
_LIBRARY_PACKAGE = "onnxruntime_ep_nv_tensorrt_rtx"
_LIBRARIES = ("libcudart.so.*", "libtensorrt_rtx.so.*", "libtensorrt_onnxparser_rtx.so.*")


@dataclass(frozen=True)
class Flavour:
    """A TensorRT that is installed.

    Attributes:
        name: ``tensorrt`` or ``tensorrt_rtx``.
        version: as the module tells it, for example ``10.3.0``.
        interface: what this version understands.
        module: its Python module.
    """

    name: str
    version: str
    interface: Interface
    module: ModuleType

    @property
    def targets(self) -> dict[str, object]:
        """``sm_86`` and the like -> the module's name for it: what engines can be built for without that GPU."""
        members = getattr(getattr(self.module, "ComputeCapability", None), "__members__", {})
        return {f"sm_{name[2:]}": member for name, member in members.items() if name.startswith("SM")}

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def interface_of(name: str, version: str) -> Interface:
    """The interface of a flavour's version.

    Raises:
        ImportError: this package doesn't know that version; the message tells which it knows.
    """
    numbers = tuple(int(n) for n in re.findall(r"\d+", version)[:3])
    for first, end, interface in TABLE[name]:
        if first <= numbers < end:
            return interface
    known = " and ".join(f"{_dotted(first)} to before {_dotted(end)}" for first, end, _ in TABLE[name])
    raise ImportError(f"{name} {version} is not known to this version of trt_pose_ros, which works with {known}")


def find() -> str | None:
    """Name of the flavour that is installed, without importing it; None without any."""
    for name, modules in _MODULES.items():
        if any(_is_installed(module) for module in modules):
            return name
    return None


@cache
def load() -> Flavour:
    """Import the TensorRT that is installed; ``tensorrt`` goes before ``tensorrt_rtx``.

    Raises:
        ImportError: none is installed, it can't be loaded, or its version is unknown.
    """
    name = find()
    if name is None:
        raise ImportError(f"TensorRT is not installed: {HOW_TO_INSTALL}")
    module_name = next(m for m in _MODULES[name] if _is_installed(m))
    if module_name == "tensorrt_rtx_bindings":
        _load_libraries(_LIBRARY_PACKAGE, _LIBRARIES)
    try:
        module = importlib.import_module(module_name)
    except (ImportError, OSError) as error:  # FileNotFoundError is how the wheels say that a library is missing
        raise ImportError(f"{name} is installed but cannot be loaded: {error}") from error
    version = str(module.__version__)
    return Flavour(name, version, interface_of(name, version), module)


def _is_installed(module: str) -> bool:
    """Whether a module can be imported; a folder of type stubs looks like one, but has no file of its own."""
    spec = find_spec(module)
    return spec is not None and spec.origin is not None


def _load_libraries(package: str, patterns: Iterable[str]) -> None:
    """Load libraries out of a wheel, so that the bindings' undefined symbols are met.

    Libraries that the system finds by itself (LD_LIBRARY_PATH) serve as well, so a missing package is no error here.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return
    folder = Path(next(iter(spec.submodule_search_locations)))
    for pattern in patterns:
        for library in sorted(folder.glob(pattern)):
            ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version if len(version) > 1 else (*version, 0)))
