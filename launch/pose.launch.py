"""Find people in the images of one or several cameras, or of pictures, videos or webcams that are published as such.

ros2 launch trt_pose_ros pose.launch.py                                 # a camera driver publishes on /image
ros2 launch trt_pose_ros pose.launch.py image:=/camera/image_raw        # ... or elsewhere
ros2 launch trt_pose_ros pose.launch.py source:=0 rviz:=true            # the first webcam, seen in RViz
ros2 launch trt_pose_ros pose.launch.py cameras:=front,left,right       # on /front/image, /left/image, /right/image
ros2 launch trt_pose_ros pose.launch.py board:=auto source:=camera      # settings and camera of the board it runs on
"""

from pathlib import Path

from ament_index_python.packages import get_package_prefix, get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction, SetEnvironmentVariable
from launch.logging import get_logger
from launch.substitutions import EnvironmentVariable
from launch_ros.actions import Node

from trt_pose_ros.boards import AUTO, BOARDS, parameter_files
from trt_pose_ros.ros.runtime.launch_arguments import CAMERA, boolean, source_parameters

SHARE = Path(get_package_share_directory("trt_pose_ros"))
PROFILE_NAMES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")  # up to Jazzy, from Kilted on
ARGUMENTS = {
    "cameras": ("", "names of several cameras, comma between, each a namespace of its topics; empty: one, without"),
    "source": (
        "",
        "what to publish as the camera (picture, folder, video or number of a webcam), one for each, comma "
        f"between; {CAMERA}: what the parameter files say; empty: there is a camera",
    ),
    "board": ("", f"settings of a board: {', '.join(BOARDS)}; {AUTO}: of the one that this is; empty: of none"),
    "rate": ("0.0", "frames a second of the sources; 0: their own"),
    "loop": ("false", "play the sources again and again"),
    "image": ("image", "topic of the only camera's images"),
    "composed": ("false", "run all nodes in one process"),
    "model": ("", "model file; empty: what params_file says"),
    "params_file": (str(SHARE / "config" / "pose.yaml"), "parameters of pose_node; they go before the board's"),
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
    cameras, sources = (value[name].split(",") if value[name] else [] for name in ("cameras", "source"))
    if len(sources) not in (0, len(cameras) or 1):
        raise ValueError(f"source:= names {len(sources)} sources for {len(cameras) or 1} cameras: name one for each")
    flags = {name: boolean(name, value[name]) for name in ("composed", "loop", "rviz")}
    if flags["composed"]:
        actions = [_one_process(value, cameras, sources)]
    else:
        files, warnings = parameter_files(SHARE / "config", value["params_file"], value["board"])
        for warning in warnings:
            get_logger("pose.launch.py").warning(warning)
        actions = [_pose_node(value, files, cameras)]
        actions += [_source_node(value, files, *pair) for pair in zip(cameras or [""], sources, strict=False)]
    if flags["rviz"]:
        config = str(SHARE / "rviz" / "pose.rviz")
        namespace = "/".join(filter(None, (value["namespace"], *cameras[:1])))
        actions.append(
            Node(package="rviz2", executable="rviz2", name="rviz2", namespace=namespace, arguments=["-d", config])
        )
    return actions


def _remappings(value, cameras):
    # the compressed twin goes with the image, as image_transport has it
    return [] if cameras else [(f"image{twin}", f"{value['image']}{twin}") for twin in ("", "/compressed")]


def _pose_node(value, files, cameras):
    chosen = ({"model": value["model"]} if value["model"] else {}) | ({"cameras": cameras} if cameras else {})
    return Node(
        package="trt_pose_ros",
        executable="pose_node",
        name="pose_node",
        namespace=value["namespace"],
        output="screen",
        parameters=[*files, chosen],
        remappings=_remappings(value, cameras),
    )


def _source_node(value, files, camera, source):
    return Node(
        package="trt_pose_ros",
        executable="video_source_node",
        name="video_source_node",
        namespace="/".join(filter(None, (value["namespace"], camera))),
        output="screen",
        parameters=[*files, source_parameters(source, float(value["rate"]), boolean("loop", value["loop"]))],
        remappings=_remappings(value, camera),
    )


def _one_process(value, cameras, sources):
    # `trt-pose launch` is this launch file for installs without `ros2 launch`, and starts all in its own process
    command = [str(Path(get_package_prefix("trt_pose_ros")) / "lib" / "trt_pose_ros" / "trt-pose"), "launch"]
    for option in ("model", "board", "params_file", "namespace", "image", "rate"):
        if value[option]:
            command += [f"--{option.replace('_', '-')}", value[option]]
    for option, values in (("cameras", cameras), ("source", sources)):
        if values:
            command += [f"--{option}", *values]
    return ExecuteProcess(cmd=command + ["--loop"] * boolean("loop", value["loop"]), output="screen")
