import numpy as np
import pytest

from trt_pose_ros import Poses, Topology
from trt_pose_ros.events.event import Event, Phase
from trt_pose_ros.events.situation import Situation
from trt_pose_ros.media.event_drawing import BUSY, QUIET, draw_events

TOPOLOGY = Topology("t", ("a", "b"), ())
SQUARE = np.array([(20, 20), (80, 20), (80, 80), (20, 80)], float)


def canvas():
    return np.zeros((200, 400, 3), np.uint8)


def event(*track_ids, kind="raised_hand", zone=""):
    return Event(kind, Phase.UPDATE, 1, "", 11.0, 10.0, track_ids, zone)


def people(*boxes):
    """People of identities 0, 1, ... whose keypoints are at corners of these boxes."""
    points = np.array([((left, top, 1), (right, bottom, 1)) for left, top, right, bottom in boxes], np.float32)
    return Poses(TOPOLOGY, points.reshape(-1, 2, 3), np.ones(len(boxes)), np.arange(len(boxes)))


def drawn(*events, poses=None, zones=()):
    situation = Situation(events, people() if poses is None else poses, 12.5, dict(zones), (400, 200))
    return draw_events(canvas(), situation)


@pytest.fixture
def written(monkeypatch):
    texts = []
    monkeypatch.setattr(
        "trt_pose_ros.media.event_drawing.draw_labels",
        lambda image, new, boxes: texts.extend(zip(new, boxes.tolist(), strict=True)),
    )
    return texts


def is_colored(pixel, color):
    """Is it this colour, as far as soft edges of lines leave it?"""
    return np.allclose(pixel, color, atol=30)


def test_nothing_going_on_leaves_the_image_alone():
    assert not drawn(poses=people((10, 10, 50, 100))).any()


def test_whoever_takes_part_has_a_frame_and_who_does_it_a_text(written):
    poses = people((10, 10, 50, 100), (200, 10, 260, 100), (300, 10, 360, 100))
    image = drawn(event(1, 2, kind="hand_on_leg", zone="rear"), poses=poses)
    assert [text for text, _ in written] == ["hand on leg (rear) 2.5 s"]
    assert written[0][1] == [200, 100, 260, 100]
    assert is_colored(image[50, 200], BUSY)
    assert is_colored(image[50, 300], BUSY)
    assert not image[:, :150].any()


def test_what_somebody_out_of_sight_does_is_at_the_top(written):
    assert not drawn(event(7), poses=people((10, 10, 50, 100))).any()
    assert written[0][1] == [0, 0, 400, 0]


def test_people_without_identity_are_not_taken_for_each_other():
    poses = Poses(TOPOLOGY, people((10, 60, 50, 150)).keypoints, [1], [-1])
    assert not drawn(event(-1), poses=poses)[60:].any()


def test_a_zone_is_orange_while_something_goes_on_in_it():
    quiet, busy = (drawn(event(zone=zone), zones={"seat": SQUARE}) for zone in ("", "seat"))
    assert is_colored(quiet[50, 20], QUIET)
    assert is_colored(busy[60, 20], BUSY)
    assert not quiet[50:75, 30:70].any()
    assert busy[50:75, 30:70].any(axis=2).all()


def test_a_line_is_a_zone():
    assert is_colored(drawn(zones={"edge": np.array([(10.0, 100), (390, 100)])})[100, 200], QUIET)


@pytest.mark.parametrize("far", [1e9, -1e9])
def test_what_is_far_outside_does_no_harm(far):
    zones = {"far": np.array([(far, 0), (0, far), (far, far)])}
    assert drawn(event(0, zone="far"), poses=people((0, 0, far, far)), zones=zones).shape == (200, 400, 3)


def test_people_without_keypoints_do_no_harm():
    nobody = Poses(TOPOLOGY, np.full((1, 2, 3), (np.nan, np.nan, 0)), [1], [0])
    assert drawn(event(0), poses=nobody).shape == (200, 400, 3)


def test_texts_are_inside_small_images():
    situation = Situation((event(0),), people((5, 5, 20, 20)), 12.5, {}, (30, 30))
    assert draw_events(np.zeros((30, 30, 3), np.uint8), situation).any()
