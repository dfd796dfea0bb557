"""Show the whole path: photographs of people as a camera, the real nodes over real DDS, skeletons as they arrive."""

from __future__ import annotations

import argparse
import contextlib
import socket
import subprocess
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from .. import backends
from ..media.images import read_image
from ..media.video import VideoWriter
from ..model_file import ModelFile
from .errors import NothingDone
from .ros_environment import require, set_up
from .signals import ended_by_sigterm

if TYPE_CHECKING:
    from ..ros.nodes.recorder import Recorder

RATE = 10.0  # frames a second
FRAMES = 80
_WIDTH, _HEIGHT = 640, 480
_START = 12.0  # seconds that the nodes take to start, about
_LOOK = 0.2  # seconds between looks whether the nodes still run
_PATIENCE = 60.0  # seconds without a frame after which something must be wrong


class _Photograph(NamedTuple):
    """A public-domain portrait that comes with a well-known package."""

    module: str
    package: str
    file: str


_PHOTOGRAPHS = (
    _Photograph("skimage", "scikit-image", "data/astronaut.png"),  # Eileen Collins, NASA
    _Photograph("matplotlib", "matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),  # Grace Hopper, US Navy
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--output", type=Path, default=Path("demo_output"), metavar="DIR", help="default: demo_output")
    parser.add_argument("--model", metavar="FILE", help="model file; default: the bundled one, or $TRT_POSE_MODEL")
    parser.add_argument("--view", action="store_true", help="serve the live page for a browser, and go on until Ctrl-C")


def main(arguments: argparse.Namespace) -> int:
    """Run the demo; returns 0 if people were found."""
    require(*_missing(arguments.view))
    set_up()
    model = ModelFile.load(arguments.model)
    arguments.output.mkdir(parents=True, exist_ok=True)
    camera = arguments.output / "camera.mp4"
    frames = 2 * FRAMES if arguments.view else FRAMES
    print(
        f"A camera pans over two photographs{' and back' * arguments.view}, {frames} frames in {frames / RATE:.0f} s. "
        "video_source_node publishes them, pose_node finds the people, this process subscribes. It takes about "
        f"{frames / RATE + _START:.0f} seconds, {_START:.0f} of them to start.",
        flush=True,
    )
    print(f"1. writing what the camera sees: {camera}", flush=True)
    write_clip(camera, frames, back=arguments.view)
    print(f"2. starting the nodes with model {model.manifest.name}", flush=True)
    parameters: dict[str, dict[str, Any]] = {
        # the model as it was given: it may be more than the file of its first network
        "pose_node": {"model": arguments.model or ""},
        "video_source_node": {"source": str(camera.resolve()), "image_qos": "reliable", "loop": arguments.view},
    }
    port = _free_port()
    if arguments.view:
        parameters["web_node"] = {"port": port}
    page = f"http://127.0.0.1:{port}/" if arguments.view else None
    with ended_by_sigterm():
        recorder, codes = _run(parameters, arguments.output, frames, page)
    if any(codes) or not recorder.people:
        raise NothingDone(
            f"the demo failed: {recorder.people} people in {recorder.frames} frames, the nodes ended with {codes}"
        )
    return 0


def _run(
    parameters: Mapping[str, Mapping[str, Any]], output: Path, frames: int, page: str | None
) -> tuple[Recorder, list[int]]:
    """Run the nodes until the camera has shown all its frames, with a page until Ctrl-C, and tell what was seen.

    Returns:
        (the recorder, exit codes of the nodes).

    Raises:
        NothingDone: there was nothing that could be recorded; KeyboardInterrupt: nothing yet.
    """
    from ..ros.nodes.recorder import Recorder
    from ..ros.runtime.command import node_command, stop
    from ..ros.runtime.process import is_ending, run

    nodes: list[subprocess.Popen[bytes]] = []
    recorders: list[Recorder] = []
    clip, image = output / "annotated.mp4", output / "annotated.png"

    def ended() -> bool:
        return any(node.poll() is not None for node in nodes)

    def record() -> Recorder:
        def done() -> bool:
            return ended() or recorders[0].seconds >= frames / RATE

        recorders.append(Recorder(clip, image, RATE, done, _PATIENCE))
        print("3. waiting for skeletons; times are those of the camera", flush=True)
        return recorders[0]

    try:
        for name, values in parameters.items():
            nodes.append(subprocess.Popen(node_command(f"trt_pose_ros.ros.nodes.{name}", parameters=values)))
        if run(record) or not recorders:
            raise NothingDone("the demo failed: this process could not subscribe")
        if recorders[0].people:
            _tell(recorders[0], frames)
            print(f"Look at {image} and {clip}.", flush=True)
        if page and not ended() and not is_ending():
            print(f"Live page: {page} (in a browser on this machine). Ctrl-C ends the demo.", flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                while not ended():
                    time.sleep(_LOOK)
    finally:
        codes = [stop(node) for node in reversed(nodes)]
    return recorders[0], codes


def _tell(recorder: Recorder, frames: int) -> None:
    """Say what was seen."""
    counts = sorted(recorder.counts.items())
    by_people = ", ".join(f"{images} with {_people(people)}" for people, images in counts)
    identities = len(recorder.identities)
    print(
        f"{recorder.frames} of the camera's {frames} frames, {by_people}; "
        f"{identities} {'identity' if identities == 1 else 'identities'}."
    )
    if recorder.frames < frames:
        print(
            f"The other {frames - recorder.frames} came while the network was busy: pose_node takes the newest frame "
            "and drops older ones, so that a robot never acts on the past."
        )
    for note in recorder.notes:
        print(f"note: {note}")


def _people(number: int) -> str:
    return {0: "nobody", 1: "one person", 2: "two people"}.get(number, f"{number} people")


def _free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def write_clip(file: Path, frames: int, back: bool = False) -> None:
    """Write a clip of a crop that moves over the photographs: a camera that pans from one person to the other.

    Args:
        file: an .mp4.
        frames: how many.
        back: and back again, so that it can be looped.
    """
    heights = [cv2.resize(p, (round(p.shape[1] * 490 / p.shape[0]), 490)) for p in photographs()]
    wall = np.concatenate(heights, axis=1)
    writer = VideoWriter(file, RATE)
    for phase in np.linspace(0, (2 if back else 1) * np.pi, frames):
        x = round((wall.shape[1] - _WIDTH) * (0.5 - 0.5 * np.cos(phase)))
        y = round((wall.shape[0] - _HEIGHT) * (0.5 - 0.5 * np.sin(phase)))
        writer.write(wall[y : y + _HEIGHT, x : x + _WIDTH])
    writer.close()


def photographs() -> list[np.ndarray]:
    """The photographs, uint8 [h, w, 3] BGR."""
    return [read_image(path) for path in map(_path, _PHOTOGRAPHS) if path is not None]


def _path(photograph: _Photograph) -> Path | None:
    spec = find_spec(photograph.module)
    path = Path(spec.origin).parent / photograph.file if spec and spec.origin else None
    return path if path is not None and path.is_file() else None


def _missing(view: bool) -> list[str]:
    """Packages that the demo needs and that are not installed, as PyPI calls them."""
    missing = [photograph.package for photograph in _PHOTOGRAPHS if _path(photograph) is None]
    missing += ["aiohttp"] * (view and find_spec("aiohttp") is None)
    return missing if any(map(backends.is_usable, backends.NAMES)) else ["openvino", *missing]
