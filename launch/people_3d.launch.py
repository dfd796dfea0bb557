"""Locate people in space by several calibrated cameras: pose.launch.py and the node that puts its skeletons together.

ros2 launch trt_pose_ros people_3d.launch.py cameras:=left,right extrinsics:=$PWD/cameras.yaml
ros2 launch trt_pose_ros people_3d.launch.py cameras:=left,right world_frame:=map      # tf tells where they stand
ros2 launch trt_pose_ros people_3d.launch.py cameras:=left,right world_frame:=map pose:=false   # skeletons come already
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_sources import PythonLaunchDescriptionSource

from trt_pose_ros.ros.runtime import launch_arguments as read
from trt_pose_ros.ros.runtime.launch_nodes import PACKAGE, ends_with_the_last_of, live_page, node

SHARE = Path(get_package_share_directory(PACKAGE))
POSE = PythonLaunchDescriptionSource(str(SHARE / "launch" / "pose.launch.py"))
ARGUMENTS = {
    "extrinsics": ("", "YAML file of where the cameras stand; empty: what people_params_file says, or tf"),
    "world_frame": ("", "frame of the people; empty: what people_params_file says, or that of the extrinsics"),
    "pose": ("true", "false: the skeletons of the cameras are published already"),
    "people_params_file": (str(SHARE / "config" / "people_3d.yaml"), "parameters of people_3d_node"),
}


def generate_launch_description():
    """Declare the arguments and start the nodes; those of pose.launch.py are arguments here too."""
    return LaunchDescription(
        [
            *(
                DeclareLaunchArgument(name, default_value=default, description=text)
                for name, (default, text) in ARGUMENTS.items()
            ),
            OpaqueFunction(function=_check),
            OpaqueFunction(function=_arguments_of_pose),
            OpaqueFunction(function=_people),
            OpaqueFunction(function=_pose),
        ]
    )


def _check(context):
    """Read the arguments of this file; those of pose.launch.py are read there, before its first node starts."""
    of_pose = [argument.name for argument in POSE.get_launch_description(context).get_launch_arguments()]
    read.check_known(context.argv, {*ARGUMENTS, *of_pose}, [Path(__file__).name])
    value = context.launch_configurations
    read.boolean("pose", value["pose"])
    node_name = read.full_name(value.get("namespace", ""), "people_3d_node")
    read.check_parameter_file("people_params_file", value["people_params_file"], {node_name: _chosen(value)})


def _chosen(value):
    """The parameters of people_3d_node that go before those of its file."""
    chosen = {name: value[name] for name in ("extrinsics", "world_frame") if value[name]}
    cameras = read.listed("cameras", value.get("cameras", ""))
    return chosen | ({"cameras": cameras} if cameras else {})


def _arguments_of_pose(context):
    """The arguments of pose.launch.py, which people_3d_node has in common with its nodes, be these started or not."""
    return list(POSE.get_launch_description(context).get_launch_arguments())


def _pose(context):
    value = context.launch_configurations
    if not read.boolean("pose", value["pose"]):
        return [live_page(value, SHARE / "config")] * read.boolean("web", value["web"])
    # world_frame is people_3d_node's here: each camera's people need not stand on its floor
    return [IncludeLaunchDescription(POSE, launch_arguments=[("world_frame", "")])]


def _people(context):
    value = context.launch_configurations
    settings = _chosen(value)
    sim_time = read.optional_boolean("use_sim_time", value["use_sim_time"])
    if sim_time is not None:
        settings["use_sim_time"] = sim_time
    rectified = value["rectified"]
    read.choice("rectified", rectified, ("", "auto", "always", "never"))
    if rectified in ("always", "never"):
        settings["rectified"] = rectified == "always"
    return [
        node(
            "people_3d_node",
            value["namespace"].strip("/"),
            value["log_level"],
            parameters=[value["people_params_file"], settings],
            on_exit=ends_with_the_last_of(),
        )
    ]
