"""The programs in examples/ that need ROS."""

import os
import signal
import sys
from pathlib import Path

from harness import unused_namespace

from trt_pose_ros.msg import Keypoint, Skeleton, SkeletonArray

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_python_subscriber(tester, processes):
    namespace = unused_namespace()
    # the package may not be installed, only found from the working directory
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([os.getcwd(), *filter(None, sys.path)])}
    line = [sys.executable, EXAMPLES / "subscriber.py", "--ros-args", "-r", f"__ns:={namespace}"]
    process = processes(*line, env=environment)
    publisher = tester.publisher(SkeletonArray, f"{namespace}/skeletons")
    person = Skeleton(track_id=3, keypoints=[Keypoint(x=1.0, y=2.0), Keypoint(x=50.0, y=60.0)])
    message = SkeletonArray(keypoint_names=["neck", "nose"], skeletons=[person])

    def told():
        publisher.publish(message)
        return "person 3: nose at (50, 60)" in process.output

    tester.spin_until(told, lambda: process.output)
    process.send(signal.SIGINT)
    assert process.wait() == 0
    assert "Traceback" not in process.output
