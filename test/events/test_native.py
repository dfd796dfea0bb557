"""The native code of events against the same in NumPy, on random scenes in which much is unknown."""

import math

import event_numpy as reference
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros import native

SEEDS = st.integers(0, 2**32 - 1)
COUNTS = st.integers(0, 4)
RANDOM = settings(max_examples=60, deadline=None)
LIMB = (0, 3, 4, False, True)


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def scene(rng, *shape):
    """Numbers of a coarse grid, so that many are equal, some of which are unknown."""
    values = rng.integers(-20, 20, shape) * rng.choice([0.5, 10.0])
    values[rng.random(shape) < rng.choice([0, 0.2, 0.9])] = math.nan
    return values


@RANDOM
@given(SEEDS, COUNTS, st.integers(2, 3))
def test_joints_and_their_means(seed, people, coordinates):
    rng = np.random.default_rng(seed)
    seen, weights = scene(rng, 3, 5, people), rng.integers(0, 2, (2, 5)).astype(float)
    seen[2] = rng.choice([0.0, 0.3, 0.5, 1.0, 1.1, math.nan], (5, people))
    seen[:2][rng.random((2, 5, people)) < 0.05] = rng.choice([math.inf, -math.inf, 1e6, 1e30])
    places = seen[:2] if coordinates == 2 else np.where(rng.random((5, people)) < 0.5, scene(rng, 3, 5, people), 1.0)
    places = np.where(places[0] == places[0], places, math.nan) if coordinates == 3 else places
    with np.errstate(invalid="ignore"):
        expected = reference.located(places, seen, weights, 0.3, 1e6)
    close(native.locate(places, seen, weights, 0.3, 1e6), expected)


@RANDOM
@given(SEEDS, COUNTS, st.integers(1, 2), st.sampled_from([0.0, 0.3, 1.0]))
def test_sizes_settle(seed, people, limbs, share):
    rng = np.random.default_rng(seed)
    points, sizes = scene(rng, 2, 7, people), np.abs(scene(rng, people))
    starts, ends, relative = (
        rng.integers(0, 7, 6).tolist(),
        rng.integers(0, 7, 6).tolist(),
        [1.0, 1, 0.85, 0.85, 0.3, 2],
    )
    expected = reference.settled(points, starts, ends, relative, limbs, 8.0, share, sizes)
    native.Build(starts, ends, relative, limbs, 8.0).settle(points, share, sizes)
    close(sizes, expected)


@RANDOM
@given(SEEDS, COUNTS, st.integers(1, 3))
def test_distances(seed, people, coordinates):
    rng = np.random.default_rng(seed)
    table, sizes = scene(rng, coordinates, 6, people), np.abs(scene(rng, people)) + 1
    reaches = [(*rng.integers(0, 6, 3).tolist(), *(rng.random(2) < 0.5).tolist()) for _ in range(4)]
    expected = [reference.reached(table, sizes, *reach) for reach in reaches]
    close(native.Reaches(reaches, True).measure(table, sizes), expected)
    of_one = [reference.reached(table, sizes, *reach[:3], False, False).diagonal() for reach in reaches]
    close(native.Reaches(reaches, False).measure(table, sizes), of_one)


@RANDOM
@given(SEEDS, COUNTS, st.integers(1, 3), st.integers(1, 7))
def test_depths_in_polygons(seed, people, polygons, corners):
    rng = np.random.default_rng(seed)
    points = scene(rng, 2, polygons, people)
    of_polygons = rng.integers(-6, 6, (2, polygons, corners)) * 1.0  # many corners are level with points
    close(native.depths_in_polygons(points, of_polygons), reference.deep(points, of_polygons))


@RANDOM
@given(SEEDS, COUNTS, st.integers(1, 3))
def test_turns(seed, people, remembered):
    rng = np.random.default_rng(seed)
    slow, fast = (reference.Turning((2, people), remembered) for _ in range(2))
    for stamp in range(30):
        place, amplitude = np.round(scene(rng, 2, people) / 10), rng.choice([1.0, 2.0, math.nan], (2, people))
        slow.follow(place, amplitude, stamp)
        native.follow(place, amplitude, stamp, *fast.state())
        for mine, theirs in zip(fast.state(), slow.state(), strict=True):
            close(mine, theirs)


@RANDOM
@given(SEEDS, st.integers(0, 12))
def test_how_long_it_lasts(seed, count):
    rng = np.random.default_rng(seed)
    slow, fast, stamp = reference.Lasting(count), reference.Lasting(count), 0.0
    waits = [rng.choice([0.0, 0.25, 1.0], count) for _ in range(2)] + [rng.choice([0.5, 2.0], count)]
    for _ in range(40):
        stamp += rng.integers(1, 9) / 8
        truth = rng.choice([1, 1, 0, -1], count).astype(np.int8)
        assert native.advance(truth, stamp, *waits, *fast.state()) == slow.advance(truth, stamp, *waits)
        for mine, theirs in zip(fast.state(), slow.state(), strict=True):
            close(mine, theirs)


def leaves(whose):
    limits = st.sampled_from([-1.0, 0.0, 1.0])
    return st.tuples(st.tuples(st.sampled_from(whose), st.integers(0, 2)), st.sampled_from([1, -1]), limits, limits)


def trees(whose):
    return st.recursive(
        leaves(whose),
        lambda inner: (
            st.tuples(st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3))
            | st.tuples(st.just("not"), st.lists(inner, min_size=1, max_size=1))
        ),
        max_leaves=10,
    )


def steps_of(tree):
    if isinstance(tree[0], str):
        combined = (("", "all", "any", "not").index(tree[0]), len(tree[1]), 0, 0, 0.0, 0.0, 0.0)
        return [step for part in tree[1] for step in steps_of(part)] + [combined]
    (whose, row), sign, limit, keep = tree
    return [(0, 0, whose, row, sign, limit, keep)]


@RANDOM
@given(SEEDS, st.lists(trees([0, 1, 2]), max_size=3), st.lists(trees([0]), max_size=3), COUNTS)
def test_trees_of_conditions(seed, of_two, of_one, people):
    rng = np.random.default_rng(seed)
    singles, pairs = (np.clip(scene(rng, 3, *shape), -2, 2) for shape in ((people,), (people, people)))
    lifted = {(2, row): pairs[row] for row in range(3)}
    lifted |= {(0, row): singles[row][:, None] for row in range(3)} | {(1, row): singles[row] for row in range(3)}
    of_person = {(0, row): singles[row] for row in range(3)}
    both = [
        [np.broadcast_to(reference.judged(tree, values, keeps), (people,) * (1 + two)).ravel() for keeps in (0, 1)]
        for two, values, group in ((True, lifted, of_two), (False, of_person, of_one))
        for tree in group
    ]
    start, keep = (np.concatenate([np.empty(0, np.int8), *(b[keeps] for b in both)]) for keeps in (0, 1))
    active, counted = (rng.random(len(start)) < 0.5 for _ in range(2))
    logic = native.Logic([(two, steps_of(tree)) for two, group in ((True, of_two), (False, of_one)) for tree in group])
    expected = np.where(active, keep, start) * counted
    np.testing.assert_array_equal(logic.judge(singles, pairs, active, counted), expected)


CONDITION = (0, 0, 0, 0, 1.0, 0.0, 0.0)
GOOD = native.Logic([(False, [CONDITION])])
REFUSED = {
    "no steps": lambda: native.Logic([(False, [])]),
    "two results": lambda: native.Logic([(False, [CONDITION, CONDITION])]),
    "nothing to combine": lambda: native.Logic([(False, [(1, 1, 0, 0, 0, 0, 0)])]),
    "all of nothing": lambda: native.Logic([(False, [CONDITION, (1, 0, 0, 0, 0, 0, 0)])]),
    "a pair's value of one": lambda: native.Logic([(False, [(0, 0, 2, 0, 1, 0, 0)])]),
    "a row that is negative": lambda: native.Logic([(False, [(0, 0, 0, -1, 1, 0, 0)])]),
    "too few rows": lambda: GOOD.judge(np.zeros((0, 2)), np.zeros((0, 2, 2)), np.zeros(2, bool), np.ones(2, bool)),
    "too few active": lambda: GOOD.judge(np.zeros((1, 2)), np.zeros((0, 2, 2)), np.zeros(1, bool), np.ones(2, bool)),
    "pairs of others": lambda: GOOD.judge(np.zeros((1, 2)), np.zeros((0, 3, 3)), np.zeros(2, bool), np.ones(2, bool)),
    "a row too far": lambda: native.Reaches([LIMB], True).measure(np.zeros((2, 4, 1)), np.ones(1)),
    "a size too few": lambda: native.Reaches([LIMB], True).measure(np.zeros((2, 5, 2)), np.ones(1)),
    "four coordinates": lambda: native.Reaches([LIMB], True).measure(np.zeros((4, 5, 1)), np.ones(1)),
    "odd limbs": lambda: native.Build([0], [1], [1.0], 0, 8.0),
    "limbs that are not there": lambda: native.Build([0, 0], [1, 1], [1.0, 1.0], 2, 8.0),
    "limbs too far": lambda: native.Build([0, 0], [1, 9], [1.0, 1], 1, 8.0).settle(np.zeros((2, 2, 1)), 1, np.ones(1)),
    "scores of others": lambda: native.locate(np.zeros((2, 4, 1)), np.zeros((3, 5, 1)), np.zeros((0, 4)), 0.3, 1e6),
    "weights of others": lambda: native.locate(np.zeros((2, 4, 1)), np.zeros((3, 4, 1)), np.zeros((1, 5)), 0.3, 1e6),
    "corners of others": lambda: native.depths_in_polygons(np.zeros((2, 2, 1)), np.zeros((2, 3, 4))),
    "memory of others": lambda: native.follow(
        np.zeros((1, 2)), np.zeros((1, 2)), 0.0, *(np.zeros((1, 3)) for _ in range(4)), np.zeros((4, 1, 2))
    ),
    "states too few": lambda: native.advance(
        np.zeros(2, np.int8), 0.0, *(np.zeros(2) for _ in range(3)), *reference.Lasting(1).state()
    ),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(ValueError, match=r"must|no |not|more"):
        call()


def test_what_is_changed_in_place_is_never_a_copy():
    with pytest.raises(TypeError):
        native.Build([0, 0], [1, 1], [1.0, 1.0], 1, 8.0).settle(np.zeros((2, 2, 1)), 1.0, np.ones(1, np.float32))
    with pytest.raises(TypeError):
        native.Build([0, 0], [1, 1], [1.0, 1.0], 1, 8.0).settle(np.zeros((2, 2, 2)), 1.0, np.ones(4)[::2])
