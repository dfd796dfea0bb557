"""Find people in a picture, a folder of pictures, a video or a webcam, without ROS."""

import json
import sys
import time
from itertools import islice
from pathlib import Path

import cv2
from tqdm import tqdm

from .. import backends
from ..coco import image_id, results
from ..drawing import draw_poses
from ..pipeline import PosePipeline
from ..preprocess import parse_size
from ..sources import Pictures, open_source


def add_arguments(parser):
    """Declare the verb's arguments."""
    parser.add_argument("source", help="picture, folder of pictures, video file, or the number of a webcam")
    add_model_arguments(parser)
    parser.add_argument("--output", type=Path, default=Path("output"), metavar="DIR", help="default: output")
    parser.add_argument("--no-pictures", action="store_true", help="write keypoints.json only")
    parser.add_argument("--max-frames", type=int, metavar="N", help="stop after N pictures (a webcam never ends)")


def add_model_arguments(parser):
    """Declare the arguments that choose and set a model; shared with other verbs."""
    parser.add_argument("--model", metavar="FILE", help="model file; default: the bundled one, or $TRT_POSE_MODEL")
    parser.add_argument("--backend", default="auto", choices=backends.CHOICES, help="default: auto")
    parser.add_argument("--input-size", type=parse_size, metavar="HxW", help="of the network; default: the model's")


def main(arguments):
    """Write ``keypoints.json`` and annotated pictures, or an annotated video, to the output folder."""
    source = open_source(arguments.source)
    origin = Path(arguments.source).resolve()
    if arguments.output.resolve() in (origin, origin.parent):
        raise ValueError(f"--output {arguments.output} is the source's own folder: its pictures would be overwritten")
    pipeline = PosePipeline.open(arguments.model, arguments.backend, input_size=arguments.input_size)
    arguments.output.mkdir(parents=True, exist_ok=True)
    draw = None if arguments.no_pictures else _annotator(source, arguments.output)
    found, frames, people, seconds = [], 0, 0, 0.0
    try:
        total = len(source) or arguments.max_frames
        for frame in tqdm(islice(source, arguments.max_frames), total=total, unit="picture", disable=None):
            started = time.perf_counter()
            (poses,) = pipeline([frame.image])
            seconds += time.perf_counter() - started
            found += results(poses, image_id(frame.name, frame.index))
            frames += 1
            people += len(poses)
            if draw:
                draw(frame, poses)
    except KeyboardInterrupt:
        print("stopped; what was found so far is kept", file=sys.stderr)
    finally:
        if draw:
            draw.close()
        (arguments.output / "keypoints.json").write_text(json.dumps(found))
    for name in source.skipped:
        print(f"warning: {name} is not a readable picture, left out", file=sys.stderr)
    if not frames:
        raise ValueError(f"no picture could be read from {arguments.source}")
    if arguments.max_frames is None and frames + len(source.skipped) < len(source):
        print(f"warning: the file tells of {len(source)} frames, only {frames} could be read", file=sys.stderr)
    print(
        f"{people} people in {frames} pictures, {1e3 * seconds / frames:.1f} ms a picture "
        f"({pipeline.backend.name}): {arguments.output}"
    )
    return 0


def _annotator(source, output):
    return _PictureWriter(output) if isinstance(source, Pictures) else _VideoWriter(output, source.rate or 30.0)


class _PictureWriter:
    """Writes each annotated picture under its own name."""

    def __init__(self, output):
        self._output = output

    def __call__(self, frame, poses):
        file = self._output / frame.name
        if not cv2.imwrite(str(file), draw_poses(frame.image, poses)):
            raise ValueError(f"cannot write {file}")

    def close(self):
        """Nothing is open."""


class _VideoWriter:
    """Writes annotated frames into ``annotated.mp4``."""

    def __init__(self, output, rate):
        self._file, self._rate, self._writer = output / "annotated.mp4", rate, None

    def __call__(self, frame, poses):
        if self._writer is None:
            height, width = frame.image.shape[:2]
            self._writer = cv2.VideoWriter(
                str(self._file), cv2.VideoWriter_fourcc(*"mp4v"), self._rate, (width, height)
            )
            if not self._writer.isOpened():
                raise ValueError(f"cannot write {self._file}")
        self._writer.write(draw_poses(frame.image, poses))

    def close(self):
        """Finish the file."""
        if self._writer is not None:
            self._writer.release()
