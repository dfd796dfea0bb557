"""Start the ROS 2 nodes in one process: what pose.launch.py does, for installs without `ros2 launch`."""

import json

from .ros_environment import set_up, share_directory


def add_arguments(parser):
    """Declare the verb's arguments: those of launch/pose.launch.py."""
    parser.add_argument("--source", help="picture, folder, video or number of a webcam to publish as the camera")
    parser.add_argument("--rate", type=float, default=0.0, help="frames a second of the source; 0: its own")
    parser.add_argument("--loop", action="store_true", help="play the source again and again")
    parser.add_argument("--image", default="image", metavar="TOPIC", help="topic of the camera's images")
    parser.add_argument("--model", metavar="FILE", help="model file; default: what the parameter file says")
    parser.add_argument("--params-file", metavar="FILE", help="parameters of pose_node; default: config/pose.yaml")
    parser.add_argument("--namespace", default="", help="namespace of the nodes and their topics")


def main(arguments):
    """Run the nodes until Ctrl-C, or until the source has ended."""
    set_up()
    from ..ros.pose_node import PoseNode
    from ..ros.process import run
    from ..ros.video_source_node import VideoSourceNode

    nodes = [PoseNode] + ([VideoSourceNode] if arguments.source else [])
    return run(*nodes, args=ros_arguments(arguments))


def ros_arguments(arguments):
    """The command line that carries our arguments into rclpy."""
    parameters = {}
    if arguments.model:
        parameters["pose_node:model"] = arguments.model
    if arguments.source:
        parameters["video_source_node:source"] = arguments.source
        parameters["video_source_node:rate"] = arguments.rate
        parameters["video_source_node:loop"] = arguments.loop
    params_file = arguments.params_file or share_directory() / "config" / "pose.yaml"
    line = ["--ros-args", "--params-file", str(params_file), "-r", f"image:={arguments.image}"]
    if arguments.namespace:
        line += ["-r", f"__ns:=/{arguments.namespace.strip('/')}"]
    for name, value in parameters.items():
        line += ["-p", f"{name}:={json.dumps(value)}"]  # JSON is YAML: a webcam's "0" stays text
    return line
