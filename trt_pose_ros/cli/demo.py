"""Show the whole path: photographs of people as a camera, the real nodes over real DDS, skeletons as they arrive."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from .. import backends
from ..media.images import read_image
from ..media.video import VideoWriter
from ..model_file import ModelFile
from .errors import NothingDone
from .ros_environment import require, set_up

if TYPE_CHECKING:
    from ..ros.nodes.recorder import Recorder

RATE = 10.0  # frames a second
FRAMES = 80
_WIDTH, _HEIGHT = 640, 480
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


def main(arguments: argparse.Namespace) -> int:
    """Run the demo; returns 0 if people were found."""
    require(*_missing())
    set_up()
    from ..ros.nodes.recorder import Recorder
    from ..ros.runtime.command import node_command, stop
    from ..ros.runtime.process import run

    model = ModelFile.load(arguments.model)
    arguments.output.mkdir(parents=True, exist_ok=True)
    camera, clip, image = (arguments.output / name for name in ("camera.mp4", "annotated.mp4", "annotated.png"))
    print(
        f"A camera pans over two photographs, {FRAMES} frames in {FRAMES / RATE:.0f} s. video_source_node publishes "
        "them, pose_node finds the people, this process subscribes. It takes about 20 seconds, half of them to start.",
        flush=True,
    )
    print(f"1. writing what the camera sees: {camera}", flush=True)
    write_clip(camera)
    print(f"2. starting the nodes with model {model.manifest.name} ({model.path})", flush=True)
    nodes: list[subprocess.Popen[bytes]] = []
    recorders: list[Recorder] = []

    def record() -> Recorder:
        def done() -> bool:
            return any(node.poll() is not None for node in nodes)

        recorders.append(Recorder(clip, image, RATE, done, _PATIENCE))
        print("3. waiting for skeletons; times are those of the camera", flush=True)
        return recorders[0]

    try:
        started = {
            "pose_node": {"model": str(model.path.resolve())},
            "video_source_node": {"source": str(camera.resolve()), "image_qos": "reliable"},
        }
        for name, parameters in started.items():
            line = node_command(f"trt_pose_ros.ros.nodes.{name}", parameters=parameters)
            nodes.append(subprocess.Popen(line))
        code = run(record)
    finally:
        codes = [stop(node) for node in reversed(nodes)]
    if code or not recorders:
        return code or 1
    return _report(recorders[0], codes, clip, image)


def _report(recorder: Recorder, codes: Sequence[int], clip: Path, image: Path) -> int:
    """Say what was seen; NothingDone if that was nobody, or if a node failed."""
    frames, detections = recorder.frames, recorder.detections
    if any(codes) or not detections:
        raise NothingDone(f"the demo failed: {detections} detections in {frames} frames, the nodes ended with {codes}")
    identities = len(recorder.identities)
    print(f"{detections} detections, {identities} identities, in {frames} of the camera's {FRAMES} frames.")
    if frames < FRAMES:
        print(
            f"The other {FRAMES - frames} came while the network was busy: pose_node takes the newest frame and drops "
            "older ones, so that a robot never acts on the past."
        )
    for note in recorder.notes:
        print(f"note: {note}")
    print(f"Look at {image} and {clip}.")
    return 0


def write_clip(file: Path) -> None:
    """Write a clip of a crop that moves over the photographs: a camera that pans from one person to the other."""
    heights = [cv2.resize(p, (round(p.shape[1] * 490 / p.shape[0]), 490)) for p in photographs()]
    wall = np.concatenate(heights, axis=1)
    writer = VideoWriter(file, RATE)
    for phase in np.linspace(0, np.pi, FRAMES):
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


def _missing() -> list[str]:
    """Packages that the demo needs and that are not installed, as PyPI calls them."""
    missing = [photograph.package for photograph in _PHOTOGRAPHS if _path(photograph) is None]
    return missing if any(map(backends.is_usable, backends.NAMES)) else ["openvino", *missing]
