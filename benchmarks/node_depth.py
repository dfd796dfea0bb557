"""What depth adds in pose_node: its own stage times with and without an RGB-D camera's depth.

python benchmarks/node_depth.py [--people 5] [--turns 2]

The camera is the one of the tests, test/ros/rgbd.py: a process of its own that publishes 640x480 images, registered or
unregistered depth and calibrations of generated people. The network hands on where they are, so nearly all of the time
is the node's own. Nodes with and without depth take turns; on a busy machine only their ratios mean something.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEST = ROOT / "test"
sys.path[:0] = [str(ROOT), str(TEST), str(TEST / "ros")]

SETTLING = 3.0  # seconds that the camera and the node get to find each other
KINDS = {"without depth": None, "registered": "registered", "unregistered": "other"}
STAGES = ("decode_image", "preprocess", "network", "decode", "wait_depth", "decode_depth", "locate", "track", "publish")


def measure(tester, folder, model, kind, seconds):
    """Median milliseconds of each stage."""
    from harness import PoseNodeProcess, Process

    from trt_pose_ros.msg import SkeletonArray

    parameters = {"model": str(model), "depth_transport": "raw" if kind else "off", "threads": 1}
    with PoseNodeProcess(tester, parameters) as node:
        subscription, received = tester.messages(SkeletonArray, node.topic("skeletons"))
        faults = json.dumps({"kind": kind or "registered", "rate": 10.0})
        camera = Process(sys.executable, TEST / "ros" / "rgbd.py", node.namespace, folder / "recording.npz", faults)
        tester.spin_until(lambda: received, "skeletons")
        tester.spin_to(time.monotonic() + SETTLING + seconds)
        report = node.diagnostics() | node.diagnostics("image")
        camera.end()
        tester.node.destroy_subscription(subscription)
    print(f"  {kind or 'without depth'}: " + ", ".join(f"{k} {report[k]}" for k in report if k.startswith("depth")))
    times = {stage: report.get(f"{stage}_ms") for stage in STAGES}
    return {stage: float(text.split()[1].rstrip(",")) for stage, text in times.items() if text}


def main():
    """Take turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each turn")
    arguments = parser.parse_args()
    from trt_pose_ros.cli.ros_environment import set_up

    set_up()
    os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["PYTHONPATH"] = os.pathsep.join(map(str, (folder, ROOT, TEST, TEST / "ros")))
        _build_tf2_msgs(folder)
        import rgbd
        from families import dots
        from harness import Tester
        from spatial.bodies import TOPOLOGY

        dots.install(folder)
        model = dots.write_network(folder / "dots.onnx", TOPOLOGY)
        rgbd.record(folder / "recording.npz", people=arguments.people)
        turns = {kind: [] for kind in KINDS}
        with Tester() as tester:
            for _ in range(arguments.turns):
                for kind, faults in KINDS.items():
                    turns[kind].append(measure(tester, folder, model, faults, arguments.seconds))
    best = {kind: {stage: min(t.get(stage, 0.0) for t in taken) for stage in STAGES} for kind, taken in turns.items()}
    plain = sum(best["without depth"].values())
    print(f"\n{arguments.people} people, 640x480, ms (best median of {arguments.turns} turns)")
    print("stage | " + " | ".join(KINDS) + "\n---" + "|---" * len(KINDS))
    for stage in STAGES:
        print(f"{stage} | " + " | ".join(f"{best[kind][stage]:.2f}" for kind in KINDS))
    print("sum | " + " | ".join(f"{sum(best[kind].values()):.2f}" for kind in KINDS))
    print("ratio | " + " | ".join(f"{sum(best[kind].values()) / plain:.2f}" for kind in KINDS))
    return 0


def _build_tf2_msgs(folder):
    """The messages of tf, which are not on PyPI."""
    import subprocess
    from importlib.util import find_spec

    if find_spec("tf2_msgs") is None:
        subprocess.run(
            [sys.executable, TEST / "ros" / "messages_build.py", "tf2_msgs", folder], check=True, capture_output=True
        )
    sys.path.append(str(folder))


if __name__ == "__main__":
    sys.exit(main())
