from dataclasses import fields
from pathlib import Path

import pytest
import yaml

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from trt_pose_ros.ros.runtime.settings import FixedSettings, LiveSettings

CONFIG = Path(__file__).parents[2] / "config" / "pose.yaml"


def test_the_parameter_file_holds_every_setting_with_its_default():
    (given,) = (node["ros__parameters"] for node in yaml.safe_load(CONFIG.read_text()).values())
    defaults = {f.name: f.default for kind in (FixedSettings, LiveSettings) for f in fields(kind)}
    assert given == defaults | {"cameras": [""]}  # ROS 2 has no empty list of strings
