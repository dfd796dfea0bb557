"""Boxes from vision_msgs; where that is not installed, objects with the same fields stand for its messages."""

from types import SimpleNamespace

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from trt_pose_ros.ros.convert.boxes import person_boxes


def detection(x, y, width, height, **classes):
    results = [SimpleNamespace(hypothesis=SimpleNamespace(class_id=k, score=v)) for k, v in classes.items()]
    center = SimpleNamespace(position=SimpleNamespace(x=x, y=y))
    return SimpleNamespace(bbox=SimpleNamespace(center=center, size_x=width, size_y=height), results=results)


def message(*detections):
    return SimpleNamespace(detections=detections)


def test_people_and_their_boxes():
    poses = person_boxes(
        message(
            detection(20.0, 40.0, 20.0, 60.0, person=0.75, dog=0.25),
            detection(20.0, 40.0, 20.0, 60.0, person=0.25, dog=0.75),
            detection(5.0, 5.0, 4.0, 2.0),
            detection(5.0, 5.0, 0.0, 2.0, person=0.9),
            detection(float("nan"), 5.0, 1.0, 2.0, person=0.9),
        )
    )
    assert poses.boxes().tolist() == [[10, 10, 30, 70], [3, 4, 7, 6]]
    assert poses.scores.tolist() == [0.75, 1.0]


def test_what_people_are_called():
    both = message(detection(5.0, 5.0, 4.0, 2.0, **{"0": 0.5}), detection(9.0, 5.0, 4.0, 2.0, person=0.5))
    assert len(person_boxes(both, "0")) == 1
    assert len(person_boxes(both, "")) == 2
    assert len(person_boxes(message())) == 0


def test_real_messages():
    vision_msgs = pytest.importorskip("vision_msgs.msg", reason="vision_msgs is not installed (it is not on PyPI)")
    one = vision_msgs.Detection2D()
    one.bbox.center.position.x, one.bbox.center.position.y = 20.0, 40.0
    one.bbox.size_x, one.bbox.size_y = 20.0, 60.0
    assert person_boxes(vision_msgs.Detection2DArray(detections=[one])).boxes().tolist() == [[10, 10, 30, 70]]
