"""The shipped gestures: what the model makes of hands drawn by hand, and the rules that go by it."""

import numpy as np
import pytest

from trt_pose_ros import Poses, Topology
from trt_pose_ros.events import Watch, load_rules
from trt_pose_ros.events.event import OVER, Phase
from trt_pose_ros.events.states import StateModel
from trt_pose_ros.poses import LEFT_HAND

HAND = Topology.load("hand_21")
KNUCKLES = {"index": (-0.28, -0.95), "middle": (0.0, -1.0), "ring": (0.23, -0.92), "little": (0.43, -0.8)}
RULES = {"fist": "fist", "open_hand": "open_hand", "pointing": "pointing", "ok_sign": "ok"}


def hand(up, ring=False):
    """float64 [21, 2] in palm lengths: fingers ``up`` are stretched, the others bent; with ``ring`` as of an OK."""
    thumb = "thumb" in up
    places = {"wrist": (0, 0), "thumb_cmc": (-0.3, -0.2), "thumb_mcp": (-0.5, -0.5)}
    places |= {
        "thumb_ip": (-0.72, -0.72) if thumb else (-0.48, -0.85),
        "thumb_tip": (-0.9, -0.95) if thumb else (-0.25, -0.95),
    }
    for finger, knuckle in KNUCKLES.items():
        x, y = np.array(knuckle)
        along = np.array([x, y]) / np.hypot(x, y)
        steps = (0.45, 0.75, 1.0) if finger in up else (0.38, 0.2, 0.0)
        for joint, step in zip(("mcp", "pip", "dip", "tip"), (0.0, *steps), strict=True):
            places[f"{finger}_{joint}"] = (x, y) + step * along
    if ring:
        places |= {"thumb_ip": (-0.8, -0.85), "thumb_tip": (-0.85, -1.15), "index_pip": (-0.5, -1.4)}
        places |= {"index_dip": (-0.78, -1.42), "index_tip": (-0.87, -1.22)}
    return np.array([places[name] for name in HAND.keypoints], float)


FINGERS = ("index", "middle", "ring", "little")
GESTURES = {
    "fist": hand(()),
    "open_hand": hand(("thumb", *FINGERS)),
    "pointing": hand(("index",)),
    "ok": hand(FINGERS[1:], ring=True),
    "other": hand(("index", "middle")),  # peace
}


def hands(points, angle=0.0, mirrored=False, size=60.0, owner=3):
    """One hand as Poses."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = points * (-1 if mirrored else 1, 1) @ turn.T * size + 250
    keypoints = np.concatenate([placed, np.full((21, 1), 0.9)], axis=1)[None]
    return Poses(HAND, keypoints, np.ones(1), kinds=np.array([LEFT_HAND]), owner_ids=np.array([owner]))


@pytest.fixture(scope="module")
def model():
    return StateModel.load("gestures")


@pytest.mark.parametrize("gesture", GESTURES)
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("angle", [0.0, 1.5, 3.0, 4.5])
def test_hands_however_held(model, gesture, mirrored, angle):
    (told,) = model.watch().update(hands(GESTURES[gesture], angle, mirrored), 0.0)
    assert model.classes[told.argmax()] == gesture
    np.testing.assert_allclose(told, model.watch().update(hands(GESTURES[gesture]), 0.0)[0], atol=1e-3)


def test_it_tells_where_it_comes_from(model):
    assert model.classes == ("fist", "ok", "open_hand", "other", "pointing")
    assert model.licence == "Apache-2.0"
    assert "kinivi/hand-gesture-recognition-mediapipe" in model.about["data"]
    for group in ("people", "clips"):
        assert model.about["held_out"][group]["accuracy"] > 0.93
    assert model.features.window == 0


def test_a_hand_half_seen_is_unknown(model):
    few = hands(GESTURES["fist"])
    few.keypoints[:, :8] = (np.nan, np.nan, 0)
    assert np.isnan(model.watch().update(few, 0.0)).all()
    few = hands(GESTURES["open_hand"])
    few.keypoints[:, HAND.index("little_dip")] = (np.nan, np.nan, 0)
    (told,) = model.watch().update(few, 0.0)
    assert model.classes[told.argmax()] == "open_hand"


@pytest.mark.parametrize("rule", RULES)
def test_a_gesture_becomes_an_event(rule):
    watch, nobody = Watch(load_rules([rule])), Poses.empty(Topology.load("coco_17"))
    told = []
    for i in range(40):
        shown = GESTURES[RULES[rule]] if 10 <= i < 25 else GESTURES["other"]
        told += watch.update(nobody, i / 10, size=(640, 480), hands=hands(shown, angle=0.02 * i))
    assert [event.phase for event in told if event.phase != Phase.UPDATE] == [Phase.START, Phase.END]
    start, end = told[0], told[-1]
    assert (start.kind, start.track_ids) == (rule, (3,))
    assert 1.0 <= start.stamp <= 1.6
    assert start.probability >= 0.8
    assert (end.reason, 2.5 <= end.stamp <= 3.2) == (OVER, True)


def test_no_hands_are_no_event():
    watch, nobody = Watch(load_rules(list(RULES))), Poses.empty(Topology.load("coco_17"))
    for i in range(5):
        assert not watch.update(nobody, i / 10, size=(640, 480))
        assert not watch.update(nobody, i / 10 + 0.05, size=(640, 480), hands=Poses.empty(HAND))
