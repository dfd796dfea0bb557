"""Body.locate against its slow reference in NumPy, and what it does with arguments that do not fit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import joint_depths
from spatial import shots
from spatial.bodies import J

from trt_pose_ros import Topology, native
from trt_pose_ros.spatial.anatomy import LONG, SMALLEST, STATURE, TALLEST, anatomy

TOPOLOGIES = [Topology.load(name) for name in ("coco_17", "human_pose", "openpose_18")]


def body(table, **changes):
    fields = {name: getattr(table, name) for name in ("lengths", "nearest", "farthest")}
    fields |= {"order": table.order.tolist(), "radii": np.nan_to_num(table.radii), "bones": table.bones.tolist()}
    fields |= {"stature": STATURE, "statures": (SMALLEST, TALLEST), "long_bone": LONG}
    return native.Body(**{**fields, **changes})


def crowd(seed, topology, people, samples=8):
    """Arguments of locate: people, with walls, holes and others in the way."""
    rng = np.random.default_rng(seed)
    places = shots.looking().inverse(shots.crowd(seed % 1000, people).joints[0])
    neck = places[:, [J["left_shoulder"], J["right_shoulder"]]].mean(axis=1)
    places = np.stack([neck if name == "neck" else places[:, J[name]] for name in topology.keypoints], axis=1)
    joints = places.shape[1]
    rays = places / places[..., 2:] + rng.normal(0, 0.01, places.shape) * (1, 1, 0)
    depths = np.where(rng.random((people, joints, samples)) < 0.2, 6.0, places[..., 2:])
    depths = depths + rng.normal(0, 0.03, depths.shape) - 0.5 * (rng.random((people, joints, 1)) < 0.2)
    depths[rng.random(depths.shape) < 0.2] = np.nan
    found = rng.random((people, joints)) < 0.85
    rays[rng.random((people, joints)) < 0.05] = np.nan
    middles = native.commonest(np.where(found[..., None], depths, np.nan).reshape(people, -1))
    return found, rays, rng.random((people, joints)), depths, middles


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(TOPOLOGIES), st.integers(1, 5))
def test_locate_is_its_reference(seed, topology, people):
    arguments, table = crowd(seed, topology, people), anatomy(topology)
    for ours, theirs in zip(body(table).locate(*arguments), joint_depths.locate(table, *arguments), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0.1, 10) | st.just(np.nan), max_size=30), st.integers(1, 3))
def test_commonest_is_its_reference(depths, people):
    depths = np.tile(np.array(depths, np.float64), (people, 1))
    expected = joint_depths.commonest(depths) if depths.size else np.full(people, np.nan)
    np.testing.assert_allclose(native.commonest(depths), expected, rtol=1e-12)


def test_the_reference_locates_somebody():
    table = anatomy(TOPOLOGIES[0])
    told = [np.isfinite(joint_depths.locate(table, *crowd(seed, TOPOLOGIES[0], 3))[0]).mean() for seed in range(20)]
    assert 0.2 < np.mean(told) < 0.9


def test_nobody_and_no_samples():
    table = anatomy(TOPOLOGIES[0])
    for people, samples in ((0, 8), (2, 0)):
        arguments = crowd(0, TOPOLOGIES[0], people, samples) if people else None
        if arguments is None:
            joints = len(table.order)
            arguments = (np.zeros((0, joints), bool), np.zeros((0, joints, 3)), np.zeros((0, joints)),
                         np.zeros((0, joints, samples)), np.zeros(0))  # fmt: skip
        depths, stddevs = body(table).locate(*arguments)
        assert depths.shape == stddevs.shape == (people, len(table.order))
        assert np.isnan(depths).all()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"order": [0, 0, 2]}, "order must hold each joint from 0 to 2"),
        ({"order": list(range(1, 18))}, "order must hold each joint"),
        ({"radii": np.zeros(3)}, r"radii has shape \[3\], must be \[17\]"),
        ({"lengths": np.zeros(3)}, r"lengths has shape \[3\]"),
        ({"nearest": np.zeros((17, 3))}, r"nearest has shape \[17, 3\], must be \[17, 17\]"),
        ({"farthest": np.zeros(17)}, r"farthest has shape \[17\]"),
        ({"bones": [(0, 17)], "lengths": np.ones(1)}, "a bone joins joints 0 and 17, there are 0 to 16"),
        ({"bones": [(-1, 1)], "lengths": np.ones(1)}, "a bone joins joints -1 and 1"),
    ],
)
def test_a_body_that_fits_not(changes, complaint):
    with pytest.raises(ValueError, match=complaint):
        body(anatomy(TOPOLOGIES[0]), **changes)


@pytest.mark.parametrize("wrong", range(5))
def test_arguments_that_fit_not(wrong):
    arguments = list(crowd(1, TOPOLOGIES[0], 2))
    arguments[wrong] = arguments[wrong][:1] if wrong != 3 else arguments[wrong][:, :5]
    with pytest.raises(ValueError, match="has shape"):
        body(anatomy(TOPOLOGIES[0])).locate(*arguments)
    with pytest.raises(ValueError, match=r"depths must be \[people, N\]"):
        native.commonest(np.zeros(3))
