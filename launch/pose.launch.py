"""Find people in the images of one or several cameras, or of images, videos or webcams that are published as such.

ros2 launch trt_pose_ros pose.launch.py                                 # a camera driver publishes on /image
ros2 launch trt_pose_ros pose.launch.py image:=/camera/image_raw        # ... or elsewhere
ros2 launch trt_pose_ros pose.launch.py source:=0 rviz:=true            # the first webcam, seen in RViz
ros2 launch trt_pose_ros pose.launch.py cameras:=front,left,right       # on /front/image, /left/image, /right/image
ros2 launch trt_pose_ros pose.launch.py image:=/camera/color/image_raw depth:=/camera/aligned_depth_to_color/image_raw
ros2 launch trt_pose_ros pose.launch.py web:=true                       # seen in a browser: http://localhost:8080
ros2 launch trt_pose_ros pose.launch.py board:=auto source:=camera      # settings and camera of the board it runs on
"""

from pathlib import Path

from ament_index_python.packages import get_package_prefix, get_package_share_directory
from launch import LaunchDescription
from launch.actions import ExecuteProcess, OpaqueFunction, SetEnvironmentVariable
from launch.logging import get_logger
from launch.substitutions import EnvironmentVariable
from launch_ros.actions import Node

from trt_pose_ros.backends import NAMES as BACKENDS
from trt_pose_ros.boards import AUTO, BOARDS, parameter_files
from trt_pose_ros.messages.topics import DEPTH_TRANSPORTS, RECTIFIED, camera_remappings
from trt_pose_ros.ros.runtime import launch_arguments as read
from trt_pose_ros.ros.runtime.launch_nodes import PACKAGE, declared, ends_with_the_last_of, live_page, node, require

SHARE = Path(get_package_share_directory(PACKAGE))
PROFILE_NAMES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")  # up to Jazzy, from Kilted on
ARGUMENTS = {
    "cameras": ("", "names of several cameras, comma between, each a namespace of its topics; empty: one, without"),
    "source": (
        "",
        "what to publish as the camera (image, folder, video, number of a webcam or URL of a stream), one for each "
        f"camera, comma between; {read.CAMERA}: what the parameter files say; empty: there is a camera",
    ),
    "board": ("", f"settings of a board: {', '.join(BOARDS)}; {AUTO}: of the one that this is; empty: of none"),
    "rate": ("0.0", "frames a second of the sources; 0: their own"),
    "loop": ("false", "true: play the sources again and again"),
    "image": ("image", "topic of the only camera's images"),
    "camera_info": ("", "topic of the only camera's calibration; empty: camera_info beside its images"),
    "rectified": ("", f"{', '.join(RECTIFIED)}: whether the images are rectified; empty: what params_file says"),
    "depth": ("", "topic of the only camera's depth images, camera_info beside them; empty: none"),
    "depth_transport": (
        "",
        f"{', '.join(DEPTH_TRANSPORTS)}: how depth comes, of several cameras on NAME/depth; empty: raw where `depth` "
        "is given, else what params_file says",
    ),
    "world_frame": ("", "frame of tf with the floor as its xy plane and z up; empty: what params_file says"),
    "composed": ("false", "true: run all nodes in one process"),
    "model": ("", "model file; empty: what params_file says"),
    "backend": ("", f"runtime of the network: auto, {', '.join(BACKENDS)}; empty: what params_file says"),
    "input_size": ("", "HEIGHTxWIDTH of the network's input; empty: what params_file says"),
    "hands": ("", "true: find people's hands, too; empty: what params_file says"),
    "params_file": (str(SHARE / "config" / "pose.yaml"), "parameters of pose_node; they go before the board's"),
    "namespace": ("", "namespace of the nodes and their topics"),
    "use_sim_time": ("", "true: time comes from /clock, of a simulation or recording; empty: what params_file says"),
    "log_level": ("info", f"what the nodes log: {', '.join(read.LOG_LEVELS)}"),
    "rviz": ("false", "true: open RViz"),
    "web": ("false", "true: serve the live page, on this machine's port 8080 unless params_file says otherwise"),
}


def generate_launch_description():
    """Declare the arguments and start the nodes."""
    profile = str(SHARE / "config" / "fastdds.xml")
    return LaunchDescription(
        [
            *declared(ARGUMENTS),
            # without one Fast DDS loses images between processes; a profile of the user's own stays
            *(SetEnvironmentVariable(name, EnvironmentVariable(name, default_value=profile)) for name in PROFILE_NAMES),
            OpaqueFunction(function=_nodes),
        ]
    )


def _nodes(context):
    value = _read(context)
    actions = [_one_process(value)] if value["composed"] else _processes(value)
    if value["web"]:
        actions.append(live_page(context.launch_configurations, SHARE / "config"))
    if value["rviz"]:
        world = value["world_frame"]
        config = str(SHARE / "rviz" / ("pose_3d.rviz" if world else "pose.rviz"))
        namespace = "/".join(filter(None, (value["namespace"], *value["cameras"][:1])))
        arguments = ["-d", config, *(["-f", world] if world else [])]
        actions.append(
            Node(package="rviz2", executable="rviz2", name="rviz2", namespace=namespace, arguments=arguments)
        )
    return actions


def _read(context):
    """The arguments as values, all of them checked."""
    files = {Path(__file__).name, *(f"{board}.launch.py" for board in BOARDS)}
    read.check_known(context.argv, ARGUMENTS, files)
    value = {name: context.launch_configurations[name] for name in ARGUMENTS}
    value |= {name: read.boolean(name, value[name]) for name in ("composed", "loop", "rviz", "web")}
    value |= {name: read.optional_boolean(name, value[name]) for name in ("hands", "use_sim_time")}
    value |= {name: read.listed(name, value[name]) for name in ("cameras", "source")}
    value["rate"] = read.number("rate", value["rate"], 0.0, 1000.0)
    value["namespace"] = value["namespace"].strip("/")
    read.choice("rectified", value["rectified"], ("", *RECTIFIED))
    read.choice("depth_transport", value["depth_transport"], ("", *DEPTH_TRANSPORTS))
    read.choice("backend", value["backend"], ("", "auto", *BACKENDS))
    read.choice("log_level", value["log_level"], read.LOG_LEVELS)
    read.size("input_size", value["input_size"])
    topics = {name: value[name] for name in ("image", "camera_info", "depth") if value[name] != ARGUMENTS[name][0]}
    read.check_cameras(value["cameras"], value["source"], topics)
    nodes = {read.full_name(value["namespace"], "pose_node"): _chosen(value)}
    nodes |= {read.full_name(value["namespace"], c, "video_source_node"): () for c in value["cameras"] or [""]}
    nodes |= {read.full_name(value["namespace"], "web_node"): _time(value)} if value["web"] else {}
    read.check_parameter_file("params_file", value["params_file"], nodes)
    value["files"], value["warnings"] = parameter_files(SHARE / "config", value["params_file"], value["board"])
    if value["rviz"]:
        require("rviz2", "rviz:=true")
    return value


def _time(value):
    return {} if value["use_sim_time"] is None else {"use_sim_time": value["use_sim_time"]}


def _hands(value):
    return {} if value["hands"] is None else {"find_hands": value["hands"]}


def _chosen(value):
    """The parameters of pose_node that go before those of params_file."""
    names = ("model", "backend", "input_size", "rectified", "cameras")
    space = read.depth_parameters(value["depth"], value["depth_transport"], value["world_frame"])
    return {name: value[name] for name in names if value[name]} | space | _hands(value) | _time(value)


def _remappings(value):
    return [] if value["cameras"] else camera_remappings(value["image"], value["camera_info"], value["depth"])


def _processes(value):
    """A process for each node."""
    common = {"log_level": value["log_level"], "remappings": _remappings(value)}
    for warning in value["warnings"]:
        get_logger("pose.launch.py").warning(warning)
    parameters = [*value["files"], _chosen(value)]
    actions = [node("pose_node", value["namespace"], parameters=parameters, on_exit=ends_with_the_last_of(), **common)]
    on_exit = ends_with_the_last_of(len(value["source"]))
    for camera, source in zip(value["cameras"] or [""], value["source"], strict=False):
        namespace = "/".join(filter(None, (value["namespace"], camera)))
        parameters = [*value["files"], read.source_parameters(source, value["rate"], value["loop"]) | _time(value)]
        actions.append(node("video_source_node", namespace, parameters=parameters, on_exit=on_exit, **common))
    return actions


def _one_process(value):
    # `trt-pose launch` is this launch file for installs without `ros2 launch`, and starts all in its own process
    command = [str(Path(get_package_prefix(PACKAGE)) / "lib" / PACKAGE / "trt-pose"), "launch"]
    names = ("model", "backend", "input_size", "rectified", "depth", "depth_transport", "world_frame")
    names += ("board", "params_file", "namespace", "rate", "log_level")
    for name in names:
        if value[name]:
            command += [f"--{name.replace('_', '-')}", str(value[name])]
    if not value["cameras"]:
        command += ["--image", value["image"]]
        command += ["--camera-info", value["camera_info"]] * bool(value["camera_info"])
    for name in ("cameras", "source"):
        if value[name]:
            command += [f"--{name}", *value[name]]
    command += ["--loop"] * value["loop"]
    for name in ("hands", "use_sim_time"):
        if value[name] is not None:
            command += [f"--{name.replace('_', '-')}", str(value[name]).lower()]
    return ExecuteProcess(cmd=command, output="screen", on_exit=ends_with_the_last_of())
