"""The parameters of pose_node for work without a node: of a parameter file, or their defaults."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ...options import Options
from ...settings import FixedSettings, LiveSettings
from ...tracking import SmootherOptions, TrackerOptions

_NODE = "pose_node"
_GROUPS: dict[str, type[Options]] = {"tracking": TrackerOptions, "smoothing": SmootherOptions}
_OF_THE_MODEL = ("decoder", "person", "top_down")  # whose options its pipeline knows
_OF_A_NODE = ("diagnostics.", "hands.", "use_sim_time", "qos_overrides.")  # that have no meaning here


@dataclass(frozen=True)
class PoseSettings:
    """All settings of the work on images; without a file the node's defaults.

    Attributes:
        fixed, live: as of the node.
        networks: options of the model's networks instead of the model's own: group, name and value.
    """

    fixed: FixedSettings = FixedSettings()
    live: LiveSettings = LiveSettings()
    tracker: TrackerOptions = TrackerOptions()
    smoother: SmootherOptions = SmootherOptions()
    networks: tuple[tuple[str, str, Any], ...] = ()

    @property
    def tracking(self) -> TrackerOptions | None:
        """None where people get no identities."""
        return self.tracker if self.live.track else None

    @property
    def smoothing(self) -> SmootherOptions | None:
        """None where keypoints are not smoothed."""
        return self.smoother if self.live.smooth else None


def read_parameters(path: str | os.PathLike[str]) -> PoseSettings:
    """The settings of a parameter file as `ros2 run ... --params-file` takes it.

    Raises:
        ImportError: PyYAML is not installed.
        OSError: the file can't be read.
        ValueError: it is no such file, or a parameter is unknown or wrong; the message names it.
    """
    try:
        import yaml
    except ImportError as error:
        raise ImportError(f"--params needs PyYAML: pip install 'trt_pose_ros[replay]' ({error})") from error
    try:
        content = yaml.safe_load(Path(path).expanduser().read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    try:
        return _settings(dict(_parameters(content)))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _parameters(content: Any) -> Iterator[tuple[str, Any]]:
    """(full name, value) of what a parameter file gives to pose_node."""
    if not isinstance(content, dict):
        raise ValueError("no parameter file: `pose_node:` and below it `ros__parameters:` are expected")
    for node, given in content.items():
        if str(node).strip("/").rpartition("/")[2] not in (_NODE, "**", "*"):
            continue
        if not isinstance(given, dict) or not isinstance(given.get("ros__parameters"), dict):
            raise ValueError(f"{node} has no ros__parameters")
        yield from _flat(given["ros__parameters"])


def _flat(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            if isinstance(value, list):
                value = () if value == [""] else tuple(value)  # ROS 2 has no empty list of texts
            yield f"{prefix}{name}", value


def _settings(given: dict[str, Any]) -> PoseSettings:
    kinds: dict[str, type[Options]] = {f.name: kind for kind in (FixedSettings, LiveSettings) for f in fields(kind)}
    kinds |= {f"{group}.{f.name}": kind for group, kind in _GROUPS.items() for f in fields(kind)}  # type: ignore[arg-type]
    values: dict[type[Options], dict[str, Any]] = {kind: {} for kind in kinds.values()}
    networks = []
    for name, value in given.items():
        group, _, option = name.partition(".")
        if option and group in _OF_THE_MODEL:
            networks.append((group, option, value))
        elif name in kinds:
            values[kinds[name]][name.rpartition(".")[2]] = value
        elif not name.startswith(_OF_A_NODE):
            close = difflib.get_close_matches(name, kinds, n=1)
            raise ValueError(f"unknown parameter {name!r}{f', did you mean {close[0]!r}?' if close else ''}")
    return PoseSettings(
        FixedSettings.of(**values[FixedSettings]),
        LiveSettings.of(**values[LiveSettings]),
        TrackerOptions.of(**values[TrackerOptions]),
        SmootherOptions.of(**values[SmootherOptions]),
        tuple(sorted(networks)),
    )
