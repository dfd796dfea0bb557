"""Find people in images, folders, videos, webcams and network streams, without ROS."""

from __future__ import annotations

import argparse
import sys
import time
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from ..events.situation import Situation
from ..media.drawing import MIN_SCORE
from ..media.frame import Frame
from ..media.sources import Images, Source, Video, open_source
from ..pipeline import PosePipeline
from ..poses import NO_TRACK, Poses
from .arguments import add_model_arguments, count, share
from .errors import NothingDone
from .outputs import Outputs, Plot
from .progress import progress
from .scenes import Scenes, add_scene_arguments
from .signals import ended_by_sigterm
from .telling import tell, tell_of
from .watching import Watching, add_event_arguments, watching_of
from .window import Window


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "source",
        nargs="+",
        help="image, folder of images, pattern such as 'photos/**/*.jpg', video file, number of a webcam, or URL of a "
        "stream (rtsp://, http://); of images, folders and patterns several",
    )
    add_model_arguments(parser)
    parser.add_argument("--output", type=Path, default=Path("output"), metavar="DIR", help="default: output")
    parser.add_argument(
        "--min-score",
        type=share,
        default=MIN_SCORE,
        metavar="S",
        help=f"people below are left out, of files and drawings; default: {MIN_SCORE}, 0 for everybody",
    )
    parser.add_argument(
        "--show", action="store_true", help="show the annotated images in a window as well; q or Esc ends, as Ctrl-C"
    )
    parser.add_argument("--no-images", action="store_true", help="no annotated images or video")
    parser.add_argument("--csv", action="store_true", help="write keypoints.csv as well")
    parser.add_argument("--max-frames", type=count, metavar="N", help="stop after N images (a webcam never ends)")
    parser.add_argument(
        "--hands",
        nargs="?",
        const=True,
        default=False,
        metavar="FILE",
        help="find the joints of the people's hands as well; file or name of their model; default: light_hand",
    )
    add_scene_arguments(parser)
    add_event_arguments(parser)


def main(arguments: argparse.Namespace) -> int:
    """Write ``keypoints.json`` and annotated images, or an annotated video, to the output folder."""
    window = Window("trt-pose") if arguments.show else None
    source = open_source(arguments.source)
    _check_output(source, arguments)
    scenes, watching = Scenes(arguments, source), watching_of(arguments, isinstance(source, Images))
    pipeline = PosePipeline.open(
        arguments.model,
        arguments.backend,
        input_size=arguments.input_size,
        batch=1,
        lifter=arguments.lift,
        hands=arguments.hands,
    )
    work = _Work(pipeline, source, arguments.min_score, scenes, watching)
    outputs = Outputs(
        arguments.output,
        source,
        pipeline.topology,
        annotate=not arguments.no_images,
        table=arguments.csv,
        places=scenes.known,
        plot=Plot(scenes) if arguments.plot_3d else None,
        events=watching is not None,
        show=window,
    )
    total = min((n for n in (len(source), arguments.max_frames) if n), default=None)
    try:
        with outputs, ended_by_sigterm():
            try:
                for frame in progress(islice(source, arguments.max_frames), total, work.unit):
                    work.one(frame, outputs)
                    if window is not None and window.closed:
                        raise KeyboardInterrupt
            finally:
                work.end(outputs)
        if window is not None and isinstance(source, Images):
            window.hold()  # pictures, unlike videos, are to be looked at
    except KeyboardInterrupt:
        print("stopped; what was found so far is kept", file=sys.stderr)
    finally:
        source.close()
        if window is not None:
            window.close()
        tell_of(source, work.failed)
        tell("without depth", scenes.lacking)
        for note in (*outputs.notes, *work.notes()):
            print(f"note: {note}", file=sys.stderr)
    if not work.frames:
        raise NothingDone(f"no image could be read from {' '.join(arguments.source)}")
    missing = len(source) - work.frames - len(work.failed)
    if isinstance(source, Video) and arguments.max_frames is None and missing > 0:
        print(f"warning: the file tells of {len(source)} frames, {missing} could not be read", file=sys.stderr)
    print(f"{work.summary()}: {arguments.output}")
    return 0


class _Work:
    """Finds the people of each frame, and counts.

    Attributes:
        unit: what a frame is called.
        frames: how many were done.
        failed: names of those that failed, each with the reason.
    """

    def __init__(
        self, pipeline: PosePipeline, source: Source, min_score: float, scenes: Scenes, watching: Watching | None
    ) -> None:
        self._pipeline, self._min_score, self._scenes, self._watching = pipeline, min_score, scenes, watching
        self._camera = None if isinstance(source, Images) else source.name
        self.unit = "images" if self._camera is None else "frames"
        self.frames = self._people = self._hands = self._placed = 0
        self.failed: dict[str, str] = {}
        self._identities: set[int] = set()
        self._seconds: dict[str, float] = {}
        self._begin = self._moment = time.perf_counter()

    def one(self, frame: Frame, outputs: Outputs) -> None:
        """Find the people of a frame and write them."""
        self._lap("read")
        try:
            poses = self._find(frame)
        except (ValueError, cv2.error) as error:
            self.failed[frame.name if self._camera is None else f"frame {frame.index}"] = str(error)
            return
        for stage, seconds in self._pipeline.times.items():
            self._spend(stage, seconds)
        self._moment = time.perf_counter()
        hands = None if self._pipeline.hands is None else self._pipeline.hands[0]
        situation: Situation | None = None
        if self._watching is not None:
            changed, situation = self._watching.update(frame, poses, hands)
            self._lap("events")
            outputs.tell(changed, frame)
        outputs.add(frame, poses, hands, situation)
        self._lap("write")
        self.frames += 1
        self._people += len(poses)
        self._hands += 0 if hands is None else len(hands)
        if poses.positions is not None:
            self._placed += int(np.isfinite(poses.positions).all(axis=2).any(axis=1).sum())
        self._identities |= set(poses.track_ids.tolist()) - {NO_TRACK}

    def end(self, outputs: Outputs) -> None:
        """Write how what is going on ends: with the last image."""
        if self._watching is not None:
            outputs.tell(self._watching.close())

    def summary(self) -> str:
        """What was found and how long it took."""
        found = _counted(self._people, "person", "people")
        if self._camera is not None:
            told = _counted(len(self._identities), "person", "people")
            found = f"{_counted(self._people, 'detection', 'detections')} of {told} with an identity"
        if self._pipeline.hands is not None:
            found += f", {_counted(self._hands, 'hand', 'hands')}"
        if self._scenes.known:
            found += f", {self._placed} with places in space"
        if self._watching is not None:
            found += f", {self._watching.summary()}"
        stages = ", ".join(f"{stage} {1e3 * s / self.frames:.1f}" for stage, s in self._seconds.items())
        return (
            f"{found} in {self.frames} {self.unit}; ms each: {stages}; "
            f"{self.frames / (self._moment - self._begin):.1f} a second ({self._pipeline.backend.name})"
        )

    def notes(self) -> list[str]:
        """What the user should know, in sentences."""
        if not self._scenes.known or self._placed or not self._people:
            return []
        return [
            "nobody has a place in space: that takes --depth DIR, --camera-height M with feet in the image, --lift, or "
            "a model that finds bodies in space"
        ]

    def _find(self, frame: Frame) -> Poses:
        scenes = [self._scenes.of(frame)] if self._scenes.known else None
        if self._camera is None or frame.time is None:
            (poses,) = self._pipeline([frame.image], scenes=scenes)
        else:
            (poses,) = self._pipeline([frame.image], [self._camera], [frame.time], scenes=scenes)
        return poses[poses.scores >= self._min_score]

    def _lap(self, stage: str) -> None:
        now = time.perf_counter()
        self._spend(stage, now - self._moment)
        self._moment = now

    def _spend(self, stage: str, seconds: float) -> None:
        self._seconds[stage] = self._seconds.get(stage, 0.0) + seconds


def _check_output(source: Source, arguments: argparse.Namespace) -> None:
    """Raise ValueError where no results can be written, or where they would overwrite what they are made of."""
    if arguments.output.exists() and not arguments.output.is_dir():
        raise ValueError(f"--output {arguments.output} is a file: name a folder, which is made where it is missing")
    if isinstance(source, Images):
        folders = {file.parent.resolve() for file in source.files}
    else:
        folders = {Path(text).resolve().parent for text in arguments.source if Path(text).is_file()}
    if arguments.output.resolve() in folders:
        raise ValueError(f"--output {arguments.output} is the source's own folder: its images would be overwritten")


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
