"""What ``trt-pose run`` leaves in its output folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from ..events.event import Event
from ..events.situation import Situation
from ..media.coco import image_ids, reported_topology, results
from ..media.drawing import draw_poses
from ..media.event_drawing import draw_events
from ..media.event_results import event_result
from ..media.frame import Frame
from ..media.plot3d import Plot3d
from ..media.sources import Images, Source
from ..media.video import VideoWriter
from ..media.writers import CsvResults, JsonResults, image_names, write_image
from ..poses import Poses
from ..topology import Topology
from .scenes import Scenes

_PLOT_SHAPE = 1.2  # width of a plot over its height
_RATE = 30.0  # Hz, of the annotated video of a source that doesn't tell its own


class Plot:
    """The room that the people of an image are in, as a picture as high as the image.

    Args:
        scenes: of the images. Those of a video share a view, pictures have each their own.
    """

    def __init__(self, scenes: Scenes) -> None:
        self._scenes = scenes
        self._plot: Plot3d | None = None

    def __call__(self, frame: Frame, poses: Poses) -> np.ndarray:
        """The picture, uint8 [h, w, 3] BGR."""
        height, width = frame.image.shape[:2]
        if self._plot is None or frame.time is None:
            self._plot = Plot3d(self._scenes.camera(width, height), self._scenes.in_room)
        return self._plot.draw(poses, round(_PLOT_SHAPE * height), height)


class Outputs:
    """Writes results and annotated images as they come; a context, at whose end the files are whole.

    Args:
        folder: made where it is missing.
        source: whose images these will be.
        topology: of the people.
        annotate: write annotated images, or for a video an annotated one.
        table: write ``keypoints.csv`` as well.
        places: people are looked for in space, too.
        plot: what draws them there, beside each annotated image.
        events: write ``events.json`` as well.
        show: called with each annotated image, uint8 [h, w, 3] BGR, written or not.

    Attributes:
        notes: what the user should know, in sentences.

    Raises:
        OSError: a file can't be written, at the beginning already where that shows there.
    """

    def __init__(
        self,
        folder: Path,
        source: Source,
        topology: Topology,
        *,
        annotate: bool,
        table: bool,
        places: bool = False,
        plot: Plot | None = None,
        events: bool = False,
        show: Callable[[np.ndarray], None] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.notes: list[str] = []
        self._folder, self._annotate, self._plot, self._show, self._frames = folder, annotate, plot, show, 0
        self._ids: list[int] | None = None
        self._video: VideoWriter | None = None
        if isinstance(source, Images):
            self._ids, note = image_ids(source.names)
            self._names = image_names(source.names)
            self.notes += [note] if note else []
        elif annotate:
            self._video = VideoWriter(folder / "annotated.mp4", source.rate or _RATE)
        self._results: list[JsonResults | CsvResults] = [JsonResults(folder / "keypoints.json")]
        self._events = JsonResults(folder / "events.json") if events else None
        if table:
            self._results.append(CsvResults(folder / "keypoints.csv", reported_topology(topology).keypoints, places))

    def add(self, frame: Frame, poses: Poses, hands: Poses | None = None, situation: Situation | None = None) -> None:
        """Write the people of a frame, their hands and what is going on, where known; draws into its image."""
        found = self._told(frame, poses)
        if situation is not None:
            for person, kinds in zip(found, situation.kinds(), strict=True):
                person["events"] = kinds
        self._frames += 1
        for file in self._results:
            file.add(found)
        if hands is not None:
            self._results[0].add(self._told(frame, hands))
            draw_poses(frame.image, hands, labels=False)
        if self._annotate or self._show is not None:
            self._picture(frame, self._drawn(frame, poses, situation))

    def _picture(self, frame: Frame, drawn: np.ndarray) -> None:
        if self._video is not None:
            # a live source gives what comes, when it comes; of a file every frame has its place
            self._video.write(drawn, None if frame.arrived is None else frame.time)
        elif self._annotate:
            try:
                write_image(self._folder / self._names[frame.index], drawn)
            except ValueError as error:
                self.notes.append(str(error))
        if self._show is not None:
            self._show(drawn)

    def _told(self, frame: Frame, poses: Poses) -> list[dict[str, Any]]:
        if self._ids is not None:
            return results(poses, self._ids[frame.index], file_name=frame.name)
        return results(poses, frame.index, file_name=frame.name, frame=frame.index, time=frame.time)

    def tell(self, events: Iterable[Event], frame: Frame | None = None) -> None:
        """Write what has changed with a frame; None: with the end of the source."""
        where: dict[str, Any] = {}
        if frame is not None:
            where["image_id"] = frame.index if self._ids is None else self._ids[frame.index]
            where["file_name"] = frame.name
        if self._events is not None:
            self._events.add(event_result(event, **where) for event in events)

    def _drawn(self, frame: Frame, poses: Poses, situation: Situation | None) -> np.ndarray:
        image = draw_poses(frame.image, poses)
        if situation is not None:
            draw_events(image, situation)
        return image if self._plot is None else np.hstack([image, self._plot(frame, poses)])

    def __enter__(self) -> Outputs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in (*self._results, *([self._events] if self._events else [])):
            file.close(self._frames > 0)
        if self._video is not None:
            self._video.close()
            self.notes += self._video.notes
