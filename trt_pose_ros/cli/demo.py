"""Show the whole path: photographs of people as a camera, the real nodes over real DDS, skeletons as they arrive."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from ..model_file import ModelFile
from .ros_environment import set_up

RATE = 10.0  # frames a second
_WIDTH, _HEIGHT = 640, 480
_FRAMES = 80
# public-domain portraits that come with well-known packages
_PHOTOGRAPHS = {
    "skimage": "data/astronaut.png",  # Eileen Collins, NASA
    "matplotlib": "mpl-data/sample_data/grace_hopper.jpg",  # Grace Hopper, US Navy
}


def add_arguments(parser):
    """Declare the verb's arguments."""
    parser.add_argument("--output", type=Path, default=Path("demo_output"), metavar="DIR", help="default: demo_output")
    parser.add_argument("--model", metavar="FILE", help="model file; default: the bundled one, or $TRT_POSE_MODEL")


def main(arguments):
    """Run the demo; returns 0 if people were found."""
    set_up()
    from ..ros.nodes.recorder import Recorder
    from ..ros.runtime.process import run

    model = ModelFile.load(arguments.model)
    arguments.output.mkdir(parents=True, exist_ok=True)
    camera, clip, picture = (arguments.output / name for name in ("camera.mp4", "annotated.mp4", "annotated.png"))
    write_clip(camera)
    print(f"model {model.manifest.name} ({model.path})", flush=True)
    pose = _start("pose_node", f"model:={json.dumps(str(model.path.resolve()))}")
    source = _start("video_source_node", f"source:={json.dumps(str(camera.resolve()))}", "image_qos:=reliable")
    recorder = None

    def record():
        nonlocal recorder
        recorder = Recorder(clip, picture, RATE, done=lambda: source.poll() is not None or pose.poll() is not None)
        return recorder

    try:
        run(record)
    finally:
        codes = [_stop(process) for process in (source, pose)]
    print(f"{recorder.people} people in {recorder.frames} of {_FRAMES} frames; look at {picture} and {clip}")
    # frames may be missing on a busy machine: the newest one wins
    if any(codes) or not recorder.people:
        raise ValueError(f"the demo failed: {recorder.people} people, the nodes ended with {codes}")
    return 0


def write_clip(path):
    """Write a clip of a crop that moves over the photographs: a camera that pans from one person to the other."""
    heights = [cv2.resize(p, (round(p.shape[1] * 490 / p.shape[0]), 490)) for p in photographs()]
    wall = np.concatenate(heights, axis=1)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), RATE, (_WIDTH, _HEIGHT))
    if not writer.isOpened():
        raise ValueError(f"cannot write {path}")
    for phase in np.linspace(0, np.pi, _FRAMES):
        x = round((wall.shape[1] - _WIDTH) * (0.5 - 0.5 * np.cos(phase)))
        y = round((wall.shape[0] - _HEIGHT) * (0.5 - 0.5 * np.sin(phase)))
        writer.write(np.ascontiguousarray(wall[y : y + _HEIGHT, x : x + _WIDTH]))
    writer.release()


def photographs():
    """The photographs, uint8 [h, w, 3] BGR; FileNotFoundError names the package of a missing one."""
    pictures = []
    for package, file in _PHOTOGRAPHS.items():
        spec = find_spec(package)
        path = Path(spec.origin).parent / file if spec else None
        image = cv2.imread(str(path)) if path else None
        if image is None:
            raise FileNotFoundError(
                f"the demo's photograph {file} comes with {package}: pip install 'trt_pose_ros[dev]'"
            )
        pictures.append(image)
    return pictures


def _start(node, *parameters):
    line = [sys.executable, "-m", f"trt_pose_ros.ros.nodes.{node}", "--ros-args"]
    for parameter in parameters:
        line += ["-p", parameter]
    return subprocess.Popen(line)


def _stop(process):
    process.terminate()
    return process.wait(timeout=10)
