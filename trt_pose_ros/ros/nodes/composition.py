"""pose_node and the sources of its cameras in one process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from rclpy.node import Node
from rclpy.parameter import Parameter

from ..runtime.process import run
from .pose_node import PoseNode
from .video_source_node import VideoSourceNode


def run_composed(
    cameras: Sequence[str],
    sources: Sequence[str],
    source_parameters: Mapping[str, Any],
    pose_parameters: Mapping[str, Any],
    params_file: str | os.PathLike[str],
    remappings: Sequence[tuple[str, str]],
    namespace: str,
    log_level: str,
) -> int:
    """Run the nodes until a signal ends them, or until the last source has ended or a node has failed.

    Args:
        cameras: names of the cameras; empty for one without a name.
        sources: what to publish as each camera, or empty where there are cameras already.
        source_parameters: parameters of every VideoSourceNode besides its source, {name: value}.
        pose_parameters: parameters of PoseNode, {name: value}; they go before those of ``params_file``.
        params_file: parameters of PoseNode.
        remappings: pairs (from, to) of the only camera's topics.
        namespace: of all nodes and topics, without slashes at its ends.
        log_level: debug, info, warn, error or fatal.

    Returns:
        the process's exit code.
    """
    rename = ["--ros-args"]
    for old, new in remappings:
        rename += ["-r", f"{old}:={new}"]
    if cameras:
        pose_parameters = {**pose_parameters, "cameras": list(cameras)}
    nodes = [
        _factory(
            PoseNode,
            namespace,
            [*(["--ros-args"] if cameras else rename), "--params-file", str(params_file)],
            pose_parameters,
        )
    ]
    for camera, source in zip(cameras or [""], sources, strict=False):
        below = "/".join(filter(None, (namespace, camera)))
        parameters = {"source": source, **source_parameters}
        nodes.append(_factory(VideoSourceNode, below, None if camera else rename, parameters))
    return run(*nodes, args=["trt-pose", "--ros-args", "--log-level", log_level], has_ended=_has_ended)


def _has_ended(nodes: Sequence[Node]) -> bool:
    ended = [node for node in nodes if node.finished]
    sources = [node for node in nodes if isinstance(node, VideoSourceNode)]
    return any(not isinstance(node, VideoSourceNode) or node.exit_code for node in ended) or (
        bool(sources) and all(node.finished for node in sources)
    )


def _factory(
    kind: Callable[..., Node], namespace: str, cli_args: Sequence[str] | None, parameters: Mapping[str, Any]
) -> Callable[[], Node]:
    overrides = [Parameter(name, value=value) for name, value in parameters.items()]
    return partial(kind, namespace=namespace, cli_args=cli_args, parameter_overrides=overrides)
