"""Start the ROS 2 nodes in one process: what pose.launch.py does, for installs without `ros2 launch`."""

from __future__ import annotations

import argparse
import sys

from ..boards import CHOICES, parameter_files
from .ros_environment import set_up, share_directory


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
    parser.add_argument("--image", default="image", metavar="TOPIC", help="topic of the only camera's images")
    parser.add_argument("--model", metavar="FILE", help="model file; default: what the parameter file says")
    parser.add_argument("--board", default="", choices=CHOICES[1:], help="settings of a board; auto: of this one")
    parser.add_argument("--params-file", metavar="FILE", help="parameters of the nodes; default: config/pose.yaml")
    parser.add_argument("--namespace", default="", help="namespace of the nodes and their topics")


def main(arguments: argparse.Namespace) -> int:
    """Run the nodes until Ctrl-C, or until a source has ended."""
    wanted = len(arguments.cameras) or 1
    if len(arguments.source) not in (0, wanted):
        raise ValueError(f"--source names {len(arguments.source)} sources for {wanted} cameras: name one for each")
    set_up()
    config = share_directory() / "config"
    files, warnings = parameter_files(config, arguments.params_file or config / "pose.yaml", arguments.board)
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    from ..ros.nodes.composition import run_composed

    return run_composed(
        cameras=arguments.cameras,
        sources=arguments.source,
        rate=arguments.rate,
        loop=arguments.loop,
        pose_parameters={"model": arguments.model} if arguments.model else {},
        parameter_files=files,
        image=arguments.image,
        namespace=arguments.namespace.strip("/"),
    )
