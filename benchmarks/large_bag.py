"""A bag larger than memory: what its replay takes of it, and that a kill in the middle costs nothing.

python benchmarks/large_bag.py --folder /tmp/large [--gigabytes 4] [--jobs 1] [-- further arguments of trt-pose replay]

Writes a synthetic bag of 1920x1080 raw images, of photographs that wander about, replays it in one go, and once more
with SIGKILL in the middle and a second start. Prints the most memory of all processes together, and fails where the
results differ. The folder is emptied at the end.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from trt_pose_ros.bags.images import Camera, write_image
from trt_pose_ros.bags.writer import BagWriter
from trt_pose_ros.cli.demo import photographs

HEIGHT, WIDTH = 1080, 1920
PERIOD = 10**8  # nanoseconds between images


def write_bag(path, gigabytes):
    pictures = [cv2.resize(picture, (700, 700)) for picture in photographs()]
    count = round(gigabytes * 1e9 / (3 * HEIGHT * WIDTH))
    random = np.random.default_rng(0)
    with BagWriter(path) as bag:
        for number in range(count):
            image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
            picture = pictures[number // 100 % len(pictures)]
            x, y = 5 * number % (WIDTH - 700), int(random.integers(0, 20))
            image[y : y + 700, x : x + 700] = picture
            write_image(bag, Camera("/camera/image", "lens"), image, 10**18 + number * PERIOD)
    return count


def memory(process):
    """MiB of the process and its children; what they share counts once for each."""
    total, waiting = 0, [process.pid]
    while waiting:
        pid = waiting.pop()
        try:
            status = Path(f"/proc/{pid}/status").read_text()
            waiting += Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            continue
        total += int(status.partition("VmRSS:")[2].split()[0]) if "VmRSS:" in status else 0
    return total / 1024


def replay(bag, output, further, stop=None):
    """Replay in a process, killed as soon as there are ``stop`` parts; returns the most MiB that it had."""
    process = subprocess.Popen(
        [sys.executable, "-m", "trt_pose_ros.cli.main", "replay", bag, "--output", output, *further]
    )
    most = 0.0
    while process.poll() is None:
        most = max(most, memory(process))
        if stop is not None and len(list(output.glob("unfinished/*.npz"))) >= stop:
            process.send_signal(signal.SIGKILL)
        time.sleep(0.02)
    if process.returncode != (0 if stop is None else -signal.SIGKILL):
        sys.exit(f"replay ended with {process.returncode}")
    return most


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--gigabytes", type=float, default=4.0)
    parser.add_argument("--jobs", default="1")
    parser.add_argument("further", nargs="*")
    arguments = parser.parse_args()
    folder, further = arguments.folder, [*arguments.further, "--jobs", arguments.jobs]
    count = write_bag(folder / "bag", arguments.gigabytes)
    size = sum(file.stat().st_size for file in (folder / "bag").iterdir())
    print(f"{count} images, {size / 1e9:.2f} GB", flush=True)
    whole = replay(folder / "bag", folder / "whole", further)
    before = replay(folder / "bag", folder / "killed", further, stop=max(1, count // 200))
    after = replay(folder / "bag", folder / "killed", further)
    same = (folder / "whole" / "results.jsonl").read_bytes() == (folder / "killed" / "results.jsonl").read_bytes()
    print(f"memory: {whole:.0f} MiB in one go, {before:.0f} until it was killed, {after:.0f} after that")
    print(f"results: {'the same bytes' if same else 'DIFFER'}")
    shutil.rmtree(folder)
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
