"""Tell what people do: pose.launch.py and the node that watches its skeletons for events.

ros2 launch trt_pose_ros events.launch.py image:=/camera/image_raw rules:=raised_hand,fallen
ros2 launch trt_pose_ros events.launch.py cameras:=front,rear rules:=feet_on_seat zones:=$PWD/cabin.yaml
ros2 launch trt_pose_ros events.launch.py rules:=$PWD/my_rules.yaml pose:=false      # skeletons come already
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory

from trt_pose_ros.ros.runtime import launch_arguments as read
from trt_pose_ros.ros.runtime.launch_nodes import PACKAGE, beside_pose, ends_with_the_last_of, node

SHARE = Path(get_package_share_directory(PACKAGE))
ARGUMENTS = {
    "rules": ("", "names of shipped rules or files of rules, comma between; empty: what events_params_file says"),
    "zones": ("", "YAML file of zones; empty: what events_params_file says"),
    "pose": ("true", "false: the skeletons are published already"),
    "events_params_file": (str(SHARE / "config" / "events.yaml"), "parameters of events_node"),
}


def generate_launch_description():
    """Declare the arguments and start the nodes; those of pose.launch.py are arguments here too."""
    return beside_pose(Path(__file__).name, ARGUMENTS, _check, _events)


def _check(value):
    read.boolean("pose", value["pose"])
    node_name = read.full_name(value["namespace"], "events_node")
    read.check_parameter_file("events_params_file", value["events_params_file"], {node_name: _chosen(value)})


def _chosen(value):
    """The parameters of events_node that go before those of its file."""
    chosen = {name: read.listed(name, value[name]) for name in ("cameras", "rules")}
    chosen["zones"] = value["zones"]
    return {name: given for name, given in chosen.items() if given}


def _events(value):
    settings = _chosen(value)
    sim_time = read.optional_boolean("use_sim_time", value["use_sim_time"])
    if sim_time is not None:
        settings["use_sim_time"] = sim_time
    return node(
        "events_node",
        value["namespace"].strip("/"),
        value["log_level"],
        parameters=[value["events_params_file"], settings],
        on_exit=ends_with_the_last_of(),
    )
