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
    image: str,
    namespace: str,
) -> int:
    """Run the nodes until a signal ends them, or until a source has ended.

    Args:
        cameras: names of the cameras; empty for one on ``image``.
        sources: what to publish as each camera, or empty where there are cameras already.
        rate, loop: of every VideoSourceNode; 0 and False leave it to the parameter files.
        pose_parameters: parameters of PoseNode, {name: value}; they go before those of the files.
        parameter_files: of the nodes, each going before those earlier in the list.
        image: topic of the only camera's images.
        namespace: of all nodes and topics, without slashes at its ends.

    Returns:
        the process's exit code.
    """
    files = ["--ros-args"]
    for file in parameter_files:
        files += ["--params-file", str(file)]
    rename = []
    for twin in ("", "/compressed"):  # goes with the image, as image_transport has it
        rename += ["-r", f"image{twin}:={image}{twin}"]
    if cameras:
        pose_parameters = {**pose_parameters, "cameras": list(cameras)}
    nodes = [_factory(PoseNode, namespace, [*files, *rename], pose_parameters)]
    for camera, source in zip(cameras or [""], sources, strict=False):
        below = "/".join(filter(None, (namespace, camera)))
        parameters = source_parameters(source, rate, loop)
        nodes.append(_factory(VideoSourceNode, below, files if camera else [*files, *rename], parameters))
    return run(*nodes, args=[])


def _factory(
    kind: Callable[..., Node], namespace: str, cli_args: Sequence[str], parameters: Mapping[str, Any]
) -> Callable[[], Node]:
    overrides = [Parameter(name, value=value) for name, value in parameters.items()]
    return partial(kind, namespace=namespace, cli_args=cli_args, parameter_overrides=overrides)
