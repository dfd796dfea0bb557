"""End pose_node again and again, in every way: is it gone with exit code 0 and without a traceback each time?

    python benchmarks/shutdown.py [--times 20]

The node is ended by Ctrl-C, by Ctrl-C twice at once (as under `ros2 launch`), by SIGTERM, by the lifecycle's shutdown,
by Ctrl-C while it loads its model and while it configures; images arrive meanwhile wherever it listens to them.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

TEST = Path(__file__).parents[1] / "test"
sys.path[:0] = [str(TEST), str(TEST / "ros")]

import conftest  # noqa: F401, E402  (sets up the environment)
import tiny_model  # noqa: E402
from harness import Camera, PoseNodeProcess, Tester  # noqa: E402

PICTURE = tiny_model.picture([tiny_model.person(160, 100, 120)])


def while_running(*numbers):
    """A way to end a node that is at work: by these signals at once."""

    def end(tester, model):
        with PoseNodeProcess(tester, {"model": str(model)}) as node, Camera(node) as camera:
            camera.publish(PICTURE)
            for number in numbers:
                node.send(number)
            return node.wait(), node.output

    return end


def by_lifecycle(tester, model):
    """The lifecycle's shutdown, from the active state."""
    with PoseNodeProcess(tester, {"model": str(model)}) as node, Camera(node) as camera:
        camera.publish(PICTURE)
        assert node.change_state("active_shutdown")
        return node.wait(), node.output


def while_loading(tester, model):
    """Ctrl-C as soon as the runtime's library is in memory, before the node is configured."""
    with PoseNodeProcess(tester, {"model": str(model)}, active=False) as node:
        maps = Path(f"/proc/{node.pid}/maps")
        while "libopenvino.so" not in maps.read_text() and "onnxruntime_pybind" not in maps.read_text():
            time.sleep(0.001)
        node.send(signal.SIGINT)
        return node.wait(), node.output


def while_configuring(tester, model):
    """Ctrl-C right behind the request to configure."""
    with PoseNodeProcess(tester, {"model": str(model), "autostart": False}, active=False) as node:
        node.state()
        node.request_state("configure")
        time.sleep(0.02)
        node.send(signal.SIGINT)
        return node.wait(), node.output


WAYS = {
    "SIGINT": while_running(signal.SIGINT),
    "SIGINT twice": while_running(signal.SIGINT, signal.SIGINT),
    "SIGTERM": while_running(signal.SIGTERM),
    "lifecycle shutdown": by_lifecycle,
    "SIGINT while the model loads": while_loading,
    "SIGINT while configuring": while_configuring,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=20)
    arguments = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder, Tester() as tester:
        model = tiny_model.write_model(Path(folder) / "tiny.onnx")
        for name, way in WAYS.items():
            outcomes = Counter()
            for _ in range(arguments.times):
                code, output = way(tester, model)
                outcomes[f"exit code {code}{', traceback' if 'Traceback' in output else ''}"] += 1
                if code or "Traceback" in output:
                    failed = True
                    print(output, file=sys.stderr)
            print(f"{name}: {', '.join(f'{times} x {outcome}' for outcome, times in outcomes.items())}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
