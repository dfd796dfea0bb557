"""Three cameras in one pose_node for a while: frames, memory, identities, and where the processor time goes.

python benchmarks/cabin.py --model FILE [--minutes 10] [--rate 15]

Three video_source_nodes publish 1280x720 pictures of the demo's two people, swaying; one pose_node runs them as one
batch. Everything is a process of its own. Fails where a frame is neither processed nor counted as dropped.
"""

import argparse
import collections
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from trt_pose_ros.cli.demo import photographs
from trt_pose_ros.cli.ros_environment import set_up

CAMERAS = ("front", "left", "right")
WIDTH, HEIGHT = 1280, 720
FATES = ("processed", "skipped", "rate_limited", "replaced", "bad", "failed", "unsent", "lost")
SETTLED = 30.0  # seconds after which memory should not grow


def write_clip(path, rate):
    """Four seconds of the two people swaying, whose end leads to its beginning."""
    people = [cv2.resize(p, (round(p.shape[1] * HEIGHT / p.shape[0]), HEIGHT)) for p in photographs()]
    wall = np.concatenate(people, axis=1)
    wall = cv2.resize(wall, (WIDTH + 100, HEIGHT))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), rate, (WIDTH, HEIGHT))
    for phase in np.linspace(0, 2 * np.pi, round(4 * rate), endpoint=False):
        x = round(50 + 45 * np.sin(phase))
        writer.write(np.ascontiguousarray(wall[:, x : x + WIDTH]))
    writer.release()


def start(node, namespace, parameters, log):
    """Start a node as a process."""
    line = [sys.executable, "-m", f"trt_pose_ros.ros.nodes.{node}", "--ros-args", "-r", f"__ns:=/{namespace}"]
    for name, value in parameters.items():
        line += ["-p", f"{name}:={json.dumps(value)}"]
    return subprocess.Popen(line, stdout=log, stderr=subprocess.STDOUT)


def resident_mb(pid):
    """Resident memory in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def cpu_seconds(pid):
    """Processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Sink:
    """Subscribes to everything and keeps what is needed of it."""

    def __init__(self):
        import rclpy
        from diagnostic_msgs.msg import DiagnosticArray

        from trt_pose_ros.msg import SkeletonArray

        rclpy.init()
        self.node = rclpy.create_node("sink")
        self.stamps = {camera: [] for camera in CAMERAS}
        self.ids = {camera: collections.Counter() for camera in CAMERAS}
        self.status = {}
        for camera in CAMERAS:
            topic = f"/cabin/{camera}/skeletons"
            self.node.create_subscription(SkeletonArray, topic, lambda m, c=camera: self._on_skeletons(c, m), 10)
        self.node.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)

    def _on_skeletons(self, camera, message):
        assert message.header.frame_id == camera, f"a message of {message.header.frame_id} on the topic of {camera}"
        self.stamps[camera].append((message.header.stamp.sec, message.header.stamp.nanosec))
        self.ids[camera].update(s.track_id for s in message.skeletons)

    def _on_diagnostics(self, message):
        for status in message.status:
            self.status[status.name] = {value.key: value.value for value in status.values}

    def spin(self, seconds):
        """Work off what comes for so long."""
        import rclpy

        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            rclpy.spin_once(self.node, timeout_sec=left)


def main():
    """Run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="light", help="model file or name; default: light, a network alone")
    parser.add_argument("--input-size", default="", metavar="HxW")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=15.0, help="Hz")
    arguments = parser.parse_args()
    set_up()
    os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        write_clip(clip, arguments.rate)
        sink = Sink()
        node_log = open(Path(folder) / "node.log", "w+")  # noqa: SIM115
        parameters = {"model": arguments.model, "cameras": list(CAMERAS), "input_size": arguments.input_size}
        node = start("pose_node", "cabin", parameters, node_log)
        while not sink.status:
            sink.spin(0.2)
        logs = {camera: open(Path(folder) / f"{camera}.log", "w+") for camera in CAMERAS}  # noqa: SIM115
        sources = [
            start(
                "video_source_node",
                f"cabin/{camera}",
                {"source": str(clip), "loop": True, "rate": arguments.rate, "frame_id": camera},
                logs[camera],
            )
            for camera in CAMERAS
        ]
        begun, memory, cpu = time.monotonic(), [], cpu_seconds(node.pid)
        while time.monotonic() - begun < 60 * arguments.minutes:
            sink.spin(1.0)
            memory.append((time.monotonic() - begun, resident_mb(node.pid)))
        cpu, elapsed = cpu_seconds(node.pid) - cpu, time.monotonic() - begun
        for source in sources:
            source.send_signal(signal.SIGINT)
        for source in sources:
            source.wait()
        sink.spin(2.5)  # the last frames, and a report that counts them
        node.send_signal(signal.SIGINT)
        print(f"exit codes {node.wait()}, {[source.returncode for source in sources]}")
        published = {}
        for camera, log in logs.items():
            log.seek(0)
            published[camera] = int(re.findall(r"(\d+) frames published", log.read())[-1])
    report(sink, published, np.array(memory), cpu, elapsed)


def report(sink, published, memory, cpu, elapsed):
    """Print the figures; AssertionError where a frame is missing."""
    for camera in CAMERAS:
        counts = {k: int(v) for k, v in sink.status[f"cabin/pose_node: {camera}"].items() if k in (*FATES, "received")}
        stamps = sink.stamps[camera]
        assert stamps == sorted(set(stamps)), f"stamps of {camera} are not in order"
        ids = {i: n for i, n in sink.ids[camera].items() if i >= 0}
        known = sum(counts.get(fate, 0) for fate in FATES)
        print(f"{camera}: published {published[camera]}, {counts}; people by track id {ids}")
        assert known >= published[camera] - 2, f"{published[camera] - known} frames of {camera} are not accounted for"
    state = sink.status["cabin/pose_node"]
    stages = {k.removesuffix("_ms"): v for k, v in state.items() if k.endswith("_ms")}
    stages |= {
        k.removesuffix("_ms"): v for k, v in sink.status[f"cabin/pose_node: {CAMERAS[0]}"].items() if k.endswith("_ms")
    }
    for stage, value in stages.items():
        print(f"{stage} ms: {value}")
    settled = memory[memory[:, 0] >= SETTLED]
    slope = np.polyfit(*settled.T, 1)[0] * 60 if len(settled) > 1 else float("nan")
    print(f"memory {memory[-1, 1]:.0f} MB at the end, highest {memory[:, 1].max():.0f}, {slope:+.2f} MB a minute")
    print(f"processor: {cpu / elapsed:.2f} cores over {elapsed:.0f} s")


if __name__ == "__main__":
    main()
