"""Start the ROS 2 nodes in one process: what pose.launch.py does, for installs without `ros2 launch`."""

from functools import partial

from .ros_environment import set_up, share_directory


def add_arguments(parser):
    """Declare the verb's arguments: those of launch/pose.launch.py."""
    parser.add_argument(
        "--source", nargs="+", default=[], help="picture, folder, video or number of a webcam to publish as a camera"
    )
    parser.add_argument("--rate", type=float, default=0.0, help="frames a second of the sources; 0: their own")
    parser.add_argument("--loop", action="store_true", help="play the sources again and again")
    parser.add_argument("--cameras", nargs="+", default=[], metavar="NAME", help="names of several cameras")
    parser.add_argument("--image", default="image", metavar="TOPIC", help="topic of the only camera's images")
    parser.add_argument("--model", metavar="FILE", help="model file; default: what the parameter file says")
    parser.add_argument("--params-file", metavar="FILE", help="parameters of pose_node; default: config/pose.yaml")
    parser.add_argument("--namespace", default="", help="namespace of the nodes and their topics")


def main(arguments):
    """Run the nodes until Ctrl-C, or until a source has ended."""
    cameras = arguments.cameras or [""]
    if len(arguments.source) not in (0, len(cameras)):
        raise ValueError(f"--source has {len(arguments.source)} sources for {len(cameras)} cameras: name one for each")
    set_up()
    from rclpy.parameter import Parameter

    from ..ros.pose_node import PoseNode
    from ..ros.process import run
    from ..ros.video_source_node import VideoSourceNode

    def make(kind, namespace, cli_args, values):
        overrides = [Parameter(name, value=value) for name, value in values.items()]
        return partial(kind, namespace=namespace, cli_args=cli_args, parameter_overrides=overrides)

    rename = ["--ros-args", "-r", f"image:={arguments.image}"]
    params_file = str(arguments.params_file or share_directory() / "config" / "pose.yaml")
    chosen = {"model": arguments.model, "cameras": arguments.cameras}
    chosen = {name: value for name, value in chosen.items() if value}
    namespace = arguments.namespace.strip("/")
    nodes = [make(PoseNode, namespace, [*rename, "--params-file", params_file], chosen)]
    played = {"rate": arguments.rate, "loop": arguments.loop}
    for camera, source in zip(cameras, arguments.source, strict=False):
        below = "/".join(filter(None, (namespace, camera)))
        nodes.append(make(VideoSourceNode, below, None if camera else rename, {"source": source} | played))
    return run(*nodes, args=[])
