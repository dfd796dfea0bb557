"""Our nodes as actions of `ros2 launch`, for the launch files; needs the package launch_ros."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ament_index_python.packages import PackageNotFoundError, get_package_prefix, get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction, Shutdown
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch_ros.actions import Node

from ...boards import parameter_files
from ...messages.topics import camera_remappings
from . import launch_arguments as read

PACKAGE = "trt_pose_ros"


def declared(arguments: Mapping[str, tuple[str, str]]) -> list[DeclareLaunchArgument]:
    """The arguments of a launch file, {name: (default, description)}."""
    return [
        DeclareLaunchArgument(name, default_value=default, description=text)
        for name, (default, text) in arguments.items()
    ]


def beside_pose(
    launch_file: str,
    arguments: Mapping[str, tuple[str, str]],
    check: Callable[[Mapping[str, str]], None],
    start: Callable[[Mapping[str, str]], Node],
    given_to_pose: Mapping[str, str] | None = None,
) -> LaunchDescription:
    """What a launch file starts that adds one node to those of pose.launch.py, whose arguments are arguments there too.

    With ``pose:=false``, where that is among its arguments, the node is started without those, but for the live page.

    Args:
        launch_file: its file name.
        arguments: its own arguments, as of :func:`declared`.
        check: raises ValueError unless their values, {name: text}, can be used; called before anything starts.
        start: makes the node of the values.
        given_to_pose: arguments that pose.launch.py gets instead of what the user gives.
    """
    share = Path(get_package_share_directory(PACKAGE))
    pose = PythonLaunchDescriptionSource(str(share / "launch" / "pose.launch.py"))
    of_pose = {a.name: a for a in pose.get_launch_description(LaunchContext()).get_launch_arguments()}

    given: dict[str, str] = {}

    def check_all(context: LaunchContext) -> None:
        value = context.launch_configurations
        read.check_known(context.argv, {*arguments, *of_pose}, [launch_file])
        read.choice("log_level", value["log_level"], read.LOG_LEVELS)
        check(value)
        given.update(value)

    def include(context: LaunchContext) -> list[IncludeLaunchDescription | Node]:
        value = context.launch_configurations
        if read.boolean("pose", value.get("pose", "true")):
            return [IncludeLaunchDescription(pose, launch_arguments=[*(given_to_pose or {}).items()])]
        return [live_page(value, share / "config")] if read.boolean("web", value["web"]) else []

    return LaunchDescription(
        [
            *declared(arguments),
            *(argument for name, argument in of_pose.items() if name not in arguments),
            OpaqueFunction(function=check_all),
            OpaqueFunction(function=include),
            # after pose.launch.py has read its arguments: a process that is started already would outlive its refusal
            OpaqueFunction(function=lambda _: [start(given)]),
        ]
    )


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
    sim_time = read.optional_boolean("use_sim_time", value["use_sim_time"])
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
