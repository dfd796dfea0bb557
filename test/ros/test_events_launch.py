"""launch/events.launch.py by the real `ros2 launch`: skeletons and what goes on."""

import signal

import cv2
import pytest
import tiny_model
from harness import unused_namespace, why_no_ros2_launch

from trt_pose_ros.msg import EventArray

COMMAND = ("ros2", "launch", "trt_pose_ros", "events.launch.py")
pytestmark = pytest.mark.skipif(why_no_ros2_launch() is not None, reason=str(why_no_ros2_launch()))


def test_events_of_a_source(tester, processes, model, tmp_path):
    namespace = unused_namespace()
    cv2.imwrite(str(tmp_path / "0.png"), tiny_model.picture([tiny_model.person(150, 100, 100)]))
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: {there: {description: Somebody., when: {box: {dimension: height, at_least: 0}}, for: 0}}")
    _, received = tester.messages(EventArray, f"{namespace}/events/current", "latched", matched=False)
    arguments = [f"rules:={rules}", f"source:={tmp_path / '0.png'}", "loop:=true", "rate:=10", f"model:={model}"]
    process = processes(*COMMAND, *arguments, f"namespace:={namespace.strip('/')}")
    tester.spin_until(lambda: any(m.events for m in received), lambda: f"an event: {process.output}")
    assert {event.kind for m in received for event in m.events} == {"there"}
    process.send(signal.SIGINT)
    assert process.wait() == 0
    assert process.output.count("process has finished cleanly") == 3, process.output


def test_of_skeletons_that_are_there(tester, processes):
    namespace = unused_namespace()
    arguments = ["pose:=false", "cameras:=a,b", "rules:=raised_hand", f"namespace:={namespace.strip('/')}"]
    process = processes(*COMMAND, *arguments)
    process.wait_for(f"waiting for skeletons on {namespace}/a/skeletons, {namespace}/b/skeletons")
    process.send(signal.SIGINT)
    assert process.wait() == 0
    assert process.output.count("process started") == 1


def test_a_rule_that_is_none_ends_all(processes, model):
    arguments = [f"namespace:={unused_namespace().strip('/')}", f"model:={model}", "rules:=raise_hand"]
    process = processes(*COMMAND, *arguments)
    assert process.wait() == 1
    assert "did you mean" in process.output
    assert "Traceback" not in process.output
