"""Which engines of a store are of no more use on this machine, and why."""

from __future__ import annotations

from pathlib import Path

from ..model_file import network_sha256
from .cuda import Device
from .flavour import Flavour
from .store import Entry


def outdated(entry: Entry, flavour: Flavour | None, device: Device | None) -> str:
    """Why an engine will not be used any more; empty if it may be.

    Args:
        entry: of a store.
        flavour: the TensorRT of this machine; None, and it is not judged by that.
        device: the GPU of this machine; likewise.
    """
    if entry.problem:
        return entry.problem
    key = entry.key
    if key is None:
        return "its manifest does not tell what it was built from"
    model = Path(str(entry.manifest.get("model", "")))
    if not model.is_file():
        return f"its model {model} is gone"
    if network_sha256(model) != key.model:
        return f"its model {model} has changed since"
    if flavour and (flavour.name, flavour.version) != (key.flavour, key.version):
        return f"it is for {key.flavour} {key.version}, and {flavour} is installed"
    if device and key.gpu and (device.name, device.target) != (key.gpu, key.capability):
        return f"it is for a GPU {key.gpu}, and this machine has {device.name}"
    return ""
