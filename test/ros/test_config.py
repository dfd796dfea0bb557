from dataclasses import fields
from pathlib import Path

import pytest
import yaml

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from trt_pose_ros.ros.nodes import events_node, people_3d_node
from trt_pose_ros.ros.runtime.settings import FixedSettings, LiveSettings
from trt_pose_ros.spatial.views import InstantOptions, ViewsOptions
from trt_pose_ros.tracking import SmootherOptions

CONFIG = Path(__file__).parents[2] / "config" / "pose.yaml"
PEOPLE_3D = CONFIG.with_name("people_3d.yaml")
EVENTS = CONFIG.with_name("events.yaml")


def test_the_parameter_file_holds_every_setting_with_its_default():
    (given,) = (node["ros__parameters"] for node in yaml.safe_load(CONFIG.read_text()).values())
    defaults = {f.name: f.default for kind in (FixedSettings, LiveSettings) for f in fields(kind)}
    assert given == defaults | {"cameras": [""]}  # ROS 2 has no empty list of strings


def test_that_of_people_3d_node_as_well():
    (given,) = (node["ros__parameters"] for node in yaml.safe_load(PEOPLE_3D.read_text()).values())
    parts = {"": (people_3d_node.FixedSettings, people_3d_node.LiveSettings, InstantOptions)}
    parts |= {"views.": (ViewsOptions,), "smoothing.": (SmootherOptions,)}
    defaults = {f"{p}{f.name}": f.default for p, kinds in parts.items() for kind in kinds for f in fields(kind)}
    assert given == defaults | {"cameras": [""]}


def test_that_of_events_node_as_well():
    (given,) = (node["ros__parameters"] for node in yaml.safe_load(EVENTS.read_text()).values())
    kinds = (events_node.FixedSettings, events_node.LiveSettings)
    defaults = {f.name: f.default for kind in kinds for f in fields(kind)}
    assert given == defaults | {"cameras": [""], "rules": list(defaults["rules"])}
