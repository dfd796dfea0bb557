"""Measures and three-valued logic against a plain reference, and what takes time against what was made."""

import math

import numpy as np
import pytest
from event_people import SIZE, TOPOLOGY, body, people
from event_reference import Somebody, angle, depth, distance
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros.events import Zone, judge
from trt_pose_ros.events.body import frame_of
from trt_pose_ros.events.checks import Where
from trt_pose_ros.events.lasting import Lasting
from trt_pose_ros.events.parsing import parse_rule
from trt_pose_ros.events.truth import Conditions

STAR = ((0.1, 0.1), (0.9, 0.1), (0.5, 0.5), (0.9, 0.9), (0.1, 0.9))
ZONES = (
    Zone("star", "polygon", STAR, kind="seat"),
    Zone("square", "polygon", ((0.6, 0.3), (0.9, 0.3), (0.9, 0.7), (0.6, 0.7)), kind="seat"),
    Zone("door", "line", ((0.5, 0.2), (0.5, 0.8)), beyond=(1.0, 0.0), kind="edge"),
)


def rule(when, who="person", **fields):
    return parse_rule("test", {"description": "Test.", "who": who, "when": when, **fields}, Where("test"), ZONES)


def measured(condition, poses, who="person"):
    """Values of one condition in one image, [P] or [P, P]."""
    of = rule(condition, who)
    conditions = Conditions([of], poses.topology, "")
    conditions.update(frame_of(poses, np.arange(len(poses)), 0.0, 0.0, (), SIZE))
    (leaf,) = conditions.trees
    everybody = range(len(poses))
    if who == "person":
        return np.array([leaf.value(0, (a,)) for a in everybody])
    return np.array([[leaf.value(0, (a, b)) for b in everybody] for a in everybody])


@pytest.fixture(params=range(4))
def poses(request):
    """Odd bodies, some joints of which are missing, doubtful, or on top of each other."""
    rng = np.random.default_rng(request.param)
    bodies = np.stack([body(*rng.uniform((0, 0, 5), (640, 480, 120))) for _ in range(6)])
    bodies[..., :2] += rng.normal(size=(*bodies.shape[:2], 2)) * 15
    bodies[rng.random(bodies.shape[:2]) < 0.15, 2] = 0.1
    bodies[rng.random(bodies.shape[:2]) < 0.15] = (np.nan, np.nan, 0)
    bodies[rng.random(bodies.shape[:2]) < 0.05, 0] = np.inf
    bodies[0, TOPOLOGY.index("left_knee")] = bodies[0, TOPOLOGY.index("left_hip")]
    return people(*bodies)


@pytest.fixture
def somebody(poses):
    return [Somebody(TOPOLOGY.keypoints, k, 0.3) for k in poses.keypoints]


def test_heights(poses, somebody):
    both = [(s.at("left_wrist"), s.at("hips"), s.size) for s in somebody]
    expected = [math.nan if wrist is None or hips is None else (hips - wrist)[1] / size for wrist, hips, size in both]
    condition = {"above": {"joint": "left_wrist", "of": "hips", "at_least": 0}}
    np.testing.assert_allclose(measured(condition, poses), expected)


@pytest.mark.parametrize("limb", ["left_hip-left_knee", "head", "trunk"])
def test_distances(poses, somebody, limb):
    names = limb.split("-")
    condition = {"distance": {"joint": "right_wrist", "to": limb, "at_least": 0}}
    expected = [distance(s.at("right_wrist"), [s.at(n) for n in names], s.size) for s in somebody]
    np.testing.assert_allclose(measured(condition, poses), expected)
    condition["distance"]["to"] = f"B.{limb}"
    of_pairs = [
        [distance(a.at("right_wrist"), [b.at(n) for n in names], np.fmax(a.size, b.size)) for b in somebody]
        for a in somebody
    ]
    np.testing.assert_allclose(measured(condition, poses, "pair"), of_pairs)


def test_which_is_nearer(poses, somebody):
    condition = {"nearer": {"joint": "B.nose", "to": "A.left_hip-left_knee", "than": "B.neck", "at_least": 0}}
    expected = [
        [
            distance(b.at("nose"), [b.at("neck")], b.size)
            - distance(b.at("nose"), [a.at("left_hip"), a.at("left_knee")], np.fmax(a.size, b.size))
            for b in somebody
        ]
        for a in somebody
    ]
    np.testing.assert_allclose(measured(condition, poses, "pair"), expected)


def test_angles_and_inclination(poses, somebody):
    condition = {"angle": {"at": "left_elbow", "from": "left_shoulder", "to": "left_wrist", "at_least": 0}}
    expected = [angle(s.at("left_elbow"), s.at("left_shoulder"), s.at("left_wrist")) for s in somebody]
    np.testing.assert_allclose(measured(condition, poses), expected, atol=1e-4)
    up = np.array([0, -1.0])
    expected = [
        angle(s.at("hips"), None if s.at("hips") is None else s.at("hips") + up, s.at("shoulders")) for s in somebody
    ]
    np.testing.assert_allclose(measured({"inclination": {"at_least": 0}}, poses), expected, atol=1e-4)


def test_depth_in_zones(poses, somebody):
    corners = [zone.pixels(*SIZE) for zone in ZONES[:2]]
    expected = [[depth(s.at("neck"), c) / s.size for c in corners] for s in somebody]
    one = {"inside": {"joint": "neck", "zone": "star"}}
    np.testing.assert_allclose(measured(one, poses), [e[0] for e in expected])
    both = {"inside": {"joint": "neck", "zone": "seat"}}
    np.testing.assert_allclose(measured(both, poses), [max(e) for e in expected])


def test_sizes(poses, somebody):
    sizes = np.array([s.size for s in somebody])
    np.testing.assert_allclose(measured({"size": {"at_least": 0}}, poses), sizes / SIZE[1])
    ratios = np.maximum(sizes[:, None] / sizes, sizes / sizes[:, None])
    np.testing.assert_allclose(measured({"size_ratio": {"at_most": 2}}, poses, "pair"), ratios)


@pytest.mark.parametrize(
    ("x", "y", "expected"), [(400, 240, 0.8), (240, 240, -0.8), (400, 80, -0.16), (330, 240, 0.105)]
)
def test_beyond_a_line(x, y, expected):
    condition = {"beyond": {"joint": "hips", "zone": "door"}}
    assert measured(condition, people(body(x, y, 100))) == pytest.approx(expected, abs=0.01)


def test_metres_are_measured_in_space_where_they_are_known():
    two = people(body(100), body(110))
    positions = np.full((*two.keypoints.shape[:2], 3), np.nan, np.float32)
    positions[0], positions[1] = (0, 0, 2), (0, 0, 5)
    condition = {"distance": {"joint": "A.trunk", "to": "B.trunk", "at_most": 1.0, "unit": "metres"}}
    near = rule(condition, "pair")
    assert judge([near], two)["test"][0, 1] == 1
    assert judge([near], people(body(100), body(110), positions=positions))["test"][0, 1] == -1
    far = people(body(100), body(110), positions=positions, position_stddevs=np.full(positions.shape[:2], 0.5))
    assert judge([near], far)["test"][0, 1] == 1  # positions that are not believed


def test_zones_in_metres():
    booth = Zone("booth", "polygon", ((-1, 1), (1, 1), (1, 3), (-1, 3)), unit="metres", between=(-1, 1))
    inside = parse_rule(
        "test", {"description": "T.", "when": {"inside": {"joint": "hips", "zone": "booth"}}}, Where("t"), [booth]
    )
    poses = people(body(), body(), body())
    positions = np.zeros((*poses.keypoints.shape[:2], 3), np.float32)
    positions[:, :] = [[[0, 0, 2]], [[0, 2, 2]], [[0, 0, 4]]]
    assert judge([inside], people(*poses.keypoints, positions=positions))["test"].tolist() == [1, -1, -1]
    assert judge([inside], poses)["test"].tolist() == [0, 0, 0]


TRUTHS = st.recursive(
    st.sampled_from([1, 0, -1]),
    lambda inner: st.tuples(st.sampled_from(["all", "any", "not"]), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(TRUTHS)
def test_combinations_are_what_holds_whatever_the_unknown_is(tree):
    """True or false only if filling in the unknown can't change it, as far as Kleene's logic sees."""
    joint = {1: ("left_wrist", "at_most"), 0: ("left_ankle", "at_most"), -1: ("left_wrist", "at_least")}

    def condition(node):
        if isinstance(node, int):
            name, limit = joint[node]  # the wrist is below the shoulder, the ankle not seen
            return {"above": {"joint": name, "of": "left_shoulder", limit: 0.0}}
        how, inner = node
        made = [condition(n) for n in inner]
        return {how: made[0] if how == "not" else made}

    def truth(node):
        if isinstance(node, int):
            return node
        how, inner = node
        values = [truth(n) for n in inner]
        return -values[0] if how == "not" else (min if how == "all" else max)(values)

    found = judge([rule(condition(tree))], people(body(without=["left_ankle"])))["test"]
    assert found.tolist() == [truth(tree)]


def lasting_reference(truths, stamps, lasts, until, gap):
    """(what, index) of each change, in plain steps."""
    active, level, agreed, known, told = False, 0.0, False, -math.inf, []
    for i, (truth, stamp) in enumerate(zip(truths, stamps, strict=True)):
        elapsed = stamp - known
        if elapsed > gap:
            told += [("lost", i)] * active
            active, level, agreed, elapsed = False, 0.0, False, 0.0
        if truth:
            if (truth < 0) == active:
                level += elapsed if agreed or level > 0 else 0.0
                agreed = True
                if level >= (until if active else lasts):
                    told.append(("over" if active else "started", i))
                    active, level, agreed = not active, 0.0, False
            else:
                level, agreed = max(0.0, level - elapsed), False
            known = stamp
    return told


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([1, 1, 0, -1]), st.integers(1, 12)), max_size=60),
    st.sampled_from([0.0, 0.25, 0.5]),
    st.sampled_from([0.0, 0.25, 0.5]),
    st.sampled_from([0.25, 1.0]),
)
def test_lasting_is_its_reference(images, lasts, until, gap):
    truths = [truth for truth, _ in images]
    stamps = np.cumsum([step / 8 for _, step in images]) if images else []  # eighths are exact
    lasting, told = Lasting(1), []
    for i, (truth, stamp) in enumerate(zip(truths, stamps, strict=True)):
        changes = lasting.update(np.array([truth], np.int8), stamp, *(np.array([v]) for v in (lasts, until, gap)))
        told += [(what, i) for what in ("lost", "over", "started") if len(getattr(changes, what))]
    assert told == lasting_reference(truths, stamps, lasts, until, gap)


def over_time(condition, images, step):
    """The values of one person, image by image."""
    of = Conditions([rule(condition)], TOPOLOGY, "")
    values = []
    for i, poses in enumerate(images):
        fresh = (0,) if i == 0 else ()
        of.update(frame_of(poses, np.arange(1), i * step, step if i else 0.0, fresh, SIZE))
        values.append(of.trees[0].value(0, (0,)))
    return np.array(values)


@pytest.mark.parametrize(("fps", "direction", "expected"), [(10, "any", 2.0), (30, "right", 2.0), (200, "left", -2.0)])
def test_speed_is_that_of_the_joint(fps, direction, expected):
    size = 100.0
    images = [people(body(x=100 + 2 * size * i / fps, size=size, without=["nose"] * (i % 4 == 1))) for i in range(fps)]
    condition = {"speed": {"joint": "nose", "direction": direction, "over": 0.5, "at_least": 1}}
    speeds = over_time(condition, images, 1 / fps)
    seen = np.arange(fps) % 4 != 1
    assert np.isnan(speeds[~seen]).all()
    assert np.isnan(speeds[:2]).all()
    np.testing.assert_allclose(speeds[fps // 2 :][seen[fps // 2 :]], expected, rtol=0.01)


@pytest.mark.parametrize(("amplitude", "expected"), [(0.3, 8), (0.05, 0)])
def test_turns_are_counted_in_their_window(amplitude, expected):
    hertz, fps = 2.0, 30
    swing = [amplitude * math.sin(2 * math.pi * hertz * i / fps) for i in range(3 * fps)]
    images = [people(body(left_wrist=(0.5 + s, -1.5), left_elbow=(0.5, -0.8))) for s in swing]
    images += [people(body(left_wrist=(0.5, -1.5), left_elbow=(0.5, -0.8)))] * 3 * fps
    condition = {"turns": {"joint": "left_wrist", "of": "left_elbow", "at_least": 3}}
    turns = over_time(condition, images, 1 / fps)
    assert abs(turns[3 * fps - 1] - expected) <= 1  # twice each of its swings, for two seconds
    assert turns[-1] == 0


def test_where_somebody_sits_is_the_majority_of_time():
    images = (
        [people(body(x=80))] * 20 + [people(body(x=600))] * 5 + [people(body(x=80, without=["left_hip", "right_hip"]))]
    )
    share = over_time({"sits": {"zone": "star", "over": 2.0}}, images, 0.1)
    assert share[19] == 1
    assert 0.7 < share[24] < 0.9
    assert share[25] == share[24]  # not seen: as it was
