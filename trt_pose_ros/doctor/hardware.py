"""Probes of the machine; each yields (value, advice, level), of which the last two may be left out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from ..engine.cuda import Cuda, CudaError, is_installed
from .system import System

_JETPACK = {32: 4, 34: 5, 35: 5, 36: 6, 38: 7, 39: 7}  # L4T release -> JetPack, NVIDIA's JetPack archive
_GIB = 1 << 30


def board(system: System) -> Iterator[tuple[str, ...]]:
    """Name of the board, JetPack and L4T."""
    name = system.read("proc/device-tree/model") or system.read("sys/devices/virtual/dmi/id/product_name") or "unknown"
    release = re.search(r"R(\d+) \(release\), REVISION: ([\d.]+)", system.read("etc/nv_tegra_release"))
    if not release:
        yield (f"{name}, no Jetson",)
        return
    major = int(release[1])
    jetpack = _JETPACK.get(major)
    value = f"{name}, L4T {major}.{release[2]} (JetPack {jetpack or 'unknown'})"
    if jetpack == 4:
        yield value, "JetPack 4 has Python 3.6 and TensorRT 8.2: use a container, see docs/tensorrt.md", "problem"
    else:
        yield (value,)


def processor(system: System) -> Iterator[tuple[str, ...]]:
    """The CPU and which 8-bit instructions it has; they decide how exact and how fast an int8 network is on it."""
    text = system.read("proc/cpuinfo")
    fields = dict(re.findall(r"^([\w ]+?)\s*: (.*)$", text, re.MULTILINE))
    count = len(re.findall(r"^processor\s*:", text, re.MULTILINE))
    name = fields.get("model name") or fields.get("Hardware") or f"{os.uname().machine} processor"
    flags = set((fields.get("flags") or fields.get("Features") or "").split())
    names = {
        "amx_int8": "AMX",
        "avx512_vnni": "VNNI",
        "avx_vnni": "AVX-VNNI",
        "avx2": "AVX2",
        "i8mm": "i8mm",
        "asimddp": "dot product",
    }
    has = [word for flag, word in names.items() if flag in flags]
    value = f"{name}, {count} core{'' if count == 1 else 's'}; for 8 bits: {', '.join(has) or 'nothing known'}"
    if has == ["AVX2"]:
        advice = "no VNNI: int8 models must have been quantised for this, as those of this version are; else use float"
        yield value, advice, "note"
    elif not has:
        yield value, "an int8 model may be slower than a float one here: compare both", "note"
    else:
        yield (value,)


def processor_name() -> str:
    """This machine's CPU as :func:`processor` words it, and whether its instructions are held back."""
    (found, *_), *_ = processor(System())
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA")
    return f"{found}{f' (ONEDNN_MAX_CPU_ISA={limit})' if limit else ''}"


def memory(system: System) -> Iterator[tuple[str, ...]]:
    """Memory and swap."""
    values = {
        name: int(kib) * 1024 for name, kib in re.findall(r"^(\w+):\s+(\d+) kB", system.read("proc/meminfo"), re.M)
    }
    if "MemTotal" not in values:
        yield "not found", "", "note"
        return
    total, free, swap = values["MemTotal"], values.get("MemAvailable", 0), values.get("SwapTotal", 0)
    value = f"{total / _GIB:.1f} GiB, {free / _GIB:.1f} free; swap {swap / _GIB:.1f} GiB"
    if total + swap < 5 * _GIB:
        yield value, "little for building engines: add 4 GiB of swap (docs/tensorrt.md)", "note"
    else:
        yield (value,)


def power(system: System) -> Iterator[tuple[str, ...]]:
    """Power mode of a Jetson, and what the CPU's clock may do."""
    mode = re.search(r"NV Power Mode: *(.+)", system.run("nvpmodel", "-q"))
    governor = system.read("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    jetson = bool(system.read("etc/nv_tegra_release"))
    value = f"power mode {mode[1] if mode else 'unknown'}, CPU governor {governor or 'unknown'}"
    if jetson and mode and not mode[1].upper().startswith("MAXN"):
        yield value, "more power, more frames: sudo nvpmodel -m 0 && sudo jetson_clocks", "note"
    elif jetson and governor not in ("performance", ""):
        yield value, "steady latency needs steady clocks: sudo jetson_clocks", "note"
    elif governor == "powersave":
        yield value, "the CPU may stay slow: sudo cpupower frequency-set -g performance", "note"
    else:
        yield (value,)


def gpu(system: System) -> Iterator[tuple[str, ...]]:
    """The GPU as CUDA sees it, else as the driver does."""
    driver = system.run("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader").splitlines()
    seen = ", ".join(driver) or ("Jetson's" if system.read("etc/nv_tegra_release") else "")
    if not is_installed():
        if seen:
            yield f"{seen}; cuda-python is not installed", "pip install cuda-python, in the version of CUDA", "problem"
        else:
            yield ("no NVIDIA GPU found: the CPU runs the network",)
        return
    cuda = Cuda()
    try:
        found = cuda.device()
    except CudaError as error:
        if seen:
            yield f"{seen}, but {error}", "install a driver that fits the CUDA version", "problem"
        else:
            yield ("no NVIDIA GPU found: the CPU runs the network",)
        return
    versions = [cuda.call(function) for function in ("cudaRuntimeGetVersion", "cudaDriverGetVersion")]
    runtime, driver_cuda = (f"{v // 1000}.{v % 1000 // 10}" for v in versions)
    shared = "shared with the CPU" if found.integrated else "of its own"
    yield (
        f"{found.name} ({found.target}), {found.memory / _GIB:.1f} GiB {shared}, CUDA {runtime}, "
        f"driver for CUDA {driver_cuda}",
    )


def cameras(system: System) -> Iterator[tuple[str, ...]]:
    """Video devices, and whether this user may open them."""
    devices = system.glob("dev/video*")
    if not devices:
        yield ("no /dev/video*: a webcam or CSI camera would be one",)
    for device in devices:
        name = system.read(f"sys/class/video4linux/{device.name}/name") or "unnamed"
        value = f"/dev/{device.name}: {name}"
        if os.access(device, os.R_OK | os.W_OK):
            yield (value,)
        else:
            yield f"{value}, not allowed to open it", "sudo usermod -aG video $USER, then log in again", "problem"
