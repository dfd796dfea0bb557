"""Both nodes started together: by `trt-pose launch`, and by `ros2 launch` where there is one."""

import signal
import sys
from importlib.util import find_spec
from pathlib import Path

import cv2
import pytest
import tiny_model
from harness import keypoints, stamp_in_seconds, unused_namespace

from trt_pose_ros.msg import SkeletonArray

PEOPLE = [tiny_model.person(x, 100, 100) for x in range(60, 260, 20)]
LAUNCH_FILE = Path(__file__).parents[2] / "launch" / "pose.launch.py"
VERB = [sys.executable, "-m", "trt_pose_ros.cli.main", "launch"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures of a person who walks to the right."""
    made = tmp_path_factory.mktemp("pictures")
    for number, person in enumerate(PEOPLE):
        cv2.imwrite(str(made / f"{number:02}.png"), tiny_model.picture([person]))
    return made


def test_both_nodes_in_one_process(tester, processes, model, folder):
    namespace = unused_namespace()
    _, received = tester.messages(SkeletonArray, f"{namespace}/skeletons", matched=False)
    process = processes(
        *VERB, "--source", folder, "--rate", 20, "--loop", "--model", model, "--namespace", namespace, "--image", "view"
    )
    tester.spin_until(lambda: len(received) >= len(PEOPLE), "skeletons")
    places = {round(keypoints(m)[0, 1, 0] / 20) for m in received}
    assert places <= {round(person[1, 0] / 20) for person in PEOPLE}
    assert len({stamp_in_seconds(m) for m in received}) == len(received)
    for topic in ("view", "view/compressed"):
        assert tester.node.count_publishers(f"{namespace}/{topic}") == 1
    assert tester.node.count_subscribers(f"{namespace}/view") == 1
    process.send(signal.SIGINT)
    assert process.wait() == 0
    assert "Traceback" not in process.output


def test_it_ends_with_its_source(processes, tester, model, folder):
    namespace = unused_namespace()
    tester.messages(SkeletonArray, f"{namespace}/skeletons", matched=False)
    process = processes(*VERB, "--source", folder / "00.png", "--model", model, "--namespace", namespace)
    tester.spin_until(lambda: process.exit_code is not None, "the end")
    assert process.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--source", "nowhere"], 1, "source 'nowhere' is neither a picture"),
        (
            ["--params-file", "nowhere.yaml"],
            2,
            "Couldn't parse params file: '--params-file nowhere.yaml'. Error: Error opening",
        ),
        (["--params-file", __file__], 2, "Couldn't parse params file"),
        (["--namespace", "a.b"], 2, "Invalid namespace: namespace must not contain characters other than"),
        (["--image", "a.b"], 2, "Couldn't parse remap rule: '-r image:=a.b'"),
    ],
)
def test_wrong_arguments_end_in_a_sentence(processes, model, arguments, code, sentence):
    process = processes(*VERB, "--model", model, *arguments)
    assert process.wait() == code
    assert sentence in process.output
    assert "Traceback" not in process.output


@pytest.mark.skipif(not find_spec("launch_ros"), reason="ros2 launch is not installed")
class TestLaunchFile:
    """The launch file, by the launch system of ROS 2."""

    @staticmethod
    def description(**arguments):
        from launch import LaunchContext
        from launch.launch_description_sources import PythonLaunchDescriptionSource

        context = LaunchContext()
        context.launch_configurations.update(arguments)
        description = PythonLaunchDescriptionSource(str(LAUNCH_FILE)).get_launch_description(context)
        return context, description
