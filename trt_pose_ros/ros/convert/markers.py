"""Poses as RViz markers: joints, links and a label each, and optionally the rays on which the joints lie."""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point
from std_msgs.msg import Header
from visualization_msgs.msg import Marker, MarkerArray

from ...poses import Poses
from .messages import color

# sizes as a share of the distance from the camera, so that they look alike near and far
_LINE, _JOINT, _RAY, _LABEL = 0.006, 0.012, 0.001, 0.03
_ORIGIN = Point()


def marker_array(
    poses: Poses, places: np.ndarray, header: Header, lifetime: Duration, rays: bool = False
) -> MarkerArray:
    """A MarkerArray that shows the people.

    Args:
        poses: the people.
        places: float [P, K, 3], metres in the camera's optical frame: where to draw each keypoint that was found; NaN:
            nowhere.
        header: the image's.
        lifetime: builtin_interfaces Duration after which RViz forgets them if no newer ones come.
        rays: draw the lines from the camera through the keypoints, too.
    """

    def marker(kind: int, namespace: str, index: int, size: float) -> Marker:
        made = Marker(header=header, ns=namespace, id=index, type=kind, action=Marker.ADD, lifetime=lifetime)
        made.pose.orientation.w = 1.0
        made.scale.x = made.scale.y = made.scale.z = size
        return made

    topology = poses.topology
    keypoint_colors = [color(c) for c in topology.keypoint_colors]
    link_colors = [color(c) for c in topology.link_colors]
    ray_colors = [color(c, alpha=0.3) for c in topology.keypoint_colors]
    # the array is complete: what an earlier frame showed goes
    markers = [Marker(header=header, action=Marker.DELETEALL)]
    for index, (found, score, track_id) in enumerate(
        zip(poses.found & np.isfinite(places).all(axis=2), poses.scores.tolist(), poses.track_ids.tolist(), strict=True)
    ):
        joints = found.nonzero()[0].tolist()
        if not joints:
            continue
        at = [Point(x=x, y=y, z=z) for x, y, z in places[index].tolist()]
        distance = float(places[index][found, 2].mean())

        spheres = marker(Marker.SPHERE_LIST, "joints", index, _JOINT * distance)
        spheres.points = [at[i] for i in joints]
        spheres.colors = [keypoint_colors[i] for i in joints]
        lines = marker(Marker.LINE_LIST, "links", index, _LINE * distance)
        drawn = [i for i, (a, b) in enumerate(topology.links) if found[a] and found[b]]
        lines.points = [at[end] for i in drawn for end in topology.links[i]]
        lines.colors = [link_colors[i] for i in drawn for _ in range(2)]
        label = marker(Marker.TEXT_VIEW_FACING, "labels", index, _LABEL * distance)
        top = min((at[i] for i in joints), key=lambda point: point.y)
        label.pose.position = Point(x=top.x, y=top.y - _LABEL * distance, z=top.z)
        label.text = f"{track_id}" if track_id >= 0 else f"{score:.2f}"
        label.color = color((255, 255, 255))
        markers += [spheres, lines, label]
        if rays:
            sight = marker(Marker.LINE_LIST, "rays", index, _RAY * distance)
            sight.points = [point for i in joints for point in (_ORIGIN, at[i])]
            sight.colors = [ray_colors[i] for i in joints for _ in range(2)]
            markers.append(sight)
    return MarkerArray(markers=markers)
