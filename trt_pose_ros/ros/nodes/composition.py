"""pose_node and the sources of its cameras in one process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from rclpy.node import Node
from rclpy.parameter import Parameter

from ..runtime.launch_arguments import source_parameters
from ..runtime.process import run
from .pose_node import PoseNode
from .video_source_node import VideoSourceNode


def run_composed(
    cameras: Sequence[str],
    sources: Sequence[str],
    rate: float,
    loop: bool,
    pose_parameters: Mapping[str, Any],
    parameter_files: Sequence[str | os.PathLike[str]],
    common_parameters: Mapping[str, Any],
    remappings: Sequence[tuple[str, str]],
    namespace: str,
    log_level: str,
) -> int:
    """Run the nodes until a signal ends them, or until the last source has ended or a node has failed.

    Args:
        cameras: names of the cameras; empty for one without a name.
        sources: what to publish as each camera, or empty where there are cameras already.
        rate, loop: of every VideoSourceNode; 0 and False leave it to the parameter files.
        pose_parameters: parameters of PoseNode, {name: value}; they go before those of the files.
        parameter_files: of the nodes, each going before those earlier in the list.
        common_parameters: parameters of every node, likewise.
        remappings: pairs (from, to) of the only camera's topics.
        namespace: of all nodes and topics, without slashes at its ends.
        log_level: debug, info, warn, error or fatal.

    Returns:
        the process's exit code.
    """
    files = ["--ros-args"]
    for file in parameter_files:
        files += ["--params-file", str(file)]
    rename = [word for old, new in remappings for word in ("-r", f"{old}:={new}")]
    if cameras:
        rename, pose_parameters = [], {**pose_parameters, "cameras": list(cameras)}
    nodes = [_factory(PoseNode, namespace, [*files, *rename], {**pose_parameters, **common_parameters})]
    for camera, source in zip(cameras or [""], sources, strict=False):
        below = "/".join(filter(None, (namespace, camera)))
        parameters = {**source_parameters(source, rate, loop), **common_parameters}
        nodes.append(_factory(VideoSourceNode, below, [*files, *rename], parameters))
    return run(*nodes, args=["trt-pose", "--ros-args", "--log-level", log_level], has_ended=_has_ended)


def _has_ended(nodes: Sequence[Node]) -> bool:
    sources = [node for node in nodes if isinstance(node, VideoSourceNode)]
    if any(node.finished and (node.exit_code or node not in sources) for node in nodes):
        return True
    return bool(sources) and all(node.finished for node in sources)


def _factory(
    kind: Callable[..., Node], namespace: str, cli_args: Sequence[str], parameters: Mapping[str, Any]
) -> Callable[[], Node]:
    overrides = [Parameter(name, value=value) for name, value in parameters.items()]
    return partial(kind, namespace=namespace, cli_args=cli_args, parameter_overrides=overrides)
