import re

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from mutations import CASES, mutated_bytes, mutated_value

from trt_pose_ros.ros.runtime import launch_arguments as read
from trt_pose_ros.ros.runtime.launch_arguments import boolean, optional_boolean

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
in_any_case = st.sampled_from([str.lower, str.upper, str.title, lambda text: f" {text} "])


@given(st.sampled_from(TRUE + FALSE), in_any_case)
def test_the_usual_words_in_any_case(word, written):
    assert boolean("dry_run", written(word)) is (word in TRUE)


@pytest.mark.parametrize("text", ["ture", "", " ", "y", "t", "2", "-1", "0.0", "yes no", "None", "tru\u0435"])
def test_anything_else_is_refused_by_name(text):
    with pytest.raises(ValueError, match=f"^dry_run:={text} is neither true nor false"):
        boolean("dry_run", text)


@given(st.text())
def test_no_text_is_taken_for_something_by_chance(text):
    try:
        value = boolean("dry_run", text)
    except ValueError:
        return
    assert text.strip().lower() in (TRUE if value else FALSE)


def test_empty_leaves_it_open_where_that_is_allowed():
    assert optional_boolean("dry_run", "") is None
    assert optional_boolean("dry_run", "off") is False
    with pytest.raises(ValueError, match="dry_run:=flase"):
        optional_boolean("dry_run", "flase")


class TestNumbers:
    def test_those_in_range(self):
        assert read.number("rate", "5", 0.0, 1000.0) == 5.0
        assert read.number("rate", " 1e3 ", 0.0, 1000.0) == 1000.0

    @pytest.mark.parametrize("text", ["fast", "", "nan", "inf", "-1", "1001", "5 Hz", "5,0"])
    def test_others_are_refused_by_name(self, text):
        with pytest.raises(ValueError, match=f"^rate:={text} is not a number from 0 to 1000"):
            read.number("rate", text, 0.0, 1000.0)


def test_choices_and_sizes():
    assert read.choice("backend", "auto", ("", "auto")) == "auto"
    with pytest.raises(ValueError, match=r"backend:=magic is not one of \(empty\), auto"):
        read.choice("backend", "magic", ("", "auto"))
    assert read.size("input_size", "256x448") == "256x448"
    assert read.size("input_size", "") == ""
    with pytest.raises(ValueError, match="input_size:=256: input size '256' is not HEIGHTxWIDTH"):
        read.size("input_size", "256")


def test_lists():
    assert read.listed("cameras", "") == []
    assert read.listed("cameras", "front, left") == ["front", "left"]
    for text in ("front,,left", "front,", ","):
        with pytest.raises(ValueError, match=r"cameras:=.* has an empty item"):
            read.listed("cameras", text)


class TestKnown:
    COMMAND = ("/opt/ros/bin/ros2", "launch", "trt_pose_ros", "pose.launch.py", "sorce:=0")

    def check(self, *given, command=COMMAND):
        read.check_known(given, ["source", "rate"], ["pose.launch.py"], command)

    def test_the_declared_ones(self):
        self.check("source:=0", "rate:=5", "launch-prefix:=gdb")

    @pytest.mark.parametrize(
        ("given", "hint"), [("sorce:=0", "did you mean source:=?"), ("xyz:=0", "there are rate, source")]
    )
    def test_others_are_named(self, given, hint):
        with pytest.raises(ValueError, match=re.escape(f"there is no argument {given.removesuffix('0')}, {hint}")):
            self.check("rate:=5", given)

    def test_those_of_a_launch_file_that_includes_ours_are_its_own(self):
        self.check("sorce:=0", command=("ros2", "launch", "robot", "robot.launch.py", "sorce:=0"))


class TestCameras:
    def test_what_fits(self):
        read.check_cameras([], [], {"image": "/view"})
        read.check_cameras([], ["0"], {})
        read.check_cameras(["a", "b"], ["0", "1"], {})

    def test_what_does_not(self):
        with pytest.raises(ValueError, match="source:= names 2 sources for 1 cameras"):
            read.check_cameras([], ["0", "1"], {})
        with pytest.raises(ValueError, match=r"--image \(/view\) is for a single camera, but --cameras names a, b"):
            read.check_cameras(["a", "b"], [], {"image": "/view"}, "--{}")


class TestParameterFiles:
    def check(self, path, content, namespace="", arguments=()):
        path.write_text(content)
        read.check_parameter_file("params_file", str(path), {read.full_name(namespace, "pose_node"): arguments})

    @pytest.mark.parametrize(
        ("heading", "namespaces"),
        [
            ("pose_node", [""]),
            ("/pose_node", [""]),
            ("/**", ["", "robot", "a/b"]),
            ("/**/pose_node", ["", "robot", "a/b"]),
            ("/*/pose_node", ["robot"]),
            ("/robot/pose_node", ["robot", "/robot/"]),
            ("robot/pose_node", ["robot"]),
        ],
    )
    def test_what_is_for_the_node(self, tmp_path, heading, namespaces):
        for namespace in namespaces:
            self.check(tmp_path / "p.yaml", f"{heading}: {{ros__parameters: {{}}}}", namespace)
        with pytest.raises(ValueError, match="holds no parameters for /other/space/at/all/pose_node"):
            self.check(tmp_path / "p.yaml", f"{heading}s: {{ros__parameters: {{}}}}", "other/space/at/all")

    def test_one_of_several_nodes_is_enough(self, tmp_path):
        (tmp_path / "p.yaml").write_text("/**/video_source_node: {ros__parameters: {rate: 5.0}}")
        nodes = {"/robot/pose_node": (), "/robot/front/video_source_node": ()}
        read.check_parameter_file("params_file", str(tmp_path / "p.yaml"), nodes)

    def test_namespaces_may_be_nested(self, tmp_path):
        self.check(tmp_path / "p.yaml", "robot: {pose_node: {ros__parameters: {track: true}}}", "robot")

    @pytest.mark.parametrize("content", ["", "[1, 2]", "just words", "pose_node: {track: true}"])
    def test_what_is_for_nobody(self, tmp_path, content):
        with pytest.raises(ValueError, match="holds no parameters for /pose_node, nor for any other node"):
            self.check(tmp_path / "p.yaml", content)

    def test_what_is_no_such_file(self, tmp_path):
        (tmp_path / "b.yaml").write_bytes(b"\xff\xfe")
        (tmp_path / "c.yaml").write_text("{")
        (tmp_path / "d.yaml").write_text("&a {b: *a}")
        (tmp_path / "e.yaml").write_text("2001-13-01")
        files = [tmp_path / f"{letter}.yaml" for letter in "bcde"]
        for path in (tmp_path / "missing.yaml", tmp_path, *files):
            with pytest.raises(ValueError, match=f"params_file:={path} cannot be read"):
                read.check_parameter_file("params_file", str(path), {"/pose_node": ()})

    def test_an_argument_that_a_second_heading_would_undo(self, tmp_path):
        one = "/**: {ros__parameters: {track: true}}"
        two = "/pose_node: {ros__parameters: {smooth: true}}\n" + one
        self.check(tmp_path / "p.yaml", one, arguments=["track"])
        self.check(tmp_path / "p.yaml", two, arguments=["model"])
        with pytest.raises(
            ValueError, match=r"track:= is given, but params_file:=.* sets it too, with several headings"
        ):
            self.check(tmp_path / "p.yaml", two, arguments=["track"])


def message_of(function, *args):
    """What the ValueError says that ``function`` raises; None where it raises none."""
    try:
        function(*args)
    except ValueError as error:
        return str(error)
    return None


class TestFuzz:
    """Mutated arguments and parameter files: a value, or a ValueError that names the argument."""

    def test_words(self):
        random = np.random.default_rng(6)
        good = [b"true", b"20.0", b"256x448", b"front,left,right", b"auto"]
        readers = [
            lambda text: boolean("name", text),
            lambda text: read.number("name", text, 0.0, 1000.0),
            lambda text: read.size("name", text),
            lambda text: read.listed("name", text),
            lambda text: read.choice("name", text, ("auto", "always")),
        ]
        for case in range(CASES):
            text = mutated_bytes(random, good[case % 5]).decode("utf-8", "replace")
            told = message_of(readers[random.integers(0, 5)], text)
            assert told is None or told.startswith(f"name:={text}")

    def test_parameter_files(self, tmp_path):
        random, path = np.random.default_rng(7), tmp_path / "p.yaml"
        good = {"/**": {"ros__parameters": {"track": True}}, "robot": {"pose_node": {"ros__parameters": {"rate": 5.0}}}}
        for case in range(CASES):
            if case % 2:
                path.write_bytes(mutated_bytes(random, yaml.safe_dump(good).encode()))
            else:
                path.write_text(yaml.safe_dump(mutated_value(random, good, [None, 0, 1.5, "", "x", [], {}, [1], True])))
            told = message_of(read.check_parameter_file, "params_file", str(path), {"/robot/pose_node": ["track"]})
            assert told is None or f"params_file:={path}" in told


@pytest.mark.parametrize(
    ("given", "parameters"),
    [
        (("", "", ""), {}),
        (("/depth", "", ""), {"depth_transport": "raw"}),
        (("/depth", "compressed", "map"), {"depth_transport": "compressed", "world_frame": "map"}),
        (("", "off", ""), {"depth_transport": "off"}),
    ],
)
def test_depth(given, parameters):
    assert read.depth_parameters(*given) == parameters
