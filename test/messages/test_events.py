"""Events written to CDR by rosbags' classes are the same events when they are read."""

import math
from dataclasses import replace

import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")

from trt_pose_ros.bags.types import message_types, typestore
from trt_pose_ros.events.event import GONE, Event, Evidence, Phase
from trt_pose_ros.messages.events import event_array, read_events
from trt_pose_ros.messages.header import header

TYPES = message_types()
NOW = 1_700_000_000_250_000_000  # nanoseconds; seconds of a quarter are exact in a float
EVIDENCE = Evidence(3, ("left_wrist", "left_shoulder"), "left_wrist above left_shoulder, torso lengths", 0.75, 0.5)
STARTED = Event("raised_hand", Phase.START, 7, "front", 1e-9 * NOW, 1e-9 * NOW - 0.5, (3,), "desk", 0.5, (EVIDENCE,))
ENDED = replace(STARTED, phase=Phase.END, id=8, track_ids=(3, -1), zone="", evidence=(), reason=GONE)


def through_cdr(message):
    store, name = typestore(), message.__msgtype__
    return store.deserialize_cdr(store.serialize_cdr(message, name), name)


def through_message(*events):
    return read_events(through_cdr(event_array(events, header(NOW, "lens", TYPES), TYPES)))


def test_events_come_back():
    assert through_message(STARTED, ENDED) == [STARTED, ENDED]


def test_nothing_comes_back():
    assert through_message() == []


def test_the_image_s_header_is_kept_to_the_nanosecond():
    message = through_cdr(event_array([STARTED], header(NOW + 1, "lens", TYPES), TYPES))
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == divmod(NOW + 1, 10**9)
    assert message.header.frame_id == "lens"


def test_what_is_not_known_stays_unknown():
    (event,) = through_message(replace(STARTED, probability=math.nan, evidence=(replace(EVIDENCE, value=math.nan),)))
    assert math.isnan(event.probability)
    assert math.isnan(event.evidence[0].value)


def test_values_beyond_float32_are_infinite():
    (event,) = through_message(replace(STARTED, evidence=(replace(EVIDENCE, value=1e300, limit=-1e300),)))
    assert (event.evidence[0].value, event.evidence[0].limit) == (math.inf, -math.inf)


def test_a_phase_that_is_none_is_refused():
    message = event_array([STARTED], header(NOW, "lens", TYPES), TYPES)
    message.events[0].phase = 9
    with pytest.raises(ValueError, match="9 is not a valid Phase"):
        read_events(message)
