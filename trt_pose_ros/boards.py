"""Boards: which one this is, and the parameter files that ship for it (config/boards). No ROS, no CUDA package.

A board's settings are a parameter file of what differs from ``common.yaml``, and where no GPU can be used ``cpu.yaml``
goes on top of both. Nothing here builds or loads anything: launch files ask before they start a node.
"""

from __future__ import annotations

import contextlib
import ctypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Docker hides the first one from containers; docker/compose.yaml puts it in the second place
DEVICE_TREE_MODELS = (Path("/proc/device-tree/model"), Path("/run/device-tree-model"))
AUTO = "auto"

# Board -> what its model in the device tree says, as a pattern; the first that is found counts. The texts are those of
# NVIDIA's developer kits, which most makers of carrier boards keep: "NVIDIA Jetson Orin Nano Engineering Reference
# Developer Kit Super", "NVIDIA Orin NX Developer Kit", "Jetson-AGX" (the AGX Xavier before JetPack 5).
_JETSONS = {
    "orin_nano": r"orin nano",
    "orin_nx": r"orin nx",
    "agx_orin": r"[ai]gx orin",
    "thor": r"thor|jetson t[45]000",
    "xavier_nx": r"xavier nx",
    "agx_xavier": r"agx xavier|jetson agx$",
    "jetson_nano": r"jetson nano",
}
DISCRETE_GPU = "discrete_gpu"  # a PC with an NVIDIA card
BOARDS = (*_JETSONS, DISCRETE_GPU)
CHOICES = ("", AUTO, *BOARDS)


@dataclass(frozen=True)
class Machine:
    """What can be told of a machine without installing anything.

    Attributes:
        model: as the device tree has it, empty on a PC: ``NVIDIA Jetson AGX Orin Developer Kit``.
        gpu: whether CUDA's driver finds a GPU.
    """

    model: str
    gpu: bool

    @classmethod
    def this(cls) -> Machine:
        """The machine that this runs on."""
        return cls(device_tree_model(), count_gpus() > 0)

    @property
    def board(self) -> str:
        """Its name in :data:`BOARDS`; empty for a machine without settings of its own."""
        words = re.sub(r"[^a-z0-9]+", " ", self.model.lower()).strip()
        for name, pattern in _JETSONS.items():
            if re.search(rf"\b(?:{pattern})", words):
                return name
        return DISCRETE_GPU if self.gpu and not self.is_jetson else ""

    @property
    def is_jetson(self) -> bool:
        """Whether it is one of NVIDIA's boards, known or not."""
        return bool(re.search(r"nvidia|jetson|tegra", self.model.lower()))


def device_tree_model(paths: Sequence[Path] = DEVICE_TREE_MODELS) -> str:
    """The machine's model as its device tree tells it; empty where there is none, as on a PC."""
    for path in paths:
        with contextlib.suppress(OSError):
            return path.read_bytes().decode(errors="replace").strip("\0 \n")
    return ""


def count_gpus(library: str = "libcuda.so.1") -> int:
    """GPUs that CUDA's driver lets this process use; 0 without driver, or in a container that was given none."""
    try:
        cuda = ctypes.CDLL(library)
        count = ctypes.c_int(0)
        if cuda.cuInit(0) or cuda.cuDeviceGetCount(ctypes.byref(count)):
            return 0
    except (OSError, AttributeError):  # not there, or something else of that name
        return 0
    return count.value


def parameter_files(
    config: Path, params_file: str | Path, board: str, machine: Machine | None = None
) -> tuple[list[Path], list[str]]:
    """The parameter files of the nodes, each going before those earlier in the list.

    Args:
        config: folder of this package's parameter files.
        params_file: the user's, or our ``pose.yaml``. The user's goes before the board's, which goes before ours.
        board: a name of :data:`BOARDS`, ``auto``, or empty for no board's settings.
        machine: None for this one.

    Returns:
        (files, warnings): the warnings, one sentence each, for whoever starts the nodes.

    Raises:
        ValueError: there is no such board.
    """
    if board not in CHOICES:
        raise ValueError(f"board is {board!r}, must be {AUTO}, {', '.join(BOARDS)}, or empty for none")
    if not board:
        return [Path(params_file)], []
    names, warnings = _settings(board, machine or Machine.this())
    ours = config / "pose.yaml"
    users = [] if Path(params_file).resolve() == ours.resolve() else [Path(params_file)]
    return [ours, *(config / "boards" / f"{name}.yaml" for name in names), *users], warnings


def _settings(board: str, machine: Machine) -> tuple[Sequence[str], list[str]]:
    name = machine.board if board == AUTO else board
    chosen = ["common", name] if name else ["common"]
    if not machine.gpu:
        hint = " (in a container: docker run --runtime nvidia)" if machine.is_jetson else ""
        return [*chosen, "cpu"], [f"CUDA finds no NVIDIA GPU{hint}: the network runs on the CPU"]
    if not name:
        return chosen, [
            f"there are no settings for {machine.model!r}, only those common to all boards are used: name the board "
            f"that comes nearest, {', '.join(BOARDS)}"
        ]
    return chosen, []
