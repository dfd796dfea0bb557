"""The shipped rules on a few generated episodes; benchmarks/event_accuracy.py has the figures."""

from functools import cache

import pytest
from events.episodes import SCENES, scoring, watching
from events.episodes.filming import PERFECT, Faults

EPISODES = {"cabin": 6, "floor": 16}

# With perfect joints: least recall by any camera, and precision of single ones, well below what is measured.
PERFECT_FLOORS = {
    ("cabin", "feet_on_seat"): (0.8, 0.7),
    ("cabin", "raised_hand"): (0.9, 0.8),
    ("floor", "raised_hand"): (0.9, 0.8),
    ("floor", "fallen"): (0.6, 0.8),
    ("floor", "too_close"): (0.8, 0.6),
}
# With the faults of a network, a fifth of the joints missing among them.
FAULTY_FLOORS = {
    ("cabin", "feet_on_seat"): (0.7, 0.6),
    ("cabin", "raised_hand"): (0.8, 0.7),
    ("floor", "raised_hand"): (0.8, 0.7),
}


@cache
def tallies(name, perfect):
    scene, found = SCENES[name], scoring.tallies()
    rules = watching.rules(scene)
    for seed in range(EPISODES[name]):
        episode = scene.episode(seed, PERFECT if perfect else Faults())
        scoring.score(found, seed, episode, watching.watched(episode, rules))
    return found


@pytest.mark.parametrize(("scene", "rule"), PERFECT_FLOORS)
def test_rules_on_perfect_joints(scene, rule):
    recall, precision = PERFECT_FLOORS[scene, rule]
    found = tallies(scene, True)
    assert found[rule].truths >= 3  # else the floors mean nothing
    assert found[f"any {rule}"].recall >= recall
    assert found[rule].precision >= precision


@pytest.mark.parametrize(("scene", "rule"), FAULTY_FLOORS)
def test_rules_on_faulty_joints(scene, rule):
    recall, precision = FAULTY_FLOORS[scene, rule]
    found = tallies(scene, False)
    assert found[f"any {rule}"].recall >= recall
    assert found[rule].precision >= precision


def test_nobody_falls_in_a_cabin():
    assert tallies("cabin", False)["fallen"].wrong <= 1
