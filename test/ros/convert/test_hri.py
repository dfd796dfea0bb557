import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")
hri = pytest.importorskip("hri_msgs.msg", reason="hri_msgs is not installed (it is not on PyPI)")

from std_msgs.msg import Header  # noqa: E402

from trt_pose_ros import Poses, Topology  # noqa: E402
from trt_pose_ros.ros.convert.body_ids import BodyIds  # noqa: E402
from trt_pose_ros.ros.convert.hri import Bodies, skeleton2d  # noqa: E402

KINDS = ("skeleton2d", "roi")


@pytest.mark.parametrize("name", ["openpose_18", "human_pose", "coco_17"])
def test_every_keypoint_lands_under_its_own_name(name):
    topology = Topology.load(name)
    keypoints = np.zeros((len(topology.keypoints), 3), np.float32)
    keypoints[:, 0] = np.arange(len(keypoints))
    keypoints[:, 2] = 0.5
    points = skeleton2d(topology, keypoints, Header(), 100, 100).skeleton
    for index, keypoint in enumerate(topology.keypoints):
        assert points[getattr(hri.Skeleton2D, keypoint.upper())].x == pytest.approx((index + 0.5) / 100)
    if "neck" not in topology.keypoints:
        assert points[hri.Skeleton2D.NECK].c == 0


def test_coordinates_stay_within_the_picture_and_missing_ones_have_no_confidence():
    topology = Topology("t", ("nose", "neck"), ())
    points = skeleton2d(topology, np.float32([[-5, 200, 0.5], [np.nan, np.nan, 0]]), Header(), 100, 100).skeleton
    nose, neck = points[hri.Skeleton2D.NOSE], points[hri.Skeleton2D.NECK]
    assert (nose.x, nose.y, nose.c) == (0, 1, 0.5)
    assert (neck.x, neck.y, neck.c) == (0, 0, 0)


def test_bodies_come_and_go_with_their_ids():
    import rclpy
    from rclpy.qos import QoSProfile

    context = rclpy.context.Context()
    rclpy.init(context=context)
    node = rclpy.create_node("hri_test", context=context)
    try:
        topology = Topology("t", ("nose",), ())
        bodies = Bodies(node, QoSProfile(depth=1))

        def topics():
            return {n for n, _ in node.get_publisher_names_and_types_by_node("hri_test", "/") if "front" in n}

        def expected(*track_ids):
            ids = BodyIds("/hri_test")
            return {f"/humans/bodies/{ids.identity('front', i)}/{kind}" for i in track_ids for kind in KINDS}

        people = Poses(topology, [[(1, 2, 1)], [(3, 4, 1)], [(5, 6, 1)]], [1, 1, 1], [7, -1, 9])
        bodies.publish("front", people, Header(), 100, 100)
        assert topics() == expected(7, 9)
        bodies.publish("left", people, Header(), 100, 100)
        assert topics() == expected(7, 9)
        bodies.publish("front", people[[2]], Header(), 100, 100)
        assert topics() == expected(9)
        bodies.destroy()
        assert topics() == set()
    finally:
        node.destroy_node()
        rclpy.try_shutdown(context=context)
