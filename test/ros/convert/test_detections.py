import numpy as np
import pytest

pytest.importorskip("vision_msgs", reason="vision_msgs is not installed (it is not on PyPI)")

from std_msgs.msg import Header

from trt_pose_ros import Poses, Topology
from trt_pose_ros.ros.convert.detections import detection_array


def test_a_box_around_the_found_keypoints_of_each_person():
    topology = Topology("t", ("a", "b", "c"), ())
    missing = (np.nan, np.nan, 0)
    poses = Poses(topology, [[(10, 20, 1), (30, 60, 1), missing], [(1, 1, 1), missing, missing]], [0.75, 0.5], [4, -1])
    header = Header(frame_id="camera")
    one, other = detection_array(poses, header).detections
    assert (one.bbox.center.position.x, one.bbox.center.position.y) == (20, 40)
    assert (one.bbox.size_x, one.bbox.size_y) == (20, 40)
    assert (one.id, other.id) == ("4", "")
    assert one.results[0].hypothesis.class_id == "person"
    assert one.results[0].hypothesis.score == 0.75
    assert one.header == header
