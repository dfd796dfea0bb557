"""Show a running pose_node in a browser: video, people, events, latencies, parameters."""

from __future__ import annotations

import argparse
import json

from ..messages.topics import camera_remappings
from .ros_environment import set_up


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--node", metavar="NAME", help="name of the node; default: pose_node")
    parser.add_argument("--namespace", default="", help="namespace of the node and its topics")
    parser.add_argument("--image", default="image", metavar="TOPIC", help="topic of the only camera's images")
    parser.add_argument(
        "--address", help="to listen on; default: 127.0.0.1, this machine only. Any other asks viewers for a token"
    )
    parser.add_argument("--port", type=int, help="to listen on; default: 8080; 0: a free one")
    parser.add_argument(
        "--hosts", nargs="+", metavar="NAME", help="names by which browsers reach this machine, besides its own"
    )
    parser.add_argument("--viewers", type=int, metavar="N", help="most viewers at a time; default: 16")
    parser.add_argument(
        "--record-to", metavar="FOLDER", help="let viewers record bags into this folder and replay them"
    )


def main(arguments: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C."""
    set_up()
    from ..ros.nodes.web_node import main as serve

    line = ["trt-pose", "--ros-args"]
    for rule in [f"__ns:=/{arguments.namespace.strip('/')}"] * bool(arguments.namespace):
        line += ["-r", rule]
    for old, new in camera_remappings(arguments.image):
        line += ["-r", f"{old}:={new}"]
    for name in ("node", "address", "port", "hosts", "viewers", "record_to"):
        value = getattr(arguments, name)
        if value is not None:
            line += ["-p", f"{name}:={json.dumps(value)}"]  # JSON is YAML, which ROS expects
    return serve(line)
