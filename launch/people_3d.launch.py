"""Locate people in space by several calibrated cameras: pose.launch.py and the node that puts its skeletons together.

ros2 launch trt_pose_ros people_3d.launch.py cameras:=left,right extrinsics:=$PWD/cameras.yaml
ros2 launch trt_pose_ros people_3d.launch.py cameras:=left,right world_frame:=map      # tf tells where they stand
ros2 launch trt_pose_ros people_3d.launch.py cameras:=left,right world_frame:=map pose:=false   # skeletons come already
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory

from trt_pose_ros.messages.topics import RECTIFIED
from trt_pose_ros.ros.runtime import launch_arguments as read
from trt_pose_ros.ros.runtime.launch_nodes import PACKAGE, beside_pose, ends_with_the_last_of, node

SHARE = Path(get_package_share_directory(PACKAGE))
ARGUMENTS = {
    "extrinsics": ("", "YAML file of where the cameras stand; empty: what people_params_file says, or tf"),
    "world_frame": ("", "frame of the people; empty: what people_params_file says, or that of the extrinsics"),
    "pose": ("true", "false: the skeletons of the cameras are published already"),
    "people_params_file": (str(SHARE / "config" / "people_3d.yaml"), "parameters of people_3d_node"),
}


def generate_launch_description():
    """Declare the arguments and start the nodes; those of pose.launch.py are arguments here too."""
    # world_frame is people_3d_node's here: each camera's people need not stand on its floor
    return beside_pose(Path(__file__).name, ARGUMENTS, _check, _people, given_to_pose={"world_frame": ""})


def _check(value):
    read.boolean("pose", value["pose"])
    read.choice("rectified", value["rectified"], ("", *RECTIFIED))
    node_name = read.full_name(value["namespace"], "people_3d_node")
    read.check_parameter_file("people_params_file", value["people_params_file"], {node_name: _chosen(value)})


def _chosen(value):
    """The parameters of people_3d_node that go before those of its file."""
    chosen = {name: value[name] for name in ("extrinsics", "world_frame") if value[name]}
    cameras = read.listed("cameras", value["cameras"])
    return chosen | ({"cameras": cameras} if cameras else {})


def _people(value):
    settings = _chosen(value)
    sim_time = read.optional_boolean("use_sim_time", value["use_sim_time"])
    if sim_time is not None:
        settings["use_sim_time"] = sim_time
    if value["rectified"] in ("always", "never"):
        settings["rectified"] = value["rectified"] == "always"
    return node(
        "people_3d_node",
        value["namespace"].strip("/"),
        value["log_level"],
        parameters=[value["people_params_file"], settings],
        on_exit=ends_with_the_last_of(),
    )
