"""pose_node's parameters over DDS: where their values come from, and that they can be dumped and loaded."""

import sys

import pytest
import tiny_model
from harness import Camera, PoseNodeProcess, parameter_file
from rcl_interfaces.srv import DescribeParameters

from trt_pose_ros.families.paf import DecoderOptions
from trt_pose_ros.ros.runtime.settings import FixedSettings

PERSON = tiny_model.picture([tiny_model.person(160, 100, 120)])


def configured(tester, model, parameters=(), active=False):
    """A node that waits for its lifecycle manager, configured."""
    settings = {"model": str(model), "autostart": False, "image_qos": "reliable"} | dict(parameters)
    node = PoseNodeProcess(tester, settings, active=False)
    assert node.change_state("configure"), node.output
    return node


def decoder_of(node):
    return {name: value for name, value in node.dump().items() if name.startswith("decoder.")}


def test_the_model_s_options_are_the_defaults_whole_numbers_and_presets_too(tester, tmp_path):
    model = tiny_model.write_model(
        tmp_path / "model.onnx", decoder={"preset": "fast", "nms_threshold": 1, "peak_threshold": 0.25}
    )
    with configured(tester, model) as node:
        values = decoder_of(node)
    assert values.keys() == {f"decoder.{name}" for name in DecoderOptions.__dataclass_fields__}
    assert values["decoder.nms_threshold"] == 1.0
    assert isinstance(values["decoder.nms_threshold"], float)
    assert values["decoder.peak_threshold"] == 0.25
    assert values["decoder.weak_peak_threshold"] == 1.0  # of the preset
    assert values["decoder.link_samples"] == 7  # likewise
    assert values["decoder.link_threshold"] == DecoderOptions().link_threshold


def test_what_the_user_chose_goes_before_the_model(tester, tmp_path):
    model = tiny_model.write_model(tmp_path / "model.onnx", decoder={"preset": "fast", "min_score": 0.5})
    with configured(tester, model, {"decoder.min_score": 0, "decoder.max_peaks": 50}) as node:
        values = decoder_of(node)
        assert (values["decoder.min_score"], values["decoder.max_peaks"]) == (0.0, 50)
        assert values["decoder.link_samples"] == 7
        assert node.set_parameters(decoder__link_samples=9).successful
        # a choice outlives the model
        assert node.change_state("cleanup")
        assert node.change_state("configure")
        assert decoder_of(node)["decoder.link_samples"] == 9


def test_the_family_s_parameters_are_there_while_the_node_is_configured(tester, model):
    with configured(tester, model) as node:
        request = DescribeParameters.Request(names=["decoder.min_keypoints", "decoder.min_score"])
        keypoints, score = node.call("describe_parameters", request).descriptors
        assert (keypoints.integer_range[0].from_value, keypoints.integer_range[0].to_value) == (1, 255)
        assert (score.floating_point_range[0].from_value, score.floating_point_range[0].to_value) == (0.0, 1.0)
        assert "Keypoints a person must have" in keypoints.description
        assert "Can be changed at any time" in keypoints.description
        assert not node.set_parameters(decoder__min_keypoints=0).successful
        assert node.set_parameters(decoder__min_score=1).successful  # a whole number is one with a fraction, too
        assert decoder_of(node)["decoder.min_score"] == 1.0
        assert node.change_state("cleanup")
        assert decoder_of(node) == {}
        assert not node.set_parameters(decoder__min_keypoints=2).successful


def test_a_wrong_option_of_the_family_stops_configure_and_can_be_set_right(tester, model):
    parameters = {"model": str(model), "autostart": False, "decoder.peak_threshold": 7.0, "decoder.min_keypoint": 3}
    with PoseNodeProcess(tester, parameters, active=False) as node:
        assert not node.change_state("configure")
        node.wait_for("parameter 'decoder.peak_threshold' is 7.0, must be a number from 0.001 to 1.0")
        node.wait_for("'decoder.min_keypoint' is ignored, did you mean 'decoder.min_keypoints'?")
        assert node.set_parameters(decoder__peak_threshold=0.2).successful
        assert node.change_state("configure"), node.output
        assert decoder_of(node)["decoder.peak_threshold"] == 0.2


def test_everything_is_dumped_and_a_dump_is_loaded_again(tester, model, tmp_path, processes):
    chosen = {"cameras": ["front", "left"], "max_rate": 12, "decoder.min_score": 0.25, "tracking.max_age": 3.0}
    with configured(tester, model, chosen) as node:
        dumped = node.dump()
        assert {"model", "cameras", "max_rate", "decoder.nms_threshold", "smoothing.beta"} <= dumped.keys()
        assert None not in dumped.values()
        assert dumped["max_rate"] == 12.0
        # `ros2 param load` sets everything, what is read when the node is configured included
        for name, value in dumped.items():
            if not name.startswith(("qos_overrides.", "start_type_description_service")):
                result = node.set_parameters(**{name.replace(".", "__"): value})
                assert result.successful, (name, result.reason)
        assert "threads: read when the node is configured" in node.set_parameters(threads=2).reason
    ours = {name: value for name, value in dumped.items() if not name.startswith("qos_overrides.")}
    file = parameter_file(tmp_path / "dump.yaml", ours)
    again = PoseNodeProcess(tester, active=False, files=[file])
    with again:
        assert again.change_state("configure"), again.output
        assert again.dump() == dumped
        assert "unknown parameter" not in again.output


@pytest.mark.parametrize("cameras", [[], [""]])
def test_no_cameras_is_one_without_a_name(tester, model, cameras):
    with configured(tester, model, {"cameras": cameras}) as node:
        assert node.dump()["cameras"] == [""]
        assert tester.node.count_publishers(node.topic("skeletons")) == 1


@pytest.mark.parametrize(
    ("cameras", "sentence"),
    [
        (["a", "a"], "'cameras' holds 'a' more than once"),
        (["a", "/a"], "'cameras' holds '/a': leave out the slash at its ends, 'a'"),
        (["a/"], "leave out the slash at its ends"),
        (["/"], "'cameras' holds '/'"),
        (["front", ""], "an empty name"),
        (["front", "skeletons"], "'skeletons' is the name of a topic here"),
        (["rig/image"], "'image' is the name of a topic here"),
        (["front", "a b"], "topic name must not contain characters other than"),
        (["front", "1st"], "must not start with a number"),
        (["a//b"], "an empty name"),
        (["~"], "without ~ and {}"),
        (["{node}"], "without ~ and {}"),
        (["ü"], "topic name must not contain characters other than"),
    ],
)
def test_names_of_cameras(cameras, sentence):
    with pytest.raises(ValueError, match="parameter 'cameras' holds ") as caught:
        FixedSettings(cameras=tuple(cameras)).camera_names()
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert FixedSettings(cameras=("front", "rig/left_1")).camera_names() == ("front", "rig/left_1")


def test_a_camera_s_wrong_name_leaves_nothing_behind(tester, model):
    parameters = {"model": str(model), "autostart": False, "cameras": ["front", "front"]}
    with PoseNodeProcess(tester, parameters, active=False) as node:
        for _ in range(3):
            assert not node.change_state("configure")
        long = "x" * 300  # the middleware refuses it, after the first camera's topics are there
        assert node.set_parameters(cameras=["front", long]).successful
        for _ in range(3):
            assert not node.change_state("configure")
        assert tester.node.count_publishers(node.topic("front/skeletons")) == 0
        assert node.set_parameters(cameras=["front", "left"]).successful
        assert node.change_state("configure"), node.output
        assert node.change_state("activate")
        with Camera(node, "front") as camera:
            assert tester.node.count_publishers(node.topic("front/skeletons")) == 1
            before = len(camera.skeletons)
            camera.detect(PERSON, "front")
            assert len(camera.skeletons) == before + 1


def test_min_score_holds_for_every_output(tester, model):
    with PoseNodeProcess(tester, {"model": str(model), "image_qos": "reliable"}) as node, Camera(node) as camera:
        (skeleton,) = camera.detect(PERSON).skeletons
        assert node.set_parameters(min_score=min(1.0, skeleton.score + 0.01)).successful
        assert len(camera.detect(PERSON).skeletons) == 0
        assert node.set_parameters(min_score=skeleton.score - 0.01).successful
        (again,) = camera.detect(PERSON).skeletons
        assert len(again.keypoints) == 6


def test_failed_autostart_ends_the_process(processes, tester):
    with PoseNodeProcess(tester, {"model": "/nope.onnx"}, active=False) as node:
        assert node.wait() == 1
        node.wait_for("cannot configure: ")
        node.wait_for("/nope.onnx")
        assert "Traceback" not in node.output


@pytest.mark.parametrize("node", ["pose_node", "video_source_node", "follow_person_node"])
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--ros-args", "-p", "max_rate"], "Couldn't parse parameter override rule: '-p max_rate'"),
        (["--ros-args", "-r", "__node:=pose-node"], "Couldn't parse remap rule: '-r __node:=pose-node'"),
        (["--ros-args", "--foo"], "unknown ROS arguments: '--foo'"),
        (["--ros-args", "--params-file", "/nope.yaml"], "Couldn't parse params file: '--params-file /nope.yaml'"),
        (["--ros-args", "--log-level", "loud"], "Couldn't parse log level: '--log-level loud'"),
        (["--ros-args", "-p", "cameras:=[front, 1]"], "Sequence should be of same type"),
        (["--ros-args", "-p", "use_sim_time:=perhaps"], "'use_sim_time' to 'perhaps' of type 'STRING'"),
    ],
)
def test_wrong_ros_arguments_end_in_a_sentence(processes, node, arguments, sentence):
    process = processes(sys.executable, "-m", f"trt_pose_ros.ros.nodes.{node}", *arguments)
    assert process.wait() == 2
    assert sentence in process.output
    assert "Traceback" not in process.output
    assert "/project/src" not in process.output.splitlines()[-1]


@pytest.mark.parametrize("node", ["pose_node", "video_source_node"])
def test_arguments_that_are_none_of_ros_are_named(processes, node):
    process = processes(sys.executable, "-m", f"trt_pose_ros.ros.nodes.{node}", "--model", "x.onnx")
    assert process.wait() == 2
    assert "unknown arguments: --model x.onnx; write --ros-args -p NAME:=VALUE" in process.output
