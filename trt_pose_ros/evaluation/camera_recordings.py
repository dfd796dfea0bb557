"""What several cameras saw at the same time, recorded: skeletons in bags, or the files that ``trt-pose run`` writes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..bags.reader import BagReader
from ..geometry import CameraModel
from ..media.calibration import read_calibration
from ..messages.camera_info import camera_model
from ..poses import Poses
from ..spatial.views import InstantOptions, Instants, Stamped
from .bag_source import skeletons
from .result_file import people_of_file

_CAMERA_INFO = "sensor_msgs/msg/CameraInfo"


@dataclass(frozen=True, eq=False)
class CameraRecording:
    """What one camera saw.

    Attributes:
        name: of the camera.
        camera: for images of the size that the keypoints are of.
        images: (seconds, the people), in the order of time.
    """

    name: str
    camera: CameraModel
    images: Sequence[tuple[float, Poses]]


def read_recordings(
    sources: Sequence[str], calibration_files: Mapping[str, str] | None = None, rectified: bool = False
) -> list[CameraRecording]:
    """The cameras in recordings.

    Args:
        sources: paths of bags with skeletons on `CAMERA/skeletons`, their calibrations on `CAMERA/camera_info` of any
            of the bags; and CAMERA=FILE for people found by ``trt-pose run``, times counted from the same moment.
        calibration_files: {camera: calibration file}, which go before those of the bags.
        rectified: the keypoints are of rectified images.

    Raises:
        OSError, ValueError, ImportError: they can't be read, or a camera has no calibration.
    """
    images: dict[str, list[tuple[float, Poses]]] = {}
    sizes: dict[str, tuple[int, int]] = {}
    cameras: dict[str, CameraModel] = {}
    for source in sources:
        name, equals, file = source.partition("=")
        if equals and not Path(source).exists():
            images.setdefault(name, []).extend(_of_video(file))
            continue
        for seen in skeletons(source):
            name = seen.where["camera"] or _camera_name(seen.where["topic"], "skeletons")
            images.setdefault(name, []).append((1e-9 * seen.where["stamp"], seen.poses))
            sizes[name] = seen.size
        cameras = _calibrations_of_bag(source, rectified) | cameras
    for name, file in (calibration_files or {}).items():
        c = read_calibration(file)
        cameras[name] = CameraModel.from_calibration(
            c.width, c.height, c.k, c.d, c.distortion_model, c.r, c.p, rectified=rectified
        )
    return [
        CameraRecording(name, _camera(name, cameras, sizes.get(name)), sorted(found, key=lambda at: at[0]))
        for name, found in sorted(images.items())
    ]


def moments(
    recordings: Sequence[CameraRecording], options: InstantOptions | None = None
) -> Iterator[tuple[float, dict[str, tuple[float, Poses]]]]:
    """(seconds of a moment, {camera: (its own seconds, the people)}), in the order of time."""
    instants: Instants[Poses] = Instants([r.name for r in recordings], options)
    events = sorted(
        ((stamp, recording.name, poses) for recording in recordings for stamp, poses in recording.images),
        key=lambda event: event[:2],
    )
    for stamp, name, poses in events:
        instants.add(name, Stamped(stamp, stamp, poses))
        yield from map(_moment, instants.ready(stamp))
    yield from map(_moment, instants.ready(float("inf")))


def _moment(items: dict[str, Stamped[Poses]]) -> tuple[float, dict[str, tuple[float, Poses]]]:
    stamps = sorted(item.stamp for item in items.values())
    return stamps[(len(stamps) - 1) // 2], {name: (item.stamp, item.value) for name, item in items.items()}


def _calibrations_of_bag(path: str, rectified: bool) -> dict[str, CameraModel]:
    """{camera: by its first CameraInfo} of a bag; those of uncalibrated cameras are left out."""
    found = {}
    with BagReader(path) as bag:
        for topic in (name for name, topic in bag.topics.items() if topic.type == _CAMERA_INFO):
            record = next(iter(bag.messages([topic])), None)
            try:
                camera = None if record is None else camera_model(bag.decode(record), rectified)
            except ValueError as error:
                raise ValueError(f"{topic} of {path} is unusable: {error}") from None
            if camera is not None:
                found[_camera_name(topic, "camera_info")] = camera
    return found


def _camera_name(topic: str, last: str) -> str:
    """The camera of a topic, which is its namespace."""
    return topic.strip("/").removesuffix(last).strip("/")


def _camera(name: str, cameras: Mapping[str, CameraModel], size: tuple[int, int] | None) -> CameraModel:
    if name not in cameras:
        raise ValueError(
            f"camera {name!r} has no calibration: give --camera-info {name}=FILE, or a bag with its camera_info "
            f"(known: {', '.join(cameras) or 'none'})"
        )
    return cameras[name].scaled_to(*size) if size and all(size) else cameras[name]


def _of_video(path: str) -> list[tuple[float, Poses]]:
    found = people_of_file(path)
    if any(math.isnan(time) for time, _ in found):
        raise ValueError(f"{path} is the keypoints.json of pictures, not of a video: it tells no times")
    return found
