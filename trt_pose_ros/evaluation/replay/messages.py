"""What was found, as a bag that plays beside the original: the topics and messages of pose_node."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...bags.cameras import Camera
from ...bags.reader import BagReader
from ...bags.types import message_types
from ...bags.writer import BagWriter
from ...events.event import Event
from ...geometry import CameraModel
from ...media.drawing import MIN_SCORE, draw_poses
from ...media.event_drawing import draw_events
from ...messages.camera_info import camera_model
from ...messages.event_markers import event_markers
from ...messages.events import event_array
from ...messages.header import header
from ...messages.images import bgr_to_image
from ...messages.markers import marker_array, plane
from ...messages.skeletons import skeleton_array, skeleton_topology
from ...messages.topics import camera_info_topic, camera_topic, is_rectified
from ...settings import FixedSettings, LiveSettings
from ...topology import Topology
from .merge import Frame

_CAMERA_INFO = "sensor_msgs/msg/CameraInfo"


class OutputBag:
    """Writes the messages of one bag's images, each at the time at which its image was recorded; a context manager.

    Args:
        path: of the new bag.
        topology: of the people.
        start: log time of the topology, nanoseconds.
        live: settings as the node's; people below ``live.min_score`` are left out.
        markers: write markers, too.
        calibrations: {camera: its CameraModel}, for markers at a depth.
        events: write what changes on `/events`, and what is going on, latched, on `/events/current`.
        storage: ``mcap`` or ``sqlite3``.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        topology: Topology,
        start: int,
        live: LiveSettings,
        markers: bool = False,
        calibrations: Mapping[str, CameraModel] | None = None,
        events: bool = False,
        storage: str = "mcap",
    ) -> None:
        self._live, self._markers, self._calibrations = live, markers, calibrations or {}
        self._types = message_types()
        self._writer = BagWriter(path, storage)
        self._writer.write("/topology", skeleton_topology(topology, self._types), start)
        if events:
            self._write_current((), header(start, "", self._types), start)

    def add(self, frame: Frame, image: np.ndarray | None = None) -> None:
        """Write an image's messages; into ``image`` (uint8 [h, w, 3] BGR) the people are drawn, if it is given."""
        seen, camera = frame.seen, frame.image.camera
        poses = frame.poses[frame.poses.scores >= self._live.min_score]
        head = header(seen.stamp, seen.frame_id, self._types)
        self._write(camera, "skeletons", skeleton_array(poses, head, seen.width, seen.height, self._types), frame)
        if frame.changed:
            self._writer.write("/events", event_array(frame.changed, head, self._types), frame.seen.log_time)
            self._write_current(frame.going_on, head, frame.seen.log_time)
        if self._markers:
            poses_shown = poses.confident(MIN_SCORE)
            model, depth, rays = self._view(camera, seen.width, seen.height)
            places = depth * model.rays(poses_shown.keypoints[:, :, :2])
            self._write(camera, "markers", marker_array(poses_shown, places, head, self._types, rays), frame)
            if frame.situation is not None:
                self._write(camera, "events/markers", event_markers(frame.situation, head, self._types), frame)
        if image is not None:
            drawn = draw_poses(image, poses, self._live.labels)
            if frame.situation is not None:
                draw_events(drawn, frame.situation)
            self._write(camera, "annotated", bgr_to_image(drawn, head, self._types), frame)

    def _write_current(self, events: Sequence[Event], head: Any, log_time: int) -> None:
        message = event_array(events, head, self._types)
        self._writer.write("/events/current", message, log_time, latched=True)

    def _view(self, camera: str, width: int, height: int) -> tuple[CameraModel, float, bool]:
        """How markers are put into space: the camera, the depth in metres, and whether with rays."""
        style = self._live.marker_style
        if style == "plane" or camera not in self._calibrations:
            return plane(width, height), 1.0, False
        return self._calibrations[camera].scaled_to(width, height), self._live.marker_depth, style == "rays"

    def _write(self, camera: str, topic: str, message: Any, frame: Frame) -> None:
        self._writer.write(f"/{camera_topic(camera, topic)}", message, frame.seen.log_time)

    def __enter__(self) -> OutputBag:
        return self

    def __exit__(self, *error: Any) -> None:
        self._writer.__exit__(*error)


def calibrations(
    bag: BagReader, cameras: Sequence[Camera], fixed: FixedSettings
) -> tuple[dict[str, CameraModel], list[str]]:
    """Each camera's first calibration that the bag holds, and why the others have none, in sentences."""
    found, problems = {}, []
    for camera in cameras:
        topic = camera_info_topic(camera.topic.removesuffix("/compressed"))
        record = next(iter(bag.messages([topic])), None)
        try:
            if record is None or record.type != _CAMERA_INFO:
                raise ValueError("the bag has none")
            model = camera_model(bag.decode(record), is_rectified(camera.topic, fixed.rectified))
            if model is None:
                raise ValueError("it is of an uncalibrated camera")
            found[camera.name] = model
        except ValueError as error:
            problems.append(f"markers of {camera.topic} are on the image plane: {topic}: {error}")
    return found, problems
