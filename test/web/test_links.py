import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros.web.links import LEVELS, Link


def drive(link, delay, seconds, start=0.0):
    """Pictures that each take ``delay(level)`` seconds, at the level's rate; returns the time afterwards."""
    now = start
    while now < start + seconds:
        level = link.level
        took = delay(level)
        now += max(took, 1 / level.rate)
        link.arrived(took, now)
    return now


def carrying(bytes_a_second):
    """The delay on a link: pictures of about a tenth of a byte a pixel."""
    return lambda level: 0.01 + 0.1 * level.width**2 * 0.75 * level.quality / 80 / bytes_a_second


def test_levels_get_smaller():
    for better, worse in itertools.pairwise(LEVELS):
        assert all(a > b for a, b in zip(better, worse, strict=True))


def test_a_quick_link_gets_the_best():
    link = Link(0.0)
    drive(link, lambda level: 0.02, 60)
    assert link.number == 0


def test_a_slow_link_gets_what_it_can_carry():
    link = Link(0.0)
    drive(link, carrying(30_000), 60)
    assert link.number >= len(LEVELS) - 2
    assert link.delay < 1.0


def test_a_link_that_recovers_is_used_again():
    link = Link(0.0)
    now = drive(link, lambda level: 2.0, 60)
    assert link.number == len(LEVELS) - 1
    drive(link, lambda level: 0.02, 300, now)
    assert link.number == 0


def test_vain_tries_become_rare():
    link, moves, now = Link(0.0), [], 0.0
    for _ in range(60):
        now = drive(link, lambda level: 0.05 if level.width <= 640 else 1.0, 10, now)
        moves.append(link.number)
    assert moves[30:].count(2) > 0.7 * len(moves[30:])


def test_what_the_viewer_chooses_holds():
    link = Link(0.0)
    link.fixed = 3
    drive(link, lambda level: 5.0, 30)
    assert link.level == LEVELS[3]
    link.fixed = None
    assert link.number == len(LEVELS) - 1


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 10)), max_size=300))
def test_it_is_always_at_a_level(pictures):
    link, now = Link(0.0), 0.0
    assert math.isnan(link.delay)
    for delay, pause in pictures:
        now += pause
        link.arrived(delay, now)
        assert link.level in LEVELS


@pytest.mark.parametrize("delay", [0.2, 0.4])
def test_between_slow_and_quick_nothing_moves(delay):
    link = Link(0.0)
    drive(link, lambda level: delay, 100)
    assert link.number == 1
