import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from trt_pose_ros.cli import ros_environment
from trt_pose_ros.cli.ros_environment import require

ROOT = Path(__file__).parents[2]
PIP = [sys.executable, "-m", "pip", "install"]


@pytest.fixture
def installed(monkeypatch):
    """A function that says which of rclpy and our messages are there."""

    def install(ros, messages, origin=f"{sys.prefix}/lib/rclpy/__init__.py"):
        there = {"rclpy": ros, "trt_pose_ros.msg": messages}
        spec = SimpleNamespace(origin=origin)
        monkeypatch.setattr(ros_environment, "find_spec", lambda name: spec if there[name] else None)
        monkeypatch.setattr(ros_environment.platform, "system", lambda: "Linux")
        monkeypatch.setattr(ros_environment.platform, "machine", lambda: "x86_64")
        monkeypatch.setattr(ros_environment, "_source", lambda: (ROOT, False))

    return install


def advice(*packages):
    with pytest.raises(ImportError) as caught:
        require(*packages)
    missing, _, command = str(caught.value).partition("; install with: ")
    return missing, [shlex.split(part) for part in command.split(" && ")]


def test_nothing_is_missing(installed):
    installed(ros=True, messages=True)
    require()


def test_all_that_is_missing_is_one_command(installed):
    installed(ros=False, messages=False)
    missing, commands = advice("openvino", "scikit-image")
    assert missing == "ROS 2 and the messages of trt_pose_ros and openvino and scikit-image not installed"
    assert commands == [
        [*PIP, "openvino", "scikit-image", "-r", str(ROOT / "requirements" / "ros.txt")],
        [*PIP, "--force-reinstall", "--no-deps", str(ROOT)],
    ]


def test_messages_alone_are_made_by_installing_again(installed):
    installed(ros=True, messages=False)
    assert advice()[1] == [[*PIP, "--force-reinstall", "--no-deps", str(ROOT)]]


def test_photographs_alone_are_a_package(installed):
    installed(ros=True, messages=True)
    assert advice("matplotlib")[1] == [[*PIP, "matplotlib"]]


def test_a_ros_installation_builds_with_colcon(installed):
    installed(ros=True, messages=False, origin="/opt/ros/jazzy/lib/python3.12/site-packages/rclpy/__init__.py")
    with pytest.raises(ImportError, match="colcon"):
        require()


def test_where_wheels_do_not_exist(installed, monkeypatch):
    installed(ros=False, messages=False)
    monkeypatch.setattr(ros_environment.platform, "machine", lambda: "aarch64")
    with pytest.raises(ImportError, match=r"x86-64 and Python 3\.10 to 3\.13 only"):
        require()


def test_without_the_source_there_is_make(installed, monkeypatch):
    installed(ros=False, messages=False)
    monkeypatch.setattr(ros_environment, "_source", lambda: (None, False))
    with pytest.raises(ImportError, match="make demo"):
        require()
