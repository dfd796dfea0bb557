"""The environment that nodes need where ROS comes from wheels instead of a sourced installation."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..share import share_directory

_PROFILE_VARIABLES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")  # up to Jazzy, from Kilted on
_COLCON = (
    "put trt_pose_ros into a workspace of a ROS 2 installation, build it with colcon and source install/setup.bash"
)


def require(*packages: str) -> None:
    """Raise ImportError unless rclpy, our messages and the given packages are there.

    The error says what is missing, and the one command that brings all of it.

    Args:
        packages: names on PyPI of what else is missing.
    """
    ros, messages = find_spec("rclpy") is not None, find_spec("trt_pose_ros.msg") is not None
    missing = [*(["ROS 2"] if not ros else []), *(["the messages of trt_pose_ros"] if not messages else []), *packages]
    if missing:
        raise ImportError(f"{' and '.join(missing)} not installed; {_remedy(ros, messages, packages)}")


def _remedy(ros: bool, messages: bool, packages: tuple[str, ...]) -> str:
    pip = [sys.executable, "-m", "pip", "install"]
    if ros and messages:
        return f"install with: {shlex.join([*pip, *packages])}"
    from_wheels = not ros or Path(sys.prefix) in Path(getattr(find_spec("rclpy"), "origin", "") or "/").parents
    fitting = platform.system() == "Linux" and platform.machine() == "x86_64" and (3, 10) <= sys.version_info < (3, 14)
    if not from_wheels or not fitting:
        return f"ROS 2 is on PyPI for Linux on x86-64 and Python 3.10 to 3.13 only, so here: {_COLCON}"
    source, editable = _source()
    if source is None:
        return "run `make demo` in a checkout of trt_pose_ros: it makes an environment that has all of it"
    # ROS first: our messages are made with it while this package is installed
    first = [*pip, *packages, *(["-r", str(source / "requirements" / "ros.txt")] if not ros else [])]
    second = [*pip, "--force-reinstall", "--no-deps", *(["--editable"] if editable else []), str(source)]
    return f"install with: {shlex.join(first) + ' && ' if first != pip else ''}{shlex.join(second)}"


def _source() -> tuple[Path | None, bool]:
    """The folder that this package was installed from, if it is still there, and whether it is used from there."""
    try:
        origin = json.loads(distribution("trt_pose_ros").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        origin = {}
    url = urlsplit(origin.get("url", ""))
    folders = [Path(unquote(url.path))] if url.scheme == "file" else []
    for folder in [*folders, Path(__file__).parents[2]]:
        if (folder / "setup.py").is_file() and (folder / "requirements" / "ros.txt").is_file():
            return folder, folder in Path(__file__).parents
    return None, False


def set_up() -> None:
    """Complete this process's environment (and so its children's); what the user set stays."""
    require()
    os.environ.setdefault("AMENT_PREFIX_PATH", sys.prefix)
    profile = share_directory() / "config" / "fastdds.xml"
    for variable in _PROFILE_VARIABLES:
        os.environ.setdefault(variable, str(profile))
