"""Poses as RViz markers.

Without a depth the skeletons are drawn in the image plane: one metre before the camera, scaled so that the picture is
one metre wide (x right, y down, z forward: an optical frame).
"""

from geometry_msgs.msg import Point
from visualization_msgs.msg import Marker, MarkerArray

from .messages import color

PLANE = 1.0  # metres, distance and width of the image plane
_LINE = 0.006  # metres
_LABEL = 0.03  # metres


def marker_array(poses, header, width, height, lifetime):
    """A MarkerArray that shows the people: joints, links and a label each.

    Args:
        poses: the people, keypoints in pixels of an image of ``width`` x ``height``.
        header: the image's.
        lifetime: builtin_interfaces Duration after which RViz forgets them, if no newer ones come.
    """

    def place(point):
        return Point(
            x=(point[0] + 0.5 - width / 2) / width * PLANE, y=(point[1] + 0.5 - height / 2) / width * PLANE, z=PLANE
        )

    def marker(kind, namespace, index, size):
        made = Marker(header=header, ns=namespace, id=index, type=kind, action=Marker.ADD, lifetime=lifetime)
        made.pose.orientation.w = 1.0
        made.scale.x = made.scale.y = made.scale.z = size
        return made

    topology = poses.topology
    # the list is complete: what an earlier frame showed goes
    markers = [Marker(header=header, action=Marker.DELETEALL)]
    keypoint_colors = [color(c) for c in topology.keypoint_colors]
    link_colors = [color(c) for c in topology.link_colors]
    for index, (points, score, track_id) in enumerate(
        zip(poses.keypoints.tolist(), poses.scores.tolist(), poses.track_ids.tolist(), strict=True)
    ):
        found = [i for i, point in enumerate(points) if point[2] > 0]
        if not found:
            continue
        joints = marker(Marker.SPHERE_LIST, "joints", index, 2 * _LINE)
        joints.points = [place(points[i]) for i in found]
        joints.colors = [keypoint_colors[i] for i in found]
        links = marker(Marker.LINE_LIST, "links", index, _LINE)
        for (a, b), link_color in zip(topology.links, link_colors, strict=True):
            if points[a][2] > 0 and points[b][2] > 0:
                links.points += [place(points[a]), place(points[b])]
                links.colors += [link_color, link_color]
        label = marker(Marker.TEXT_VIEW_FACING, "labels", index, _LABEL)
        label.pose.position = place(min((points[i] for i in found), key=lambda point: point[1]))
        label.pose.position.y -= _LABEL
        label.text = f"{track_id}" if track_id >= 0 else f"{score:.2f}"
        label.color = color((255, 255, 255))
        markers += [joints, links, label]
    return MarkerArray(markers=markers)
