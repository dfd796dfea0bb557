"""Nodes of ours as processes: the command line that starts one, and its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any

_GRACE = 10.0  # seconds that a node gets to end


def node_command(
    module: str,
    *,
    namespace: str = "",
    parameters: Mapping[str, Any] | None = None,
    remappings: Iterable[str] = (),
    files: Iterable[str | os.PathLike[str]] = (),
) -> list[str]:
    """The command line of a module that runs a node, such as ``trt_pose_ros.ros.nodes.pose_node``.

    Args:
        module: its full name.
        namespace: of the node and its topics.
        parameters: {name: value}; they go before those of the files.
        remappings: rules FROM:=TO.
        files: parameter files, each going before those earlier in the list.
    """
    line = [sys.executable, "-m", module, "--ros-args"]
    for rule in [f"__ns:={namespace}"] * bool(namespace) + list(remappings):
        line += ["-r", rule]
    for file in files:
        line += ["--params-file", os.fspath(file)]
    for name, value in (parameters or {}).items():
        line += ["-p", f"{name}:={json.dumps(value)}"]  # JSON is YAML, which ROS expects
    return line


def stop(process: subprocess.Popen[bytes]) -> int:
    """End a node's process and return its exit code."""
    process.terminate()
    try:
        return process.wait(timeout=_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
