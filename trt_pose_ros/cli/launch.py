"""Start the ROS 2 nodes in one process: what pose.launch.py does, for installs without `ros2 launch`."""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from ..boards import CHOICES, parameter_files
from ..messages.topics import DEPTH_TRANSPORTS, camera_remappings
from ..share import share_directory
from .ros_environment import set_up


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments: those of launch/pose.launch.py."""
    parser.add_argument(
        "--source",
        nargs="+",
        default=[],
        help="picture, folder, video or number of a webcam to publish as a camera; camera: what the parameters say",
    )
    parser.add_argument("--rate", type=float, default=0.0, help="frames a second of the sources; 0: their own")
    parser.add_argument("--loop", action="store_true", help="play the sources again and again")
    parser.add_argument("--cameras", nargs="+", default=[], metavar="NAME", help="names of several cameras")
    parser.add_argument("--image", metavar="TOPIC", help="topic of the only camera's images; default: image")
    parser.add_argument(
        "--camera-info",
        default="",
        metavar="TOPIC",
        help="topic of the only camera's calibration; default: camera_info beside its images",
    )
    parser.add_argument(
        "--rectified",
        metavar="WORD",
        help="auto, always, never: whether the images are rectified; default: what the file says",
    )
    parser.add_argument(
        "--depth", default="", metavar="TOPIC", help="topic of the only camera's depth images, camera_info beside them"
    )
    parser.add_argument(
        "--depth-transport",
        default="",
        choices=DEPTH_TRANSPORTS,
        help="how depth comes (of several cameras on NAME/depth); default: raw with --depth, else what the file says",
    )
    parser.add_argument(
        "--world-frame", default="", metavar="FRAME", help="frame of tf with the floor as its xy plane and z up"
    )
    parser.add_argument("--model", metavar="FILE", help="model file; default: what the parameter file says")
    parser.add_argument(
        "--backend", metavar="NAME", help="runtime of the network; default: what the parameter file says"
    )
    parser.add_argument("--input-size", metavar="HEIGHTxWIDTH", help="of the network's input; default: likewise")
    parser.add_argument("--hands", choices=("true", "false"), help="find hands, too; default: what the file says")
    parser.add_argument("--board", default="", choices=CHOICES[1:], help="settings of a board; auto: of this one")
    parser.add_argument("--params-file", metavar="FILE", help="parameters of the nodes; default: config/pose.yaml")
    parser.add_argument("--namespace", default="", help="namespace of the nodes and their topics")
    parser.add_argument("--web", action="store_true", help="serve the live page, by a process of its own: web_node")
    parser.add_argument("--use-sim-time", choices=("true", "false"), help="whether time comes from /clock")
    parser.add_argument(
        "--log-level", default="info", choices=("debug", "info", "warn", "error", "fatal"), help="what the nodes log"
    )


def main(arguments: argparse.Namespace) -> int:
    """Run the nodes until Ctrl-C, or until the last source has ended or one has failed."""
    topics = {"image": arguments.image, "camera-info": arguments.camera_info, "depth": arguments.depth}
    given = {name: topic for name, topic in topics.items() if topic}
    set_up()
    config = share_directory() / "config"
    files, warnings = parameter_files(config, arguments.params_file or config / "pose.yaml", arguments.board)
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    from ..ros.nodes.composition import run_composed
    from ..ros.runtime.launch_arguments import check_cameras, depth_parameters

    check_cameras(arguments.cameras, arguments.source, given, written="--{}")

    remappings = camera_remappings(arguments.image or "image", arguments.camera_info, arguments.depth)
    time: dict[str, Any] = {} if arguments.use_sim_time is None else {"use_sim_time": arguments.use_sim_time == "true"}
    hands = {} if arguments.hands is None else {"find_hands": arguments.hands == "true"}
    names = ("model", "backend", "input_size", "rectified")
    with _web_node(arguments, time, remappings, files) if arguments.web else contextlib.nullcontext():
        return run_composed(
            cameras=arguments.cameras,
            sources=arguments.source,
            rate=arguments.rate,
            loop=arguments.loop,
            pose_parameters={name: getattr(arguments, name) for name in names if getattr(arguments, name)}
            | hands
            | depth_parameters(arguments.depth, arguments.depth_transport, arguments.world_frame),
            parameter_files=files,
            common_parameters=time,
            remappings=remappings,
            namespace=arguments.namespace.strip("/"),
            log_level=arguments.log_level,
        )


@contextlib.contextmanager
def _web_node(
    arguments: argparse.Namespace, time: dict[str, Any], remappings: Sequence[tuple[str, str]], files: Sequence[Any]
) -> Iterator[None]:
    """The live page, whose end ends nothing else."""
    from ..ros.runtime.command import node_command, stop

    namespace = arguments.namespace.strip("/")
    rules = [] if arguments.cameras else [f"{old}:={new}" for old, new in remappings]
    line = node_command(
        "trt_pose_ros.ros.nodes.web_node",
        namespace=f"/{namespace}" if namespace else "",
        parameters=time,
        remappings=rules,
        files=files,
    )
    process = subprocess.Popen([*line, "--log-level", arguments.log_level])
    try:
        yield
    finally:
        stop(process)
