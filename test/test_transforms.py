"""Rigid transforms: what they do to points, undone and chained; their quaternions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros.transforms import Transform

numbers = st.floats(-10, 10)


@st.composite
def transforms(draw):
    q = np.array(draw(st.tuples(*[st.floats(-1, 1)] * 4)))
    length = np.linalg.norm(q)
    q = q / length if length > 1e-3 else np.array([0, 0, 0, 1.0])
    return Transform.from_quaternion(draw(st.tuples(numbers, numbers, numbers)), q)


@given(transforms(), transforms(), st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=5))
def test_chained_and_undone(first, second, points):
    points = np.array(points)
    np.testing.assert_allclose((second @ first)(points), second(first(points)), atol=1e-9)
    np.testing.assert_allclose(first.inverse(first(points)), points, atol=1e-9)


@given(transforms())
def test_quaternions_come_back(transform):
    again = Transform.from_quaternion(transform.translation, transform.quaternion)
    np.testing.assert_allclose(again.rotation, transform.rotation, atol=1e-9)
    assert transform.quaternion[3] >= 0


def test_a_quarter_turn_about_z_takes_x_to_y():
    turn = Transform.from_quaternion((1, 2, 3), (0, 0, np.sqrt(0.5), np.sqrt(0.5)))
    np.testing.assert_allclose(turn(np.array([[1.0, 0, 0], [np.nan, 0, 0]])), [[1, 3, 3], [np.nan] * 3], atol=1e-12)


@pytest.mark.parametrize(
    ("rotation", "translation", "what"),
    [
        (np.eye(3) * 2, np.zeros(3), "not a rotation"),
        (np.diag([1, 1, -1]), np.zeros(3), "not a rotation"),
        (np.full((3, 3), np.nan), np.zeros(3), "rotation is"),
        (np.eye(3), np.zeros(2), "translation is"),
    ],
)
def test_what_is_no_rigid_transform_is_refused(rotation, translation, what):
    with pytest.raises(ValueError, match=what):
        Transform(rotation, translation)


def test_a_zero_quaternion_is_refused():
    with pytest.raises(ValueError, match="length 1"):
        Transform.from_quaternion((0, 0, 0), (0, 0, 0, 0))
