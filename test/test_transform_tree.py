"""Frames over time, against transforms that are composed by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from trt_pose_ros.transform_tree import TransformTree
from trt_pose_ros.transforms import Transform

numbers = st.floats(-3, 3)
transforms = st.builds(
    lambda t, r: Transform(Rotation.from_rotvec(r).as_matrix(), np.array(t)),
    st.tuples(numbers, numbers, numbers),
    st.tuples(numbers, numbers, numbers),
)


def moved(*translation):
    return Transform(np.eye(3), np.array(translation, float))


def same(a, b):
    np.testing.assert_allclose(a.rotation, b.rotation, atol=1e-9)
    np.testing.assert_allclose(a.translation, b.translation, atol=1e-9)


@given(transforms, transforms, transforms)
def test_the_way_between_two_branches(base, camera, depth):
    tree = TransformTree()
    tree.add("base", "map", base, 1.0)
    tree.add("camera", "base", camera)
    tree.add("depth", "/camera", depth)
    tree.add("laser", "base", moved(1, 2, 3))
    same(tree.find("depth", "map", 1.0), base @ camera @ depth)
    same(tree.find("map", "depth", 1.0), (base @ camera @ depth).inverse)
    same(tree.find("depth", "laser", 1.0), moved(1, 2, 3).inverse @ camera @ depth)
    same(tree.find("camera", "camera", 1.0), Transform.identity())


@given(transforms, transforms, st.floats(0, 1))
def test_what_moves_is_interpolated(a, b, share):
    tree = TransformTree()
    tree.add("head", "base", b, 2.0)
    tree.add("head", "base", a, 1.0)  # in any order
    between = tree.find("head", "base", 1.0 + share)
    np.testing.assert_allclose(between.translation, (1 - share) * a.translation + share * b.translation, atol=1e-6)
    whole = Rotation.from_matrix(a.rotation.T @ b.rotation).magnitude()
    part = Rotation.from_matrix(a.rotation.T @ between.rotation).magnitude()
    assert part == pytest.approx(share * whole, abs=1e-5)


def test_outside_of_the_known_time_nothing_is_told():
    tree = TransformTree()
    for stamp in (1.0, 2.0):
        tree.add("head", "base", moved(stamp, 0, 0), stamp)
    same(tree.find("head", "base", 2.04), moved(2, 0, 0))  # tf comes a little late
    same(tree.find("head", "base", 0), moved(2, 0, 0))
    for stamp in (0.9, 2.1, 1e9, float("nan")):
        with pytest.raises(ValueError, match=r"tf knows where frame 'head' is from 1\.000 to 2\.000 s"):
            tree.find("head", "base", stamp)


def test_what_is_not_connected():
    tree = TransformTree()
    tree.add("a", "b", moved(1, 0, 0))
    tree.add("c", "d", moved(1, 0, 0))
    with pytest.raises(ValueError, match="from frame 'a' to 'c': they are not connected"):
        tree.find("a", "c", 0)
    with pytest.raises(ValueError, match="nothing is known of 'x'"):
        tree.find("a", "x", 0)


def test_a_loop_ends():
    tree = TransformTree()
    tree.add("a", "b", moved(1, 0, 0))
    tree.add("b", "a", moved(1, 0, 0))
    with pytest.raises(ValueError, match="no way"):
        tree.find("a", "c", 0)


def test_a_frame_gets_another_parent_and_a_recording_begins_again():
    tree = TransformTree()
    tree.add("cup", "table", moved(1, 0, 0), 100.0)
    tree.add("cup", "hand", moved(2, 0, 0), 101.0)
    with pytest.raises(ValueError, match=r"not connected|nothing is known"):
        tree.find("cup", "table", 101.0)
    tree.add("cup", "hand", moved(3, 0, 0), 5.0)
    same(tree.find("cup", "hand", 5.0), moved(3, 0, 0))


def test_memory_is_bounded():
    tree = TransformTree()
    for i in range(5000):
        tree.add("head", "base", moved(i, 0, 0), i / 100)
    assert len(tree._moving["head"]) <= 1001
