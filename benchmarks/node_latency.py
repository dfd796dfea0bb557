"""What the node adds to the way of an image from the camera to a subscriber, beside a bare relay.

python benchmarks/node_latency.py --model FILE [--plot latency.png]

A player process publishes images at a steady rate; a second process, in turn a bare relay node or pose_node, turns each
into a SkeletonArray; this process receives it (trt_pose_ros.ros.live). The relay looks at the image and publishes fixed
skeletons: it is what ROS 2 itself costs. The time that the network took is taken off each frame of pose_node. Relay and
node take turns, so that a busy machine slows both; only their ratio means something.
"""

import argparse
import itertools
import json
import os
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from trt_pose_ros.bags.images import Camera, write_image
from trt_pose_ros.bags.writer import BagWriter
from trt_pose_ros.cli.demo import photographs
from trt_pose_ros.cli.ros_environment import set_up

SIZES = {"640x480": (480, 640), "1280x720": (720, 1280)}
WARM_UP = 15  # frames
TOPIC = "/camera/image"


def write_bag(path, height, width):
    """A bag of one image of this size with two people."""
    people = np.concatenate([cv2.resize(p, (width // 2, height)) for p in photographs()], axis=1)
    with BagWriter(path) as bag:
        write_image(bag, Camera(TOPIC), cv2.resize(people, (width, height)), 10**9)
    return path


def relay():
    """The least that a node in Python can do: look at the image, publish two skeletons."""
    from rclpy.node import Node
    from sensor_msgs.msg import Image

    from trt_pose_ros import Poses, Topology
    from trt_pose_ros.messages.images import encoded_image
    from trt_pose_ros.msg import SkeletonArray
    from trt_pose_ros.ros.convert.messages import skeleton_array
    from trt_pose_ros.ros.runtime.process import run
    from trt_pose_ros.ros.runtime.qos import PROFILES

    class Relay(Node):
        def __init__(self):
            super().__init__("relay")
            topology = Topology.load("openpose_18")
            self._people = Poses(topology, np.full((2, len(topology.keypoints), 3), 0.5), np.full(2, 0.5))
            self._skeletons = self.create_publisher(SkeletonArray, "skeletons", PROFILES["reliable"])
            self.create_subscription(Image, "image", self._on_image, PROFILES["sensor_data"])

        def _on_image(self, message):
            height, width = encoded_image(message).bgr.shape[:2]
            self._skeletons.publish(skeleton_array(self._people, message.header, width, height))

    return run(Relay, args=_ros_arguments())


def _ros_arguments():
    return sys.argv[sys.argv.index("--ros-args") - 1 :]


def timed_pose_node(record):
    """pose_node, which also writes what its network took for the image of each stamp to the file ``record``."""
    from trt_pose_ros.ros.nodes import pose_node

    network = []

    class TimedPipeline(pose_node.PosePipeline):
        def __call__(self, images, cameras=None, stamps=None, *more, **others):
            people = super().__call__(images, cameras, stamps, *more, **others)
            network.extend((stamp, self.times["network"]) for stamp in stamps or ())
            return people

    pose_node.PosePipeline = TimedPipeline
    code = pose_node.main(_ros_arguments())
    Path(record).write_text(json.dumps(network))
    return code


def measure(kind, bag, arguments):
    """Added milliseconds of every frame, float [N], and the node's diagnostics."""
    from trt_pose_ros.ros.live.session import Session

    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "network.json"

        def command(namespace, _):
            role = {"relay": [], "node": ["--record", str(record)]}[kind]
            line = [sys.executable, __file__, "--role", kind, *role, "--ros-args", "-r", f"__ns:={namespace}"]
            if kind == "node":
                for name in ("model", "threads", "input_size"):
                    line += ["-p", f"{name}:={json.dumps(getattr(arguments, name))}"]
            return line

        with Session(bag, [TOPIC], command) as session:
            played = session.play(rate=arguments.rate, count=arguments.frames)
            report = session.reports.get(f"{session.namespace.lstrip('/')}/pose_node", {})
        taken = np.array(json.loads(record.read_text()) if kind == "node" else [])
    answered = ~np.isnan(played.run.latencies)
    added, stamps = played.run.latencies[answered], played.run.published[answered]
    if kind == "node":
        # stamps went through floating-point seconds, exact to a quarter of a microsecond
        nearest = np.abs(taken[:, 0] - 1e-9 * stamps[:, None]).argmin(axis=1)
        assert (np.abs(taken[nearest, 0] - 1e-9 * stamps) < 1e-4).all(), "a frame without its network time"
        added = added - 1e3 * taken[nearest, 1]
    return added[WARM_UP:], _stages(report)


def _stages(report):
    return {key: value for key, value in report.items() if key.endswith("_ms")}


def main():
    """Take turns, print the table, plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="light", help="model file or name; default: light, a network alone")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads of the network")
    parser.add_argument("--input-size", default="", metavar="HxW", help="of the network; default: the model's own")
    parser.add_argument("--rate", type=float, default=30.0, help="Hz")
    parser.add_argument("--frames", type=int, default=300, help="of each turn")
    parser.add_argument("--turns", type=int, default=3, help="of relay and node each")
    parser.add_argument("--plot", type=Path, help="PNG to write")
    parser.add_argument("--role", choices=["relay", "node"], help=argparse.SUPPRESS)
    parser.add_argument("--record", help=argparse.SUPPRESS)
    arguments, _ = parser.parse_known_args()
    if arguments.role == "relay":
        return relay()
    if arguments.role == "node":
        return timed_pose_node(arguments.record)

    set_up()
    os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))
    added, stages = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        bags = {size: write_bag(Path(folder) / size, *pixels) for size, pixels in SIZES.items()}
        for _, size, kind in itertools.product(range(arguments.turns), SIZES, ("relay", "node")):
            milliseconds, report = measure(kind, bags[size], arguments)
            added.setdefault((size, kind), []).append(milliseconds)
            if kind == "node":
                stages[size] = report
    added = {key: np.concatenate(turns) for key, turns in added.items()}
    print(f"added ms, {arguments.rate:g} Hz | frames | p50 | p95\n---|---|---|---")
    for size in SIZES:
        quantiles = {kind: np.percentile(added[size, kind], (50, 95)) for kind in ("relay", "node")}
        for kind, (p50, p95) in quantiles.items():
            print(f"{size} {kind} | {len(added[size, kind])} | {p50:.2f} | {p95:.2f}")
        ratio = quantiles["node"] / quantiles["relay"]
        print(f"{size} ratio | | {ratio[0]:.2f} | {ratio[1]:.2f}")
    for size, report in stages.items():
        print(f"stages at {size}: " + "; ".join(f"{key} {value}" for key, value in (report or {}).items()))
    if arguments.plot:
        _plot(added, arguments.plot)
    return 0


def _plot(added, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(SIZES), figsize=(9, 3.2), sharey=True)
    for axis, size in zip(axes, SIZES, strict=True):
        for kind in ("relay", "node"):
            values = np.sort(added[size, kind])
            axis.plot(values, np.linspace(0, 1, len(values)), label=kind)
        axis.set(title=size, xlabel="added latency, ms", xlim=(0, np.percentile(added[size, "relay"], 99) * 3))
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("share of frames")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=90)


if __name__ == "__main__":
    sys.exit(main())
