import numpy as np
import pytest

from trt_pose_ros import Poses, Topology
from trt_pose_ros.events import Watch, Zone, load_rules
from trt_pose_ros.events.situation import Situation

pytest.importorskip("yaml", reason="rules are YAML")

COCO = Topology.load("coco_17")
SIZE = 640, 480
ZONES = (
    Zone("seat", "polygon", ((0.25, 0.0), (0.75, 0.0), (0.75, 1.0)), kind="seat", camera="front"),
    Zone("floor", "polygon", ((0.0, 0.0), (1.0, 0.0), (1.0, 2.0)), "metres", kind="seat"),
)


def people(*ids, raised=True):
    """People without movement, a hand up or not."""
    places = {"shoulder": (30, 160), "elbow": (50, 120), "wrist": (45, 70 if raised else 260), "hip": (22, 270)}
    keypoints = np.full((len(ids), 17, 3), (np.nan, np.nan, 0))
    for row, name in enumerate(COCO.keypoints):
        side, _, joint = name.partition("_")
        if joint in places:
            x, y = places[joint]
            keypoints[:, row] = 320 + (x if side == "left" else -x), y, 0.9
    return Poses(COCO, keypoints, np.full(len(ids), 0.9), ids)


def test_it_is_of_one_camera():
    watch = Watch(load_rules("raised_hand", zones=ZONES, parameters={"raised_hand.for": 0.0}))
    watch.update(people(3), 1.0, "front", SIZE)
    watch.update(people(3, raised=False), 1.0, "rear", SIZE)
    front = Situation.of(watch, people(8, 3, -1), 1.0, "front", SIZE)
    rear = Situation.of(watch, people(3), 1.0, "rear", SIZE)
    assert front.kinds() == [[], ["raised_hand"], []]
    assert rear.kinds() == [[]]
    np.testing.assert_allclose(front.zones["seat"][0], (0.25 * 640 - 0.5, -0.5))
    assert set(front.zones) == {"seat"}
    assert rear.zones == {}


def test_people_without_identity_are_not_taken_for_each_other():
    watch = Watch(load_rules("raised_hand", parameters={"raised_hand.for": 0.0}))
    watch.update(people(-1), 1.0, "", SIZE)
    assert Situation.of(watch, people(-1, -1), 1.0, "", SIZE).kinds() == [[], []]


def test_rules_of_zones_that_a_camera_does_not_see_tell_nothing_of_it():
    watch = Watch(load_rules("feet_on_seat", zones=ZONES[:1]))
    assert watch.update(people(3), 1.0, "rear", SIZE) == []
    assert watch.update(people(3, 4), 1.1, "rear", SIZE) == []
