"""The picture of the live page in the documentation: people who move, what they do, and what the node says of itself.

python benchmarks/live_page.py [--width 1280] [--dark] [--language ko] FILE.png

A camera pans over public-domain photographs; `trt-pose launch --web` and events_node run as users run them, Chromium
opens the page. Whoever comes into the middle of the picture is an event.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "test")]

import browser  # noqa: E402

from trt_pose_ros.cli.demo import photographs  # noqa: E402
from trt_pose_ros.cli.ros_environment import set_up  # noqa: E402
from trt_pose_ros.media.video import VideoWriter  # noqa: E402

SIZE, RATE, SECONDS = (900, 540), 10.0, 8
RULES = {
    "rules": {
        "in_the_middle": {
            "description": "Somebody is in the middle of the picture.",
            "zone": "middle",
            "when": {"inside": {"joint": "head", "at_least": 0}},
            "for": 0.3,
            "until": 0.3,
        }
    },
    "zones": {"middle": {"polygon": [[0.25, 0], [0.75, 0], [0.75, 1], [0.25, 1]]}},
}
PATIENCE = 120.0  # seconds


def write_clip(path):
    """A clip of a camera that pans to and fro over the photographs, so that their people move."""
    width, height = SIZE
    tall = 1.08 * height  # room to pan
    portraits = [cv2.resize(p, (round(p.shape[1] * tall / p.shape[0]), round(tall))) for p in photographs()]
    wall = np.concatenate(portraits, axis=1)
    writer = VideoWriter(path, RATE)
    for phase in np.linspace(0, 2 * np.pi, round(RATE * SECONDS), endpoint=False):
        x = round((wall.shape[1] - width) * (0.5 - 0.5 * np.cos(phase)))
        y = round((wall.shape[0] - height) * (0.5 - 0.5 * np.sin(phase)))
        writer.write(np.ascontiguousarray(wall[y : y + height, x : x + width]))
    writer.close()


def main():
    """Start everything, wait until there is something to see, and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="PNG to write")
    parser.add_argument("--width", type=int, default=1280, help="of the screen in pixels")
    parser.add_argument("--height", type=int, default=900, help="of the screen in pixels")
    parser.add_argument("--dark", action="store_true", help="a browser in dark mode")
    parser.add_argument("--language", default="en", help="of the browser")
    parser.add_argument("--model", default="", help="model file or name; default: the bundled one")
    parser.add_argument("--seconds", type=float, default=20.0, help="that the page is open before, for its plots")
    arguments = parser.parse_args()
    if browser.PROGRAM is None:
        raise SystemExit(browser.MISSING)
    set_up()
    os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))
    from trt_pose_ros.ros.runtime.command import node_command, stop

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        clip, parameters, rules = (Path(folder) / name for name in ("clip.mp4", "parameters.yaml", "rules.yaml"))
        rules.write_text(yaml.safe_dump(RULES))
        write_clip(clip)
        parameters.write_text(yaml.safe_dump({"/**/web_node": {"ros__parameters": {"port": port}}}))
        launch = [sys.executable, "-m", "trt_pose_ros.cli.main", "launch", "--web", "--source", str(clip), "--loop"]
        launch += ["--params-file", str(parameters)] + (["--model", arguments.model] if arguments.model else [])
        events = node_command("trt_pose_ros.ros.nodes.events_node", parameters={"rules": [str(rules)]})
        processes = [subprocess.Popen(launch), subprocess.Popen(events)]
        try:
            with browser.browser(Path(folder) / "profile") as tab:
                tab("Emulation.setUserAgentOverride", userAgent="picture", acceptLanguage=arguments.language)
                tab.look(arguments.width, arguments.height, dark=arguments.dark)
                _open(tab, port)
                _wait(tab, "document.querySelectorAll('#events-now strong').length > 0", "an event")
                time.sleep(arguments.seconds)
                _wait(tab, "document.querySelectorAll('#events-now strong').length > 0", "an event")
                arguments.file.write_bytes(tab.screenshot(whole=False))
        finally:
            for process in processes:
                stop(process)
    return 0


def _open(tab, port):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
    tab.open(f"http://127.0.0.1:{port}/")


def _wait(tab, condition, what):
    end = time.monotonic() + PATIENCE
    while not tab.run(condition):
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for {what}")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
