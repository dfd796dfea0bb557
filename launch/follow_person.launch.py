"""Make a robot follow one person: pose.launch.py and the node that turns skeletons into velocities.

ros2 launch trt_pose_ros follow_person.launch.py image:=/camera/image_raw camera_info:=/camera/camera_info
ros2 launch trt_pose_ros follow_person.launch.py source:=0 cmd_vel:=/jetbot/cmd_vel dry_run:=false   # it moves!
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch_ros.actions import Node

from trt_pose_ros.ros.runtime.launch_arguments import optional_boolean

SHARE = Path(get_package_share_directory("trt_pose_ros"))
ARGUMENTS = {
    "namespace": ("", "namespace of the nodes and their topics"),
    "cmd_vel": ("cmd_vel", "topic of the base's velocity"),
    "camera_info": ("camera_info", "topic of the camera's calibration"),
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
            IncludeLaunchDescription(PythonLaunchDescriptionSource(str(SHARE / "launch" / "pose.launch.py"))),
            OpaqueFunction(function=_follower),
        ]
    )


def _check(context):
    _flags(context)


def _flags(context):
    flags = {name: optional_boolean(name, context.launch_configurations[name]) for name in ("dry_run", "stamped")}
    return {name: flag for name, flag in flags.items() if flag is not None}


def _follower(context):
    value = {name: context.launch_configurations[name] for name in ARGUMENTS}
    return [
        Node(
            package="trt_pose_ros",
            executable="follow_person_node",
            name="follow_person_node",
            namespace=value["namespace"],
            output="screen",
            parameters=[value["follow_params_file"], _flags(context)],
            remappings=[("cmd_vel", value["cmd_vel"]), ("camera_info", value["camera_info"])],
        )
    ]
