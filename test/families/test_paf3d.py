import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.scenes import render

from trt_pose_ros import Topology
from trt_pose_ros.families.paf3d import Family, Paf3dOutputs
from trt_pose_ros.geometry import CameraModel, Placement
from trt_pose_ros.poses import ROOT_RELATIVE

TOPOLOGY = Topology.load("openpose_18")
STRIDE, HEIGHT, WIDTH = 8, 320, 448
OUTPUTS = Paf3dOutputs("heatmaps", "pafs", STRIDE, 3.5, locations="locations")
CAMERA = CameraModel(WIDTH, HEIGHT, 400.0, 400.0, (WIDTH - 1) / 2, (HEIGHT - 1) / 2)
WHOLE = Placement((1.0, 1.0), (0.0, 0.0))
few = settings(max_examples=15, deadline=None, derandomize=True)

# metres from the middle of the hips, x to the person's left, y downwards, z backwards
_BODY = {
    "neck": (0, -0.5, 0), "nose": (0, -0.68, -0.1), "eye": (0.033, -0.72, -0.08), "ear": (0.075, -0.7, 0),
    "shoulder": (0.18, -0.48, 0), "elbow": (0.3, -0.25, 0.03), "wrist": (0.33, -0.02, -0.12), "hip": (0.11, 0, 0),
    "knee": (0.13, 0.42, -0.05), "ankle": (0.14, 0.83, 0.03), "hips": (0, 0, 0),
}  # fmt: skip


def person(random, turn):
    """{joint: float [3]}: a body of one's own proportions, turned about the vertical axis; 0: it faces the camera."""
    turned = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    size = random.uniform(0.85, 1.1)
    joints = {}
    for name, place in _BODY.items():
        for side, sign in (("left_", 1), ("right_", -1)) if place[0] else (("", 1),):
            there = size * (np.array(place) * (sign, 1, 1) + random.normal(0, 0.015, 3))
            joints[side + name] = turned @ there
    middle = (joints["left_hip"] + joints["right_hip"]) / 2
    return {name: there - middle for name, there in joints.items()}


def maps_of(people, places, hidden=()):
    """What a perfect network gives of people at ``places`` [P, 3]; farther ones are painted over by nearer ones.

    ``hidden``: joints of everybody that no heatmap shows.
    """
    size = HEIGHT // STRIDE, WIDTH // STRIDE
    locations = np.zeros((3 * len(OUTPUTS.joints), *size), np.float32)
    rows, columns = np.mgrid[: size[0], : size[1]]
    figures = []
    for index in np.argsort([-place[2] for place in places]):
        joints = people[index]
        cells = {
            name: (CAMERA.project(there + places[index]) - OUTPUTS.offset) / STRIDE for name, there in joints.items()
        }
        for x, y in cells.values():
            near = (columns - x) ** 2 + (rows - y) ** 2 <= 2.5
            locations[:, near] = np.concatenate([joints[name] for name in OUTPUTS.joints])[:, None] / OUTPUTS.unit
        figures.append([cells[name] if name not in hidden else (np.nan, np.nan) for name in TOPOLOGY.keypoints])
    heatmaps, pafs = render(TOPOLOGY, np.array(figures), size)
    background = 1 - heatmaps.max(axis=1, keepdims=True)
    return {"heatmaps": np.concatenate([heatmaps, background], 1), "pafs": pafs, "locations": locations[None]}


def found_in(maps, placement=WHOLE, **options):
    family = Family(TOPOLOGY, OUTPUTS, **options)
    family.check({name: array.shape for name, array in maps.items()}, HEIGHT, WIDTH)
    return family(maps, [placement])[0]


@few
@given(seed=st.integers(0, 10_000), turn=st.floats(-0.8, 0.8))
def test_a_known_person_is_found_in_the_image_and_in_space(seed, turn):
    truth = person(np.random.default_rng(seed), turn)
    placement = Placement((1.5, 1.5), (7.0, -3.0))
    poses = found_in(maps_of([truth], [(0.2, 0.0, 3.0)]), placement)
    assert len(poses) == 1
    assert poses.position_frame == ROOT_RELATIVE
    expected = np.array([truth[name] for name in TOPOLOGY.keypoints])
    np.testing.assert_allclose(poses.positions[0], expected, atol=1e-3)
    pixels = 1.5 * CAMERA.project(expected + np.array([0.2, 0.0, 3.0])) + np.array([7.0, -3.0])
    np.testing.assert_allclose(poses.keypoints[0, :, :2], pixels, atol=0.25 * STRIDE * 1.5)


def test_each_of_two_people_has_a_body_of_its_own():
    random = np.random.default_rng(3)
    people, places = [person(random, 0.3), person(random, -0.5)], np.array([(-0.8, 0, 3.2), (0.7, 0.1, 3.6)])
    poses = found_in(maps_of(people, places))
    assert len(poses) == 2
    for row, root in zip(poses.positions, poses.keypoints[:, [8, 11], 0].mean(axis=1), strict=True):
        truth = people[0 if root < WIDTH / 2 else 1]
        np.testing.assert_allclose(row, [truth[name] for name in TOPOLOGY.keypoints], atol=1e-3)


def test_limbs_are_read_at_their_own_joints_where_another_body_is_in_front_of_the_neck():
    random = np.random.default_rng(5)
    truth, other = person(random, 0.0), person(random, 0.6)
    maps = maps_of([truth], [(0.0, 0.0, 3.0)])
    x, y = np.rint((CAMERA.project(truth["neck"] + (0, 0, 3.0)) - 3.5) / STRIDE).astype(int)
    maps["locations"][0, :, y - 1 : y + 2, x - 1 : x + 2] = (
        np.concatenate([other[name] for name in OUTPUTS.joints]) / OUTPUTS.unit
    )[:, None, None]
    poses = found_in(maps)
    errors = np.linalg.norm(poses.positions[0] - [truth[name] for name in TOPOLOGY.keypoints], axis=1)
    neck = TOPOLOGY.index("neck")
    assert errors[neck] > 0.01
    np.testing.assert_allclose(np.delete(errors, neck), 0, atol=1e-3)


def test_what_the_image_does_not_show_is_known_with_less_certainty():
    truth = person(np.random.default_rng(1), 0.2)
    hidden = ("left_wrist", "left_elbow", "left_shoulder", "right_ankle")
    poses = found_in(maps_of([truth], [(0.0, 0.0, 3.0)], hidden))
    np.testing.assert_allclose(poses.positions[0], [truth[name] for name in TOPOLOGY.keypoints], atol=1e-3)
    unseen = [TOPOLOGY.index(name) for name in hidden]
    assert not poses.found[0, unseen].any()
    assert poses.position_stddevs[0, unseen].min() > np.delete(poses.position_stddevs[0], unseen).max() > 0


def test_without_a_neck_only_limbs_that_are_seen_are_known():
    truth = person(np.random.default_rng(2), 0.0)
    hidden = ("neck", "left_wrist", "left_elbow", "left_shoulder")
    poses = found_in(maps_of([truth], [(0.0, 0.0, 3.0)], hidden), min_keypoints=1)
    known = np.isfinite(poses.positions).all(axis=2)
    np.testing.assert_array_equal(known, np.isfinite(poses.position_stddevs))
    np.testing.assert_array_equal(known, poses.found)  # without their neck the limbs are people of their own
    assert known.any(axis=0).sum() == len(TOPOLOGY.keypoints) - len(hidden)
    # of parts that have no hips the root is the network's own, which is the same here
    expected = np.array([truth[name] for name in TOPOLOGY.keypoints])
    for row, there in zip(poses.positions, known, strict=True):
        np.testing.assert_allclose(row[there], expected[there], atol=1e-3)


def test_locations_that_are_no_numbers_are_not_known():
    maps = maps_of([person(np.random.default_rng(4), 0.0)], [(0.0, 0.0, 3.0)])
    maps["locations"][0, 15] = np.nan  # left_wrist, x
    poses = found_in(maps)
    wrist = TOPOLOGY.index("left_wrist")
    assert np.isnan(poses.positions[0, wrist]).all()
    assert np.isnan(poses.position_stddevs[0, wrist])
    assert np.isfinite(np.delete(poses.positions[0], wrist, axis=0)).all()


def test_nobody_has_no_positions():
    channels = {"heatmaps": 19, "pafs": 38, "locations": 57}
    maps = {name: np.zeros((1, count, 40, 56), np.float32) for name, count in channels.items()}
    poses = found_in(maps)
    assert len(poses) == 0
    assert poses.positions.shape == (0, 18, 3)


def test_what_is_no_such_network_is_refused():
    shapes = {"heatmaps": (1, 19, 40, 56), "pafs": (1, 38, 40, 56), "locations": (1, 57, 40, 56)}
    family = Family(TOPOLOGY, OUTPUTS)
    for wrong, message in (
        ((1, 54, 40, 56), "54 channels, 19 joints have 57"),
        ((1, 57, 40), "must be"),
        ((1, 57, 20, 28), "stride of 16"),
    ):
        with pytest.raises(ValueError, match=message):
            family.check(shapes | {"locations": wrong}, HEIGHT, WIDTH)
    with pytest.raises(ValueError, match=r"outputs\.joints has no nose"):
        Family(TOPOLOGY, Paf3dOutputs("h", "p", 8, 3.5, locations="l", joints=OUTPUTS.joints[:1] + OUTPUTS.joints[2:]))
    with pytest.raises(ValueError, match="has no neck"):
        Family(Topology.load("coco_17"), OUTPUTS)
    with pytest.raises(ValueError, match=r"outputs\.unit is 0"):
        Paf3dOutputs("h", "p", 8, 3.5, locations="l", unit=0)
