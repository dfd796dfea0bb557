"""Zones, and what is going on, as markers for RViz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..events.situation import Situation
from ..geometry import CameraModel
from ..media.event_drawing import BUSY, QUIET
from .markers import USUAL_DISTANCE, Markers, plane
from .skeletons import color
from .types import MessageTypes

_LINE, _LABEL = 0.006, 0.03  # sizes as a share of the distance from the camera


def event_markers(situation: Situation, header: Any, types: MessageTypes) -> Any:
    """A MarkerArray of one camera: outlines of its zones, and at whoever does something what it is.

    People with positions have it where they are; the others, and zones, are on the image plane, which is a metre away
    and a metre wide.

    Args:
        situation: what is going on before the camera.
        header: the image's.
        types: of the library that the message is for.
    """
    view = plane(*situation.size) if min(situation.size) > 0 else None
    make = Markers(header, types)
    markers = [make("ARROW", "", 0, 0.0, action="DELETEALL")]
    if view is not None:
        markers += _zone_markers(situation, view, make, types)
    markers += _labels(situation, view, header, types)
    return types["visualization_msgs/msg/MarkerArray"](markers=markers)


def _zone_markers(situation: Situation, view: CameraModel, make: Markers, types: MessageTypes) -> Iterator[Any]:
    busy = situation.busy_zones
    for index, (name, corners) in enumerate(situation.zones.items()):
        places = [make.point(**_xyz(place)) for place in view.rays(corners)]
        shade = color(BUSY if name in busy else QUIET, types)
        outline = [*places, *(places[:1] if len(places) > 2 else ())]
        yield make("LINE_STRIP", "zones", index, _LINE, points=outline, color=shade)
        middle = make.point(**_xyz(view.rays(corners).mean(axis=0)))
        yield make("TEXT_VIEW_FACING", "zone_names", index, _LABEL, position=middle, text=name, color=shade)


def _labels(situation: Situation, view: CameraModel | None, header: Any, types: MessageTypes) -> Iterator[Any]:
    """What each person does, in the middle of them."""
    poses, kinds = situation.poses, situation.kinds()
    places, distance, frame = poses.positions, None, header
    if places is None:
        places = np.full(poses.keypoints.shape, np.nan) if view is None else view.rays(poses.keypoints[:, :, :2])
    elif poses.position_frame:
        distance = USUAL_DISTANCE
        frame = types["std_msgs/msg/Header"](stamp=header.stamp, frame_id=poses.position_frame)
    make = Markers(frame, types)
    known = poses.found & np.isfinite(places).all(axis=2)
    for index in range(len(poses)):
        if kinds[index] and known[index].any():
            middle = places[index][known[index]].mean(axis=0)
            yield make(
                "TEXT_VIEW_FACING",
                "events",
                index,
                _LABEL * (abs(float(middle[2])) if distance is None else distance),
                position=make.point(**_xyz(middle)),
                text="\n".join(kinds[index]),
                color=color(BUSY, types),
            )


def _xyz(place: np.ndarray) -> dict[str, float]:
    return dict(zip("xyz", place.tolist(), strict=True))
