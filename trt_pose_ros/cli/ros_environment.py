"""The environment that nodes need where ROS comes from wheels instead of a sourced installation."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

_PROFILE_VARIABLES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")  # up to Jazzy, from Kilted on


def require_ros():
    """Raise ImportError, with what to do, unless rclpy and our messages can be imported."""
    if not find_spec("rclpy"):
        raise ImportError("ROS 2 is not installed: pip install 'trt_pose_ros[ros]', or source a ROS 2 installation")
    if not find_spec("trt_pose_ros.msg"):
        raise ImportError(
            "trt_pose_ros was installed without its messages, because ROS 2 was not there yet: "
            "install ROS 2 first, then trt_pose_ros again (pip install --force-reinstall --no-deps)"
        )


def share_directory():
    """Where launch, config and rviz files lie: the installed share folder, or the tree of an editable install."""
    installed = [Path(p) / "share" / "trt_pose_ros" for p in os.environ.get("AMENT_PREFIX_PATH", "").split(":") if p]
    for folder in [*installed, Path(sys.prefix) / "share" / "trt_pose_ros", Path(__file__).parents[2]]:
        if (folder / "config" / "pose.yaml").is_file():
            return folder
    raise FileNotFoundError("config/pose.yaml of trt_pose_ros is not installed: install the package again")


def set_up():
    """Complete this process's environment (and so its children's); what the user set stays."""
    require_ros()
    os.environ.setdefault("AMENT_PREFIX_PATH", sys.prefix)
    profile = share_directory() / "config" / "fastdds.xml"
    for variable in _PROFILE_VARIABLES:
        os.environ.setdefault(variable, str(profile))
