"""Our nodes as actions of `ros2 launch`, for the launch files; needs the package launch_ros."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ament_index_python.packages import PackageNotFoundError, get_package_prefix
from launch.actions import Shutdown
from launch_ros.actions import Node

from ...boards import parameter_files
from ...messages.topics import camera_remappings
from .launch_arguments import optional_boolean

PACKAGE = "trt_pose_ros"


def node(executable: str, namespace: str, log_level: str, parameters: Sequence[Any], **kwargs: Any) -> Node:
    """One of our nodes, named like its program; the arguments are those of launch_ros's Node."""
    return Node(
        package=PACKAGE,
        executable=executable,
        name=executable,
        namespace=namespace,
        output="screen",
        parameters=[*parameters],
        ros_arguments=["--log-level", log_level],
        **kwargs,
    )


def live_page(value: Mapping[str, str], config: Path) -> Node:
    """web_node, whose end ends nothing else.

    Args:
        value: texts of the arguments of pose.launch.py.
        config: folder of the boards' parameter files.
    """
    files, _ = parameter_files(config, value["params_file"], value["board"])
    sim_time = optional_boolean("use_sim_time", value["use_sim_time"])
    one_camera = camera_remappings(value["image"], value["camera_info"], value["depth"])
    return node(
        "web_node",
        value["namespace"].strip("/"),
        value["log_level"],
        parameters=[*files, {} if sim_time is None else {"use_sim_time": sim_time}],
        remappings=[] if value["cameras"] else one_camera,
    )


def ends_with_the_last_of(count: int = 1) -> Callable[[Any, Any], list[Shutdown] | None]:
    """An ``on_exit`` for ``count`` processes: the launch ends with the last of them, or with the first that fails.

    Where one fails, `ros2 launch` returns 1: an exception in ``on_exit`` is the one way to make it do so.
    """
    left = [count]

    def ended(event: Any, context: Any) -> list[Shutdown] | None:
        left[0] -= 1
        if context.is_shutdown:
            return None
        if event.returncode != 0:
            raise RuntimeError(f"{event.process_name} ended with {event.returncode}, its message is above")
        return None if left[0] else [Shutdown(reason=f"{event.process_name} has ended")]

    return ended


def require(package: str, argument: str) -> None:
    """ValueError unless a package is installed that ``argument``, as it was written, needs."""
    try:
        get_package_prefix(package)
    except PackageNotFoundError:
        ways = f"apt install ros-$ROS_DISTRO-{package}, or leave the argument out"
        raise ValueError(f"{argument} needs the package {package}, which is not installed: {ways}") from None
