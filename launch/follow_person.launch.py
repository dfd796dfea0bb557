"""Make a robot follow one person: pose.launch.py and the node that turns skeletons into velocities.

ros2 launch trt_pose_ros follow_person.launch.py image:=/camera/image_raw
ros2 launch trt_pose_ros follow_person.launch.py source:=0 cmd_vel:=/jetbot/cmd_vel dry_run:=false   # it moves!
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory

from trt_pose_ros.messages.topics import RECTIFIED, camera_remappings, is_rectified
from trt_pose_ros.ros.runtime import launch_arguments as read
from trt_pose_ros.ros.runtime.launch_nodes import PACKAGE, beside_pose, ends_with_the_last_of, node

SHARE = Path(get_package_share_directory(PACKAGE))
ARGUMENTS = {
    "cmd_vel": ("cmd_vel", "topic of the base's velocity"),
    "dry_run": ("", "false: the robot moves; true: commands are only logged; empty: what follow_params_file says"),
    "stamped": ("", "true: geometry_msgs/TwistStamped instead of Twist; empty: what follow_params_file says"),
    "follow_params_file": (str(SHARE / "config" / "follow_person.yaml"), "parameters of follow_person_node"),
}


def generate_launch_description():
    """Declare the arguments and start the nodes; those of pose.launch.py are arguments here too."""
    return beside_pose(Path(__file__).name, ARGUMENTS, _check, _follower)


def _check(value):
    read.choice("rectified", value["rectified"], ("", *RECTIFIED))
    node_name = read.full_name(value["namespace"], "follow_person_node")
    flags = _flags(value, "dry_run", "stamped")  # a misread dry_run would move the robot
    read.check_parameter_file("follow_params_file", value["follow_params_file"], {node_name: flags})


def _flags(value, *names):
    """The parameters of follow_person_node that go before those of its file."""
    flags = {name: read.optional_boolean(name, value[name]) for name in names}
    return {name: flag for name, flag in flags.items() if flag is not None}


def _follower(value):
    cameras = read.listed("cameras", value["cameras"])
    # with several cameras by the first of them
    image = f"{cameras[0]}/image" if cameras else value["image"]
    skeletons = f"{cameras[0]}/skeletons" if cameras else "skeletons"
    settings = _flags(value, "dry_run", "stamped", "use_sim_time")
    rectified = is_rectified(image, value["rectified"] or "auto")
    if rectified or value["rectified"]:
        settings["rectified"] = rectified
    return node(
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
