"""The programs in examples/ and in the documents that need ROS."""

import os
import signal
import sys
from pathlib import Path

import pytest
from documents import DOCUMENTS, blocks
from harness import unused_namespace

from trt_pose_ros.msg import Keypoint, Skeleton, SkeletonArray

EXAMPLES = Path(__file__).parents[2] / "examples"
LISTENERS = {block.code for document in DOCUMENTS for block in blocks(document) if "rclpy.spin" in block.code}
SUBSCRIBERS = [((EXAMPLES / "subscriber.py").read_text(), "person 3: nose at (50, 60)")]
SUBSCRIBERS += [(code, "3 50.0 60.0") for code in sorted(LISTENERS)]


@pytest.mark.parametrize(
    ("code", "expected"), SUBSCRIBERS, ids=["example", *(f"document-{i}" for i in range(len(LISTENERS)))]
)
def test_python_subscriber(code, expected, tmp_path, tester, processes):
    program = tmp_path / "subscriber.py"
    program.write_text(code)
    namespace = unused_namespace()
    # the package may not be installed, only found from the working directory
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([os.getcwd(), *filter(None, sys.path)])}
    line = [sys.executable, program, "--ros-args", "-r", f"__ns:={namespace}"]
    process = processes(*line, env=environment)
    publisher = tester.publisher(SkeletonArray, f"{namespace}/skeletons")
    person = Skeleton(track_id=3, keypoints=[Keypoint(x=1.0, y=2.0), Keypoint(x=50.0, y=60.0)])
    message = SkeletonArray(keypoint_names=["neck", "nose"], skeletons=[person])

    def told():
        publisher.publish(message)
        return expected in process.output

    tester.spin_until(told, lambda: process.output)
    process.send(signal.SIGINT)
    assert process.wait() in (0, -signal.SIGINT), process.output
    assert "Traceback" not in process.output
