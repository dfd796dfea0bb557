"""What viewers of the live page cost the node: its latency with and without them, turn by turn in one run.

python benchmarks/web.py [--model FILE] [--turns 10] [--rate 15]

`trt-pose launch --web` runs pose_node and web_node as users run them. A player publishes images at a steady rate, this
process receives the skeletons (trt_pose_ros.ros.live). In every second turn three viewers look on, of whom one takes a
second to draw a picture; they run at the lowest priority, as they are other machines otherwise. A busy machine slows
both kinds of turns; only their ratio means something.
"""

import argparse
import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import yaml

from trt_pose_ros.bags.images import Camera, write_image
from trt_pose_ros.bags.writer import BagWriter
from trt_pose_ros.cli.demo import photographs
from trt_pose_ros.cli.ros_environment import set_up
from trt_pose_ros.ros.runtime.command import stop

TOPIC = "/camera/image"
PAUSES = (0.0, 0.0, 1.0)  # seconds in which each viewer draws a picture
WARM_UP = 10  # frames


def write_bag(path, height=480, width=640):
    """A bag of one image with two people."""
    people = np.concatenate([cv2.resize(p, (width // 2, height)) for p in photographs()], axis=1)
    with BagWriter(path) as bag:
        write_image(bag, Camera(TOPIC), people, 10**9)
    return path


def look_on(url):
    """Be the viewers until the process is ended; tells of each picture by a dot."""
    import aiohttp

    async def one(session, pause):
        async with session.ws_connect(f"{url}live") as live:
            async for message in live:
                if message.type == aiohttp.WSMsgType.BINARY:
                    print(".", end="", flush=True)
                    await asyncio.sleep(pause)
                    await live.send_json({"drawn": True})

    async def everybody():
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(one(session, pause) for pause in PAUSES))

    os.nice(19)
    asyncio.run(everybody())


@contextlib.contextmanager
def viewers(session, url):
    """Three of them look on, and have seen something; gives a function that counts their pictures."""
    with tempfile.TemporaryFile() as dots:
        looking = subprocess.Popen([sys.executable, __file__, "--viewers", url], stdout=dots)

        def count():
            return os.fstat(dots.fileno()).st_size

        try:
            for _ in range(20):
                if count():
                    break
                session.play(rate=5, count=10)
            else:
                raise SystemExit("the viewers see nothing: no figure")
            yield count
        finally:
            stop(looking)


def measure(session, arguments):
    """Milliseconds of each frame, float [N]."""
    latencies = session.play(rate=arguments.rate, count=arguments.frames).run.latencies[WARM_UP:]
    return latencies[~np.isnan(latencies)]


def main():
    """Take turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="model file; default: the default model")
    parser.add_argument("--rate", type=float, default=15.0, help="Hz")
    parser.add_argument("--frames", type=int, default=100, help="of each turn")
    parser.add_argument("--turns", type=int, default=10, help="with viewers, and as many without")
    parser.add_argument("--viewers", metavar="URL", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.viewers:
        return look_on(arguments.viewers)

    set_up()
    os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))
    from trt_pose_ros.ros.live.session import Session

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    frames, seen, ratios = {False: [], True: []}, 0, []
    with tempfile.TemporaryDirectory() as folder:
        parameters = Path(folder) / "parameters.yaml"
        parameters.write_text(yaml.safe_dump({"/**/web_node": {"ros__parameters": {"port": port}}}))

        def command(namespace, _):
            line = [sys.executable, "-m", "trt_pose_ros.cli.main", "launch", "--web", "--namespace", namespace]
            line += ["--params-file", str(parameters), "--log-level", "warn"]
            return line + (["--model", arguments.model] if arguments.model else [])

        with Session(write_bag(Path(folder) / "bag"), [TOPIC], command) as session:
            for turn in range(arguments.turns):
                both = {}
                for looked_at in (False, True) if turn % 2 else (True, False):
                    if looked_at:
                        with viewers(session, f"http://127.0.0.1:{port}/") as count:
                            before = count()
                            both[looked_at] = measure(session, arguments)
                            seen += count() - before
                    else:
                        both[looked_at] = measure(session, arguments)
                    frames[looked_at].append(both[looked_at])
                ratios.append(np.percentile(both[True], 95) / np.percentile(both[False], 95))
    quantiles = {}
    print("turns | frames | p50 ms | p95 ms\n---|---|---|---")
    for looked_at, name in ((False, "nobody looks"), (True, f"{len(PAUSES)} viewers")):
        values = np.concatenate(frames[looked_at])
        quantiles[looked_at] = np.percentile(values, (50, 95))
        print(f"{name} | {len(values)} | {quantiles[looked_at][0]:.1f} | {quantiles[looked_at][1]:.1f}")
    p50, p95 = quantiles[True] / quantiles[False]
    print(f"ratio | | {p50:.2f} | {p95:.2f}\nmedian over turns of the ratio of p95: {np.median(ratios):.2f}")
    print(f"{seen} pictures seen; load of the machine {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores")
    return 0


if __name__ == "__main__":
    sys.exit(main())
