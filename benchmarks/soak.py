"""A camera and pose_node, two processes, for a while: is every frame accounted for, does memory grow?

    python benchmarks/soak.py [--seconds 60] [--rate 30] [--model FILE] [--picture FILE]

Without a model the tests' tiny one is used. The run fails where a published frame is neither processed nor counted as
dropped, or where skeletons carry a stamp that no image had, or one twice.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

TEST = Path(__file__).parents[1] / "test"
sys.path[:0] = [str(TEST), str(TEST / "ros")]

import conftest  # noqa: F401, E402  (sets up the environment)
import tiny_model  # noqa: E402
from harness import FATES, Camera, PoseNodeProcess, Tester, stamp_of  # noqa: E402

WIDTH, HEIGHT = 640, 480
SETTLED = 10.0  # seconds after which memory should not grow any more


def pictures(path):
    """Ten uint8 [480, 640, 3] pictures: one that moves to the right."""
    if path is None:
        return [tiny_model.picture([tiny_model.person(x, 200, 250)], WIDTH, HEIGHT) for x in range(150, 450, 30)]
    picture = cv2.imread(str(path))
    if picture is None:
        raise SystemExit(f"{path} is not a readable picture")
    picture = cv2.resize(picture, (WIDTH, HEIGHT))
    return [np.roll(picture, 5 * i, axis=1) for i in range(10)]


def resident_mb(pid):
    """Resident memory of a process in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 2**20


def play(node, camera, frames, seconds, rate):
    """Publish frames at the rate; returns [(seconds since the start, MB)] of the node, sampled every half second."""
    memory, start = [], time.monotonic()
    for number in range(round(seconds * rate)):
        node.tester.spin_to(start + number / rate)
        camera.publish(frames[number % len(frames)])
        if number % max(1, round(rate / 2)) == 0:
            memory.append((time.monotonic() - start, resident_mb(node.pid)))
    return np.array(memory)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=30.0)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--picture", type=Path, help="a photograph with people, for a real model")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Tester() as tester:
        model = arguments.model or tiny_model.write_model(Path(folder) / "tiny.onnx")
        with PoseNodeProcess(tester, {"model": str(model)}) as node, Camera(node) as camera:
            # best effort as image_qos is, what was sent before the node had found the camera is lost
            unheard = camera.published - node.known()
            memory = play(node, camera, pictures(arguments.picture), arguments.seconds, arguments.rate)
            report, stamps = node.accounted(camera.published - unheard), [stamp_of(m) for m in camera.skeletons]
            state = node.diagnostics()
        assert len(set(stamps)) == len(stamps), "a stamp came twice"
        assert set(stamps) <= set(range(1, camera.published + 1)), "a stamp that no image had"
        assert stamps == sorted(stamps), "skeletons out of order"
        people = np.mean([len(m.skeletons) for m in camera.skeletons])
    counts = ", ".join(f"{fate} {report[fate]}" for fate in (*FATES, "lost") if fate in report)
    print(
        f"published {camera.published - unheard}, received {report['received']}: {counts}; {people:.2f} people a frame"
    )
    print(f"network {state['network_ms']} ms, stamps of {len(stamps)} skeleton messages in order, each an image's own")
    settled = memory[memory[:, 0] >= SETTLED]
    if len(settled) > 1:
        slope = np.polyfit(*settled.T, 1)[0]
        print(f"memory {memory[-1, 1]:.1f} MB, slope from second {SETTLED:.0f} on {1024 * slope:+.1f} kB/s")


if __name__ == "__main__":
    main()
