"""The launch files of the boards, all of them: pose.launch.py with ``board:=`` set."""

from __future__ import annotations

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource


def for_board(name: str) -> LaunchDescription:
    """What launch/boards/NAME.launch.py starts; the other arguments of pose.launch.py are arguments here too."""
    pose = Path(get_package_share_directory("trt_pose_ros")) / "launch" / "pose.launch.py"
    included = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(str(pose)), launch_arguments={"board": name}.items()
    )
    return LaunchDescription([included])
