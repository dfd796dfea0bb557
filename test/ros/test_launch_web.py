"""web:=true by the real `ros2 launch`, in every launch file."""

import re
import signal
import urllib.request

import pytest
from harness import unused_namespace, why_no_ros2_launch

from trt_pose_ros.boards import BOARDS

pytestmark = pytest.mark.skipif(why_no_ros2_launch() is not None, reason=str(why_no_ros2_launch()))
pytest.importorskip("aiohttp", reason="the live page needs the extra [web]")


@pytest.mark.parametrize(
    ("launch_file", "arguments"),
    [
        ("pose.launch.py", []),
        ("pose.launch.py", ["composed:=true"]),
        ("follow_person.launch.py", []),
        ("events.launch.py", ["rules:=raised_hand"]),
        ("events.launch.py", ["rules:=raised_hand", "pose:=false"]),
        ("people_3d.launch.py", ["cameras:=a,b", "world_frame:=map"]),
        ("people_3d.launch.py", ["cameras:=a,b", "world_frame:=map", "pose:=false"]),
        (f"{BOARDS[0]}.launch.py", []),
    ],
)
def test_every_launch_file_serves_the_live_page(processes, model, tmp_path, tf2_msgs, launch_file, arguments):
    own = tmp_path / "own.yaml"
    own.write_text("/**/pose_node: {ros__parameters: {}}\n/**/web_node: {ros__parameters: {port: 0}}")
    parameters = ["web:=true", f"params_file:={own}", f"model:={model}", f"namespace:={unused_namespace().strip('/')}"]
    process = processes("ros2", "launch", "trt_pose_ros", launch_file, *parameters, *arguments)
    process.wait_for("live page on")
    address = re.search(r"live page on (http://127\.0\.0\.1:\d+/)", process.output)[1]
    with urllib.request.urlopen(address, timeout=60) as answer:
        assert b"<title>trt_pose_ros</title>" in answer.read()
    process.send(signal.SIGINT)
    assert process.wait() == 0, process.output
    assert "Traceback" not in process.output
