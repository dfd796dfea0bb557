"""Poses as RViz markers: joints, links and a label each, and optionally the rays on which the joints lie."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..geometry import CameraModel
from ..poses import Poses
from .skeletons import color
from .types import MessageTypes

# sizes as a share of the distance from the camera, so that they look alike near and far
_LINE, _JOINT, _RAY, _LABEL = 0.006, 0.012, 0.001, 0.03
_UP = (0.0, -1.0, 0.0)  # upwards in an optical frame
USUAL_DISTANCE = 3.0  # metres, of people whose frame is no camera's
_PLANE_VIEW = math.degrees(2 * math.atan(0.5))  # of a camera whose image is as wide as it is far away
_LIFETIME = 1  # seconds after which RViz forgets them if no newer ones come


def plane(width: int, height: int) -> CameraModel:
    """A camera for an uncalibrated one: its image of ``width`` x ``height`` pixels is a metre wide a metre away."""
    return CameraModel.from_field_of_view(width, height, _PLANE_VIEW)


def marker_array(
    poses: Poses,
    places: np.ndarray,
    header: Any,
    types: MessageTypes,
    rays: bool = False,
    up: tuple[float, float, float] | None = None,
) -> Any:
    """A MarkerArray that shows the people.

    Args:
        poses: the people.
        places: float [P, K, 3], metres in the camera's optical frame: where to draw each keypoint that was found; NaN:
            nowhere.
        header: the image's.
        types: of the library that the message is for.
        rays: draw the lines from the camera through the keypoints, too.
        up: the direction of up, where the places are in a frame that is no camera's: sizes are then as 3 m away.
    """
    make = Markers(header, types)
    topology = poses.topology
    keypoint_colors = [color(c, types) for c in topology.keypoint_colors]
    link_colors = [color(c, types) for c in topology.link_colors]
    ray_colors = [color(c, types, alpha=0.3) for c in topology.keypoint_colors]
    # the array is complete: what an earlier frame showed goes
    markers = [make("ARROW", "", 0, 0.0, action="DELETEALL")]
    for index, (found, score, track_id) in enumerate(
        zip(poses.found & np.isfinite(places).all(axis=2), poses.scores.tolist(), poses.track_ids.tolist(), strict=True)
    ):
        joints = found.nonzero()[0].tolist()
        if not joints:
            continue
        at = [make.point(x=x, y=y, z=z) for x, y, z in places[index].tolist()]
        distance = float(places[index][found, 2].mean()) if up is None else USUAL_DISTANCE
        drawn = [i for i, (a, b) in enumerate(topology.links) if found[a] and found[b]]
        upwards = np.array(_UP if up is None else up)
        label = max(places[index][joints].tolist(), key=lambda place: upwards @ place) + _LABEL * distance * upwards
        markers += [
            make(
                "SPHERE_LIST",
                "joints",
                index,
                _JOINT * distance,
                points=[at[i] for i in joints],
                colors=[keypoint_colors[i] for i in joints],
            ),
            make(
                "LINE_LIST",
                "links",
                index,
                _LINE * distance,
                points=[at[end] for i in drawn for end in topology.links[i]],
                colors=[link_colors[i] for i in drawn for _ in range(2)],
            ),
            make(
                "TEXT_VIEW_FACING",
                "labels",
                index,
                _LABEL * distance,
                position=make.point(**dict(zip("xyz", label.tolist(), strict=True))),
                text=f"{track_id}" if track_id >= 0 else f"{score:.2f}",
                color=color((255, 255, 255), types),
            ),
        ]
        if rays:
            markers.append(
                make(
                    "LINE_LIST",
                    "rays",
                    index,
                    _RAY * distance,
                    points=[point for i in joints for point in (make.origin, at[i])],
                    colors=[ray_colors[i] for i in joints for _ in range(2)],
                )
            )
    return types["visualization_msgs/msg/MarkerArray"](markers=markers)


class Markers:
    """Makes markers with one header; what a marker does not use is one object for all."""

    def __init__(self, header: Any, types: MessageTypes) -> None:
        self.point = types["geometry_msgs/msg/Point"]
        self.origin = self.point(x=0.0, y=0.0, z=0.0)
        self._header, self._marker = header, types["visualization_msgs/msg/Marker"]
        self._pose, self._vector = types["geometry_msgs/msg/Pose"], types["geometry_msgs/msg/Vector3"]
        self._upright = types["geometry_msgs/msg/Quaternion"](x=0.0, y=0.0, z=0.0, w=1.0)
        nothing = types.numbers((), np.uint8)
        self._rest = {
            "lifetime": types["builtin_interfaces/msg/Duration"](sec=_LIFETIME, nanosec=0),
            "frame_locked": False,
            "texture_resource": "",
            "texture": types["sensor_msgs/msg/CompressedImage"](header=header, format="", data=nothing),
            "uv_coordinates": [],
            "mesh_resource": "",
            "mesh_file": types["visualization_msgs/msg/MeshFile"](filename="", data=nothing),
            "mesh_use_embedded_materials": False,
            "points": [],
            "colors": [],
            "color": color((0, 0, 0), types, alpha=0.0),
            "text": "",
        }

    def __call__(
        self,
        kind: str,
        namespace: str,
        index: int,
        size: float,
        *,
        action: str = "ADD",
        position: Any = None,
        **fields: Any,
    ) -> Any:
        """A marker of that kind and number in its namespace; ``size`` in metres, ``position`` None for the origin."""
        return self._marker(
            header=self._header,
            ns=namespace,
            id=index,
            type=getattr(self._marker, kind),
            action=getattr(self._marker, action),
            pose=self._pose(position=position or self.origin, orientation=self._upright),
            scale=self._vector(x=size, y=size, z=size),
            **self._rest | fields,
        )
