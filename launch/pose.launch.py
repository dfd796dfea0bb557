"""Find people in the images of a camera, or of a picture, video or webcam that is published as one.

ros2 launch trt_pose_ros pose.launch.py                                 # a camera driver publishes on /image
ros2 launch trt_pose_ros pose.launch.py image:=/camera/image_raw        # ... or elsewhere
ros2 launch trt_pose_ros pose.launch.py source:=0 rviz:=true            # the first webcam, seen in RViz
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.substitutions import EnvironmentVariable
from launch_ros.actions import Node

SHARE = Path(get_package_share_directory("trt_pose_ros"))
PROFILE_NAMES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")  # up to Jazzy, from Kilted on
ARGUMENTS = {
    "source": ("", "picture, folder, video or number of a webcam to publish as the camera; empty: there is a camera"),
    "rate": ("0.0", "frames a second of the source; 0: its own"),
    "loop": ("false", "play the source again and again"),
    "image": ("image", "topic of the camera's images"),
    "model": ("", "model file; empty: what params_file says"),
    "params_file": (str(SHARE / "config" / "pose.yaml"), "parameters of pose_node"),
    "namespace": ("", "namespace of the nodes and their topics"),
    "rviz": ("false", "open RViz"),
}


def generate_launch_description():
    """Declare the arguments and start the nodes."""
    profile = str(SHARE / "config" / "fastdds.xml")
    return LaunchDescription(
        [
            *(
                DeclareLaunchArgument(name, default_value=default, description=text)
                for name, (default, text) in ARGUMENTS.items()
            ),
            # without one Fast DDS loses images between processes; a profile of the user's own stays
            *(SetEnvironmentVariable(name, EnvironmentVariable(name, default_value=profile)) for name in PROFILE_NAMES),
            OpaqueFunction(function=_nodes),
        ]
    )


def _nodes(context):
    value = {name: context.launch_configurations[name] for name in ARGUMENTS}
    # the compressed twin goes with the image, as image_transport has it
    remappings = [(f"image{twin}", f"{value['image']}{twin}") for twin in ("", "/compressed")]
    common = {"namespace": value["namespace"], "output": "screen", "remappings": remappings}
    model = {"model": value["model"]} if value["model"] else {}
    nodes = [
        Node(
            package="trt_pose_ros",
            executable="pose_node",
            name="pose_node",
            parameters=[value["params_file"], model],
            **common,
        )
    ]
    if value["source"]:
        settings = {"source": value["source"], "rate": float(value["rate"]), "loop": _true(value["loop"])}
        nodes.append(
            Node(
                package="trt_pose_ros",
                executable="video_source_node",
                name="video_source_node",
                parameters=[settings],
                **common,
            )
        )
    if _true(value["rviz"]):
        config = str(SHARE / "rviz" / "pose.rviz")
        nodes.append(
            Node(
                package="rviz2",
                executable="rviz2",
                name="rviz2",
                namespace=value["namespace"],
                arguments=["-d", config],
            )
        )
    return nodes


def _true(text):
    return text.lower() in ("true", "1", "yes", "on")
