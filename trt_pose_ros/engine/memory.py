"""Is there memory for a build? The smallest boards run out of it, then swap for hours or lose the process."""

from __future__ import annotations

from pathlib import Path

from .build import BuildError

_MIB = 1 << 20
# Measured with TensorRT for RTX 1.7: 0.24 GB for the smallest network and about 4 times the file besides.
# TensorRT on a board loads its CUDA libraries besides, about as much again.
_BASE, _PER_BYTE = 700 * _MIB, 8
_SWAP = (
    "stop other programs, or add swap: "
    "sudo fallocate -l 4G /swapfile && sudo chmod 600 /swapfile && sudo mkswap /swapfile && sudo swapon /swapfile"
)


def available() -> dict[str, int]:
    """Bytes of ``memory`` and ``swap`` that can be had now; empty where the system doesn't tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return {}
    values = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    if "MemAvailable" not in values:
        return {}
    return {"memory": values["MemAvailable"], "swap": values.get("SwapFree", 0)}


def check_memory(model_size: int) -> None:
    """Raise BuildError, with advice, when a build of a model of so many bytes can't succeed."""
    found = available()
    needed = _BASE + _PER_BYTE * model_size
    if found and sum(found.values()) < needed:
        raise BuildError(
            f"building an engine of this model takes about {needed // _MIB} MiB, but only "
            f"{found['memory'] // _MIB} MiB of memory and {found['swap'] // _MIB} MiB of swap are free: {_SWAP}"
        )


def killed_for_memory() -> str:
    """What to say when the builder was killed, which the kernel does when memory runs out."""
    found = available()
    now = (
        f" ({found['memory'] // _MIB} MiB of memory and {found['swap'] // _MIB} MiB of swap are free now)"
        if found
        else ""
    )
    return f"TensorRT's builder was killed, most likely for lack of memory{now}: {_SWAP}"
