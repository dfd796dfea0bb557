"""Zones and events as markers, of rosbags' classes."""

import numpy as np
import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")

from trt_pose_ros import Poses, Topology
from trt_pose_ros.bags.types import message_types, typestore
from trt_pose_ros.events.event import Event, Phase
from trt_pose_ros.events.situation import Situation
from trt_pose_ros.messages.event_markers import event_markers
from trt_pose_ros.messages.header import header

TYPES = message_types()
TOPOLOGY = Topology("t", ("a", "b"), ())
SEAT = np.array([(0, 0), (319.5, 0), (319.5, 239.5)])


def markers(situation):
    message = event_markers(situation, header(5, "lens", TYPES), TYPES)
    store, name = typestore(), message.__msgtype__
    return store.deserialize_cdr(store.serialize_cdr(message, name), name).markers


def situation(poses, *events, zones=(), size=(640, 480)):
    return Situation(events, poses, 1.0, dict(zones), size)


def event(*track_ids, kind="raised_hand", zone=""):
    return Event(kind, Phase.START, 1, "", 1.0, 1.0, track_ids, zone)


def people(**fields):
    return Poses(
        TOPOLOGY, [[(319.5, 239.5, 1), (np.nan, np.nan, 0)], [(0, 0, 1), (10, 10, 1)]], [1, 1], [4, 9], **fields
    )


def test_names_of_events_are_at_who_takes_part():
    first, label = markers(situation(people(), event(4), event(4, 8, kind="too_close")))
    assert first.action == 3  # DELETEALL: what an earlier image showed goes
    assert (label.ns, label.text, label.header.frame_id) == ("events", "raised_hand\ntoo_close", "lens")
    place = label.pose.position
    assert (place.x, place.y, place.z) == pytest.approx((0, 0, 1))  # the middle of the image plane


def test_people_with_positions_have_them_there():
    positions = np.full((2, 2, 3), (1.0, 2.0, 3.0))
    for frame, expected in (("", "lens"), ("map", "map")):
        _, label = markers(situation(people(positions=positions, position_frame=frame), event(4)))
        assert label.header.frame_id == expected
        assert (label.pose.position.x, label.pose.position.y, label.pose.position.z) == (1, 2, 3)


def test_zones_are_closed_on_the_image_plane_and_lines_are_not():
    zones = {"seat": SEAT, "edge": SEAT[:2]}
    _, seat, _, edge, name = markers(situation(people()[:0], event(zone="seat"), zones=zones))
    assert [len(seat.points), len(edge.points)] == [4, 2]
    assert (seat.points[2].x, seat.points[2].y, seat.points[2].z) == pytest.approx((0, 0, 1))
    assert (name.text, seat.ns) == ("edge", "zones")
    assert seat.color != edge.color


def test_people_of_no_image_without_positions_are_nowhere():
    assert len(markers(situation(people(), event(4), zones={"seat": SEAT}, size=(0, 0)))) == 1
