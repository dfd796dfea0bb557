"""Parameter files of the node mean the same without a node."""

from pathlib import Path

import pytest

pytest.importorskip("yaml", reason="parameter files need the extra [replay]")

from trt_pose_ros.evaluation.replay.parameters import PoseSettings, read_parameters
from trt_pose_ros.tracking import SmootherOptions, TrackerOptions

CONFIG = Path(__file__).parents[3] / "config"


def read(tmp_path, text):
    (tmp_path / "pose.yaml").write_text(text)
    return read_parameters(tmp_path / "pose.yaml")


def test_the_nodes_own_file_holds_the_defaults():
    assert read_parameters(CONFIG / "pose.yaml") == PoseSettings()


@pytest.mark.parametrize("path", sorted((CONFIG / "boards").glob("*.yaml")), ids=lambda path: path.stem)
def test_files_of_boards_are_read(path):
    assert isinstance(read_parameters(path), PoseSettings)


@pytest.mark.parametrize("node", ["pose_node", "/**/pose_node", "/robot/pose_node", "/**"])
def test_every_way_to_name_the_node(tmp_path, node):
    settings = read(tmp_path, f"{node}:\n  ros__parameters: {{min_score: 1, tracking: {{max_age: 5}}}}\n")
    assert (settings.live.min_score, settings.tracking) == (1.0, TrackerOptions(max_age=5.0))


def test_other_nodes_and_what_has_no_meaning_here_are_passed_over(tmp_path):
    given = "pose_node: {ros__parameters: {use_sim_time: true, diagnostics.max_silence: 3}}"
    text = f"other: {{ros__parameters: {{a: 1}}}}\n{given}"
    assert read(tmp_path, text) == PoseSettings()


def test_options_of_the_network_are_kept_for_it(tmp_path):
    settings = read(tmp_path, "pose_node: {ros__parameters: {decoder: {min_keypoints: 5}, top_down.max_people: 3}}")
    assert settings.networks == (("decoder", "min_keypoints", 5), ("top_down", "max_people", 3))


def test_tracking_and_smoothing_are_none_where_they_are_off(tmp_path):
    assert PoseSettings().smoothing is None
    settings = read(tmp_path, "pose_node: {ros__parameters: {track: false, smooth: true, smoothing.beta: 3}}")
    assert (settings.tracking, settings.smoothing) == (None, SmootherOptions(beta=3.0))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", r"is not YAML"),
        ("3", r"no parameter file: `pose_node:` and below it `ros__parameters:` are expected"),
        ("pose_node: 3", r"pose_node has no ros__parameters"),
        ("pose_node: {ros__parameters: {min_scor: 1}}", r"unknown parameter 'min_scor', did you mean 'min_score'\?"),
        (
            "pose_node: {ros__parameters: {min_score: 2}}",
            r"min_score is 2, must be a number at least 0.0",
        ),
        ("pose_node: {ros__parameters: {tracking.max_age: x}}", r"max_age is 'x', must be a number"),
    ],
)
def test_what_is_wrong_is_told_with_the_file(tmp_path, text, error):
    with pytest.raises(ValueError, match=rf"pose\.yaml.*{error}"):
        read(tmp_path, text)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_parameters(tmp_path / "pose.yaml")
