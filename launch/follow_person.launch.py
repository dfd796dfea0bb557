"""Make a robot follow one person: pose.launch.py and the node that turns skeletons into velocities.

ros2 launch trt_pose_ros follow_person.launch.py image:=/camera/image_raw
ros2 launch trt_pose_ros follow_person.launch.py source:=0 cmd_vel:=/jetbot/cmd_vel dry_run:=false   # it moves!
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_sources import PythonLaunchDescriptionSource

from trt_pose_ros.messages.topics import camera_remappings, is_rectified
from trt_pose_ros.ros.runtime import launch_arguments as read
from trt_pose_ros.ros.runtime.launch_nodes import PACKAGE, ends_with_the_last_of, node

SHARE = Path(get_package_share_directory(PACKAGE))
POSE = PythonLaunchDescriptionSource(str(SHARE / "launch" / "pose.launch.py"))
ARGUMENTS = {
    "namespace": ("", "namespace of the nodes and their topics"),
    "cmd_vel": ("cmd_vel", "topic of the base's velocity"),
    "dry_run": ("", "false: the robot moves; true: commands are only logged; empty: what follow_params_file says"),
    "stamped": ("", "true: geometry_msgs/TwistStamped instead of Twist; empty: what follow_params_file says"),
    "follow_params_file": (str(SHARE / "config" / "follow_person.yaml"), "parameters of follow_person_node"),
}


def generate_launch_description():
    """Declare the arguments and start the nodes; those of pose.launch.py are arguments here too."""
    return LaunchDescription(
        [
            *(
                DeclareLaunchArgument(name, default_value=default, description=text)
                for name, (default, text) in ARGUMENTS.items()
            ),
            # before anything starts: a misread dry_run would move the robot
            OpaqueFunction(function=_check),
            IncludeLaunchDescription(POSE),
            OpaqueFunction(function=_follower),
        ]
    )


def _check(context):
    """Read the arguments of this file; those of pose.launch.py are read there, before its first node starts."""
    of_pose = [argument.name for argument in POSE.get_launch_description(context).get_launch_arguments()]
    read.check_known(context.argv, {*ARGUMENTS, *of_pose}, [Path(__file__).name])
    value, flags = context.launch_configurations, _flags(context, "dry_run", "stamped")
    node_name = read.full_name(value["namespace"], "follow_person_node")
    read.check_parameter_file("follow_params_file", value["follow_params_file"], {node_name: flags})


def _flags(context, *names):
    """The parameters of follow_person_node that go before those of its file."""
    flags = {name: read.optional_boolean(name, context.launch_configurations[name]) for name in names}
    return {name: flag for name, flag in flags.items() if flag is not None}


def _follower(context):
    value = context.launch_configurations
    cameras = read.listed("cameras", value["cameras"])
    # with several cameras by the first of them
    image = f"{cameras[0]}/image" if cameras else value["image"]
    skeletons = f"{cameras[0]}/skeletons" if cameras else "skeletons"
    settings = _flags(context, "dry_run", "stamped", "use_sim_time")
    rectified = is_rectified(image, value["rectified"] or "auto")
    if rectified or value["rectified"]:
        settings["rectified"] = rectified
    return [
        node(
            "follow_person_node",
            value["namespace"].strip("/"),
            value["log_level"],
            parameters=[value["follow_params_file"], settings],
            remappings=[
                ("cmd_vel", value["cmd_vel"]),
                ("skeletons", skeletons),
                *camera_remappings(image, value["camera_info"]),
            ],
            on_exit=ends_with_the_last_of(),
        )
    ]
