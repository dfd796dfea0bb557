"""How events are counted against what really happens."""

from types import SimpleNamespace

import numpy as np
import pytest
from events.episodes import scoring
from events.episodes.episode import Episode
from events.episodes.truths import MAYBE, NO, YES, Truth

from trt_pose_ros.events import Event, Phase

TIMES = np.arange(100) / 10


def episode(kind="raised_hand", people=(0,), seen=True):
    """Something happens from 3 to 6 s, and may from 2.5 s on. Person 0 has the track id 7, person 1 has 8."""
    levels = np.select([(TIMES >= 3) & (TIMES < 6), (TIMES >= 2.5) & (TIMES < 6)], [YES, MAYBE], NO)
    truth = Truth(kind, people, levels, [(levels, ((0, 9),))])
    camera = SimpleNamespace(name="front")
    view = SimpleNamespace(
        camera=camera, ids=np.tile([7, 8], (100, 1)), seen=np.full((100, 2, 17), seen), frames=[], pixels=None
    )
    return Episode(TIMES, np.zeros((100, 2, 17, 3)), [view], [truth])


def told(start, end, track_ids=(7,), kind="raised_hand", began=None):
    event = {"kind": kind, "id": round(10 * start), "camera": "front", "track_ids": track_ids}
    event["began"] = start if began is None else began
    return [Event(phase=Phase.START, stamp=start, **event), Event(phase=Phase.END, stamp=end, **event)]


def tally(events, scene=None, kind="raised_hand"):
    found = scoring.tallies()
    scoring.score(found, 0, scene or episode(), [events])
    return found[kind]


def test_a_right_event_finds_its_truth_with_a_latency():
    t = tally(told(3.5, 6.2))
    assert (t.truths, t.found, t.told, t.wrong, t.unsure) == (1, 1, 1, 0, 0)
    assert t.latencies == [pytest.approx(0.5)]


def test_silence_misses():
    t = tally([])
    assert (t.truths, t.found, t.recall) == (1, 0, 0)


def test_what_the_camera_cannot_see_is_not_demanded_but_right():
    t = tally(told(3.5, 6.2), episode(seen=False))
    assert (t.truths, t.wrong, t.told) == (0, 0, 1)


def test_an_event_of_somebody_else_is_wrong():
    t = tally(told(3.5, 6.2, (8,)))
    assert (t.found, t.wrong) == (0, 1)
    assert tally(told(3.5, 6.2, (99,))).wrong == 1  # of nobody


def test_an_event_at_another_time_is_wrong():
    assert tally(told(7.0, 8.0)).wrong == 1
    assert tally(told(0.5, 1.5)).wrong == 1
    assert tally(told(0.5, 5.0)).wrong == 1  # it only lasts until there is something


def test_an_event_while_nobody_can_say_does_not_count():
    t = tally(told(2.6, 2.8))
    assert (t.unsure, t.wrong, t.found) == (1, 0, 0)


def test_an_interrupted_event_is_told_again():
    t = tally(told(3.2, 4.0) + told(4.6, 6.0))
    assert (t.found, t.extra, t.wrong) == (1, 1, 0)


def test_a_pair_of_two_alike_may_be_told_in_both_orders():
    for ids in ((7, 8), (8, 7)):
        t = tally(told(3.2, 6.0, ids, "too_close"), episode("too_close", (0, 1)), "too_close")
        assert (t.found, t.wrong) == (1, 0)
    t = tally(told(3.2, 6.0, (8, 7), "hand_on_leg"), episode("hand_on_leg", (0, 1)), "hand_on_leg")
    assert (t.found, t.wrong) == (0, 1)
