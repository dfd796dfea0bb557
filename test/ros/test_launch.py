"""Both nodes started together: by `trt-pose launch`, and by `ros2 launch` where there is one."""

import signal
import sys
from shutil import which

import cv2
import numpy as np
import pytest
import tiny_model
from harness import keypoints, stamp_in_seconds, unused_namespace, why_no_ros2_launch

from trt_pose_ros.boards import AUTO, BOARDS, count_gpus
from trt_pose_ros.msg import SkeletonArray

PEOPLE = [tiny_model.person(x, 100, 100) for x in range(60, 260, 20)]
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
    for topic in ("view", "view/compressed", "camera_info"):
        assert tester.node.count_publishers(f"{namespace}/{topic}") == 1
    assert tester.node.count_subscribers(f"{namespace}/camera_info") == 1
    assert tester.node.count_subscribers(f"{namespace}/view") == 1
    process.send(signal.SIGINT)
    assert process.wait() == 0
    assert "Traceback" not in process.output


def test_depth_and_its_calibration(tester, processes, model):
    namespace = unused_namespace()
    arguments = ["--image", "rgb/image", "--depth", "depth/image_rect", "--depth-transport", "compressed"]
    process = processes(*VERB, *arguments, "--model", model, "--namespace", namespace)
    process.wait_for("waiting for images")
    topics = ("rgb/image", "rgb/camera_info", "depth/image_rect/compressedDepth", "depth/camera_info")
    for topic in topics:
        tester.spin_until(lambda t=topic: tester.node.count_subscribers(f"{namespace}/{t}") == 1, topic)
    process.send(signal.SIGINT)
    assert process.wait() == 0


def test_it_ends_with_its_source(processes, tester, model, folder):
    namespace = unused_namespace()
    tester.messages(SkeletonArray, f"{namespace}/skeletons", matched=False)
    process = processes(*VERB, "--source", folder / "00.png", "--model", model, "--namespace", namespace)
    tester.spin_until(lambda: process.exit_code is not None, "the end")
    assert process.exit_code == 0


def test_it_ends_with_the_last_of_its_sources(processes, tester, model, folder):
    namespace = unused_namespace()
    received = {
        name: tester.messages(SkeletonArray, f"{namespace}/{name}/skeletons", matched=False)[1] for name in ("a", "b")
    }
    sources = ["--cameras", "a", "b", "--source", folder / "00.png", folder, "--rate", 5]
    process = processes(*VERB, *sources, "--model", model, "--namespace", namespace)
    tester.spin_until(lambda: process.exit_code is not None, "the end")
    assert process.exit_code == 0
    assert f"{len(PEOPLE)} frames published" in process.output
    assert len(received["b"]) > len(received["a"])


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--source", "nowhere"], 1, "source 'nowhere' is neither an image"),
        (
            ["--params-file", "nowhere.yaml"],
            2,
            "Couldn't parse params file: '--params-file nowhere.yaml'. Error: Error opening",
        ),
        (["--params-file", __file__], 2, "Couldn't parse params file"),
        (["--namespace", "a.b"], 2, "Invalid namespace: namespace must not contain characters other than"),
        (["--image", "a.b"], 2, "Couldn't parse remap rule: '-r image:=a.b'"),
        (["--camera-info", "a.b"], 2, "Couldn't parse remap rule: '-r camera_info:=a.b'"),
        (["--cameras", "a", "--image", "b"], 2, "--image (b) is for a single camera, but --cameras names a"),
        (["--cameras", "a", "b", "--source", "c"], 2, "--source names 1 sources for 2 cameras"),
        (["--rectified", "maybe"], 1, "'rectified' is 'maybe', must be one of auto, always, never"),
    ],
)
def test_wrong_arguments_end_in_a_sentence(processes, model, arguments, code, sentence):
    process = processes(*VERB, "--model", model, *arguments)
    assert process.wait() == code
    assert sentence in process.output
    assert "Traceback" not in process.output


without_gpu = pytest.mark.skipif(count_gpus() > 0, reason="there is a GPU here")
NO_GPU = "CUDA finds no NVIDIA GPU: the network runs on the CPU"


@without_gpu
@pytest.mark.parametrize("board", [AUTO, *BOARDS])
def test_a_board_without_its_gpu_runs_on_the_processor_and_says_so_once(processes, tester, model, folder, board):
    namespace = unused_namespace()
    _, received = tester.messages(SkeletonArray, f"{namespace}/skeletons", matched=False)
    process = processes(
        *(*VERB, "--board", board, "--source", folder, "--loop", "--rate", 20),
        *("--model", model, "--namespace", namespace),
    )
    tester.spin_until(lambda: len(received) >= 2, "skeletons")
    process.send(signal.SIGINT)
    assert process.wait() == 0
    assert process.output.count(NO_GPU) == process.output.lower().count("warn") == 1, process.output


def test_the_camera_of_the_parameter_files(processes, tester, model, folder, tmp_path):
    namespace = unused_namespace()
    own = tmp_path / "own.yaml"
    own.write_text(
        f"/**/video_source_node: {{ros__parameters: {{source: '{folder}', rate: 20.0, frame_id: lens}}}}\n"
        "/**/pose_node: {ros__parameters: {max_rate: 1000.0}}\n"
    )
    _, received = tester.messages(SkeletonArray, f"{namespace}/skeletons", matched=False)
    process = processes(
        *(*VERB, "--board", AUTO, "--params-file", own, "--source", "camera", "--loop"),
        *("--model", model, "--namespace", namespace),
    )
    tester.spin_until(lambda: len(received) >= 2, "skeletons")
    process.send(signal.SIGINT)
    assert process.wait() == 0
    assert {message.header.frame_id for message in received} == {"lens"}


@pytest.mark.skipif(why_no_ros2_launch() is not None, reason=str(why_no_ros2_launch()))
class TestLaunchFile:
    """launch/pose.launch.py by the real `ros2 launch`."""

    COMMAND = ("ros2", "launch", "trt_pose_ros", "pose.launch.py")

    def test_it_starts_camera_and_node(self, tester, processes, model, folder, tmp_path):
        namespace = unused_namespace()
        (tmp_path / "slow.yaml").write_text("/**/pose_node: {ros__parameters: {max_rate: 4.0}}")
        _, received = tester.messages(SkeletonArray, f"{namespace}/skeletons", matched=False)
        process = processes(
            *self.COMMAND,
            f"source:={folder}",
            "loop:=true",
            "rate:=40",
            "image:=view",
            f"model:={model}",
            f"params_file:={tmp_path / 'slow.yaml'}",
            f"namespace:={namespace.strip('/')}",
        )
        tester.spin_until(lambda: len(received) >= 4, "skeletons")
        stamps = [stamp_in_seconds(m) for m in received]
        assert min(np.diff(stamps)) > 0.1  # max_rate holds: the camera's own beat is 0.025 s
        assert tester.node.count_publishers(f"{namespace}/view/compressed") == 1
        for _ in range(2):
            process.send(signal.SIGINT)
        assert process.wait() == 0
        assert process.output.count("process has finished cleanly") == 2, process.output
        assert "Traceback" not in process.output

    @pytest.mark.parametrize("composed", ["true", "false"])
    def test_several_cameras(self, tester, processes, model, folder, composed):
        namespace = unused_namespace()
        cameras = {name: f"{namespace}/{name}/skeletons" for name in ("front", "left")}
        received = {name: tester.messages(SkeletonArray, topic, matched=False)[1] for name, topic in cameras.items()}
        process = processes(
            *self.COMMAND,
            "cameras:=front,left",
            f"source:={folder},{folder / '00.png'}",
            "loop:=true",
            "rate:=20",
            f"composed:={composed}",
            f"model:={model}",
            f"namespace:={namespace.strip('/')}",
        )
        tester.spin_until(lambda: all(len(messages) >= 10 for messages in received.values()), "skeletons of both")
        assert {round(keypoints(m)[0, 1, 0] / 20) for m in received["left"]} == {3}
        assert len({round(keypoints(m)[0, 1, 0] / 20) for m in received["front"]}) > 1
        process.send(signal.SIGINT)
        assert process.wait() == 0
        assert process.output.count("process has finished cleanly") == (1 if composed == "true" else 3), process.output

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["sorce:=0"], "there is no argument sorce:=, did you mean source:=?"),
            (["cameras:=front,left", "source:=77"], "source:= names 1 sources for 2 cameras: name one for each"),
            (["cameras:=front", "image:=/view"], "image:= (/view) is for a single camera, but cameras:= names front"),
            (["rate:=fast"], "rate:=fast is not a number from 0 to 1000"),
            (["loop:=ture"], "loop:=ture is neither true nor false"),
            (["backend:=magic"], "backend:=magic is not one of"),
            (["log_level:=loud"], "log_level:=loud is not one of debug, info, warn, error, fatal"),
            (["input_size:=256"], "input_size:=256: input size '256' is not HEIGHTxWIDTH"),
            (["params_file:=/nowhere.yaml"], "params_file:=/nowhere.yaml cannot be read: No such file"),
            (
                ["params_file:={file}", "namespace:=robot"],
                "holds no parameters for /robot/pose_node, only for /pose_node",
            ),
        ],
    )
    @pytest.mark.parametrize(
        "launch_file", ["pose.launch.py", "follow_person.launch.py", "people_3d.launch.py", "events.launch.py"]
    )
    def test_wrong_arguments_start_nothing(self, processes, tmp_path, launch_file, arguments, sentence):
        (tmp_path / "pose.yaml").write_text("pose_node: {ros__parameters: {max_rate: 4.0}}")
        process = processes(*self.COMMAND[:3], launch_file, *(a.format(file=tmp_path / "pose.yaml") for a in arguments))
        assert process.wait() == 1
        assert sentence in process.output
        assert "process started" not in process.output

    @pytest.mark.parametrize("given", ["dry_run:=ture", "dry_run:=2", "dry_run:=dry", "stamped:=1.0"])
    def test_a_misread_word_starts_nothing(self, processes, given):
        process = processes(*self.COMMAND[:3], "follow_person.launch.py", given)
        assert process.wait() == 1
        assert "is neither true nor false" in process.output
        assert "process started" not in process.output

    def test_a_dry_run_that_the_file_would_undo_starts_nothing(self, processes, tmp_path):
        path = tmp_path / "follow.yaml"
        path.write_text(
            "/follow_person_node: {ros__parameters: {rate: 20.0}}\n/**: {ros__parameters: {dry_run: false}}"
        )
        process = processes(
            *self.COMMAND[:3], "follow_person.launch.py", "dry_run:=true", f"follow_params_file:={path}"
        )
        assert process.wait() == 1
        assert "dry_run:= is given, but follow_params_file:=" in process.output
        assert "process started" not in process.output

    @pytest.mark.parametrize(("word", "dry"), [("yes", True), ("1", True), ("on", True), ("TRUE", True), ("No", False)])
    def test_words_of_dry_run(self, processes, model, tmp_path, word, dry):
        # the argument goes before the file
        path = tmp_path / "follow.yaml"
        path.write_text(f"/**/follow_person_node: {{ros__parameters: {{dry_run: {str(not dry).lower()}}}}}")
        process = processes(
            *self.COMMAND[:3],
            "follow_person.launch.py",
            f"dry_run:={word}",
            f"follow_params_file:={path}",
            f"model:={model}",
            f"namespace:={unused_namespace().strip('/')}",
        )
        process.wait_for("stopped, no usable skeletons arrive")
        process.wait_for("waiting for images")
        assert ("dry run: cmd_vel stays silent" in process.output) is dry
        process.send(signal.SIGINT)
        assert process.wait() == 0

    @pytest.mark.parametrize("composed", ["true", "false"])
    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [("source:=/nowhere.mp4", "source '/nowhere.mp4' is neither"), ("model:=/nowhere.onnx", "/nowhere.onnx")],
    )
    def test_it_ends_with_a_node_that_fails(self, processes, model, composed, wrong, sentence):
        arguments = [f"composed:={composed}", f"namespace:={unused_namespace().strip('/')}", f"model:={model}", wrong]
        process = processes(*self.COMMAND, *arguments)
        assert process.wait() == 1
        assert sentence in process.output
        assert "Traceback" not in process.output

    @pytest.mark.parametrize("composed", ["true", "false"])
    def test_it_ends_with_its_sources(self, tester, processes, model, folder, composed):
        namespace = unused_namespace()
        tester.messages(SkeletonArray, f"{namespace}/skeletons", matched=False)
        arguments = [f"composed:={composed}", f"namespace:={namespace.strip('/')}", f"model:={model}"]
        process = processes(*self.COMMAND, *arguments, f"source:={folder}", "rate:=50")
        tester.spin_until(lambda: process.exit_code is not None, "the end")
        assert process.exit_code == 0
        assert f"{len(PEOPLE)} frames published" in process.output

    @pytest.mark.parametrize("composed", ["true", "false"])
    @pytest.mark.parametrize(("camera_info", "topic"), [("", "eye/camera_info"), ("calibration", "calibration")])
    def test_camera_info_goes_with_the_image(self, tester, processes, model, folder, composed, camera_info, topic):
        namespace = unused_namespace()
        process = processes(
            *self.COMMAND,
            f"source:={folder}",
            "loop:=true",
            "image:=eye/image_raw",
            *([f"camera_info:={camera_info}"] if camera_info else []),
            f"composed:={composed}",
            f"model:={model}",
            f"namespace:={namespace.strip('/')}",
        )
        full = f"{namespace}/{topic}"
        tester.spin_until(
            lambda: (
                tester.node.count_publishers(full) == tester.node.count_subscribers(full) == 1
                and tester.node.count_publishers(f"{namespace}/eye/image_raw") == 1
            ),
            lambda: f"camera_info on {full}: {process.output}",
        )
        process.send(signal.SIGINT)
        assert process.wait() == 0

    @pytest.mark.skipif(which("rviz2") is not None, reason="rviz2 is installed")
    def test_without_rviz_nothing_is_started(self, processes):
        process = processes(*self.COMMAND, "rviz:=true")
        code = process.wait()
        assert "rviz:=true needs the package rviz2, which is not installed" in process.output
        assert code == 1
        assert "process started" not in process.output

    def test_the_number_of_a_webcam_stays_text(self, processes, model):
        process = processes(*self.COMMAND, "source:=77", f"model:={model}")
        process.wait_for("cannot open webcam 77")
        assert process.wait() == 1

    def test_its_arguments_are_explained(self, processes):
        process = processes(*self.COMMAND, "--show-args")
        assert process.wait() == 0
        for argument in (
            "board",
            "source",
            "cameras",
            "rate",
            "loop",
            "image",
            "composed",
            "model",
            "params_file",
            "namespace",
            "rviz",
            "camera_info",
            "rectified",
            "backend",
            "input_size",
            "use_sim_time",
            "log_level",
            "hands",
            "web",
        ):
            assert f"'{argument}':" in process.output

    @pytest.mark.parametrize(
        ("launch_file", "own"), [("events", "rules"), ("people_3d", "extrinsics"), ("follow_person", "dry_run")]
    )
    def test_the_arguments_of_pose_are_explained_beside_another_node_too(self, processes, launch_file, own):
        process = processes(*self.COMMAND[:3], f"{launch_file}.launch.py", "--show-args")
        assert process.wait() == 0
        for argument in (own, "image", "cameras", "model", "namespace", "log_level", "web"):
            assert process.output.count(f"'{argument}':") == 1

    @pytest.mark.parametrize("launch_file", ["events.launch.py", "people_3d.launch.py"])
    def test_a_node_alone_reads_its_arguments_too(self, processes, launch_file):
        process = processes(*self.COMMAND[:3], launch_file, "pose:=false", "log_level:=loud")
        assert process.wait() == 1
        assert "log_level:=loud is not one of debug, info, warn, error, fatal" in process.output
        assert "process started" not in process.output

    @pytest.mark.parametrize("board", BOARDS)
    def test_every_board_has_a_launch_file_with_the_same_arguments(self, processes, board):
        process = processes("ros2", "launch", "trt_pose_ros", f"{board}.launch.py", "--show-args")
        assert process.wait() == 0
        for argument in ("source", "cameras", "params_file", "board"):
            assert f"'{argument}':" in process.output

    @without_gpu
    @pytest.mark.parametrize("board", BOARDS)
    def test_a_boards_launch_file_starts_on_the_processor(self, tester, processes, model, folder, board):
        namespace = unused_namespace()
        _, received = tester.messages(SkeletonArray, f"{namespace}/skeletons", matched=False)
        process = processes(
            *("ros2", "launch", "trt_pose_ros", f"{board}.launch.py", f"source:={folder}", "loop:=true", "rate:=20"),
            *(f"model:={model}", f"namespace:={namespace.strip('/')}"),
        )
        tester.spin_until(lambda: len(received) >= 2, "skeletons")
        process.send(signal.SIGINT)
        assert process.wait() == 0
        assert process.output.count(NO_GPU) == 1, process.output

    def test_a_board_that_is_none_starts_nothing(self, processes, model):
        process = processes(*self.COMMAND, "board:=orin", f"model:={model}")
        process.wait_for("board is 'orin', must be auto, orin_nano")
        assert process.wait() != 0
        assert "process started" not in process.output
