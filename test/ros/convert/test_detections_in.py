"""People from vision_msgs; where that is not installed, objects with the same fields stand for its messages."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from trt_pose_ros.ros.convert.detections_in import read_detections

NAN, INF = float("nan"), float("inf")


def detection(x, y, width, height, theta=0.0, **classes):
    results = [SimpleNamespace(hypothesis=SimpleNamespace(class_id=k, score=v)) for k, v in classes.items()]
    center = SimpleNamespace(position=SimpleNamespace(x=x, y=y), theta=theta)
    return SimpleNamespace(bbox=SimpleNamespace(center=center, size_x=width, size_y=height), results=results)


def message(*detections):
    return SimpleNamespace(detections=detections)


def test_people_and_their_boxes():
    people, bad, others = read_detections(
        message(
            detection(5.0, 5.0, 4.0, 2.0, person=0.5),
            detection(20.0, 40.0, 20.0, 60.0, person=0.75, dog=0.25),
            detection(20.0, 40.0, 20.0, 60.0, person=0.25, dog=0.75),
            detection(5.0, 5.0, 4.0, 2.0),
        )
    )
    assert people.boxes().tolist() == [[3, 4, 7, 6], [10, 10, 30, 70], [3, 4, 7, 6]]  # the surest first
    assert people.scores.tolist() == [1.0, 0.75, 0.5]
    assert (bad, others) == (0, 1)


@pytest.mark.parametrize(
    "box",
    [
        (NAN, 5.0, 1.0, 2.0),
        (5.0, INF, 1.0, 2.0),
        (5.0, 5.0, 0.0, 2.0),
        (5.0, 5.0, 2.0, -1.0),
        (5.0, 5.0, INF, 2.0),
        (5.0, 5.0, 1.0, NAN),
        (5.0, 5.0, 1.0, 2.0, NAN),
        (5.0, 5.0, 1e200, 2.0),
        (1e30, 5.0, 1.0, 2.0),  # its sides are the same number
    ],
)
def test_what_is_no_box_is_counted(box):
    good = detection(20.0, 40.0, 20.0, 60.0, person=0.9)
    people, bad, others = read_detections(message(detection(*box, person=0.9), good))
    assert len(people) == 1
    assert (bad, others) == (1, 0)


@pytest.mark.parametrize("score", [NAN, 0.0, -1.0])
def test_what_has_no_score_is_counted(score):
    people, bad, _ = read_detections(message(detection(20.0, 40.0, 20.0, 60.0, dog=0.1, person=score)), "")
    assert (len(people), bad) == ((0, 1) if score != score else (1, 0))
    people, bad, _ = read_detections(message(detection(20.0, 40.0, 20.0, 60.0, person=score)))
    assert (len(people), bad) == (0, 1)


def test_of_too_many_the_surest_stay():
    many = [detection(20.0, 40.0, 20.0, 60.0, person=0.001 * (i + 1)) for i in range(150)]
    people, bad, _ = read_detections(message(*many))
    assert (len(people), bad) == (100, 50)
    assert people.scores.min() == pytest.approx(0.051)


@pytest.mark.parametrize(
    ("theta", "size"), [(math.pi / 2, (60, 20)), (math.pi, (20, 60)), (-math.pi / 4, (80 / 2**0.5,) * 2)]
)
def test_a_turned_box_is_held_by_an_upright_one(theta, size):
    ((x_min, y_min, x_max, y_max),) = read_detections(
        message(detection(100.0, 100.0, 20.0, 60.0, theta, person=0.9))
    ).people.boxes()
    assert (x_max - x_min, y_max - y_min) == pytest.approx(size, rel=1e-5)
    assert (x_max + x_min, y_max + y_min) == pytest.approx((200, 200))


def test_what_people_are_called():
    both = message(detection(5.0, 5.0, 4.0, 2.0, **{"0": 0.5}), detection(9.0, 5.0, 4.0, 2.0, person=0.5))
    assert len(read_detections(both, "0").people) == 1
    assert len(read_detections(both, "").people) == 2
    assert len(read_detections(message()).people) == 0


numbers = st.floats(width=64)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(numbers, numbers, numbers, numbers, numbers, numbers), max_size=4))
def test_whatever_the_numbers_all_are_accounted_for(rows):
    people, bad, others = read_detections(message(*(detection(*row[:5], person=row[5]) for row in rows)))
    assert len(people) + bad == len(rows)
    assert others == 0
    assert np.isfinite(people.boxes()).all()
    assert ((people.scores > 0) & (people.scores <= 1)).all()


def test_real_messages(vision_msgs):
    from vision_msgs.msg import Detection2D, Detection2DArray

    one = Detection2D()
    one.bbox.center.position.x, one.bbox.center.position.y = 20.0, 40.0
    one.bbox.size_x, one.bbox.size_y = 20.0, 60.0
    assert read_detections(Detection2DArray(detections=[one])).people.boxes().tolist() == [[10, 10, 30, 70]]
