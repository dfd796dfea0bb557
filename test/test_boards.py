from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from trt_pose_ros.boards import AUTO, BOARDS, Machine, count_gpus, device_tree_model, parameter_files

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "config"
PC, PC_WITH_CARD = Machine("", gpu=False), Machine("", gpu=True)
ORIN_NANO = Machine("NVIDIA Jetson Orin Nano Developer Kit", gpu=True)


def names(board, machine=PC_WITH_CARD, params_file=CONFIG / "pose.yaml"):
    files, warnings = parameter_files(CONFIG, params_file, board, machine)
    assert all(file.is_file() for file in files)
    return [file.stem for file in files], warnings


@pytest.mark.parametrize(
    ("model", "board"),
    [
        ("NVIDIA Jetson Nano Developer Kit", "jetson_nano"),
        ("NVIDIA Jetson Nano 2GB Developer Kit", "jetson_nano"),
        ("NVIDIA Jetson Xavier NX Developer Kit (SD-card)", "xavier_nx"),
        ("Jetson-AGX", "agx_xavier"),
        ("NVIDIA Jetson AGX Xavier Industrial", "agx_xavier"),
        ("NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super", "orin_nano"),
        ("NVIDIA Orin Nano Developer Kit", "orin_nano"),
        ("NVIDIA Jetson Orin NX Engineering Reference Developer Kit", "orin_nx"),
        ("NVIDIA Orin NX Developer Kit", "orin_nx"),
        ("Jetson AGX Orin Developer Kit", "agx_orin"),
        ("NVIDIA Jetson AGX Thor Developer Kit", "thor"),
        ("NVIDIA Jetson TX2 Developer Kit", ""),
        ("Raspberry Pi 5 Model B Rev 1.0", ""),
        ("", ""),
    ],
)
def test_a_board_is_known_by_its_device_tree(tmp_path, model, board):
    (tmp_path / "model").write_bytes(model.encode() + b"\0")
    assert Machine(device_tree_model([tmp_path / "none", tmp_path / "model"]), gpu=False).board == board
    # a Jetson's own GPU makes no PC of it
    card = Machine(model, gpu=True).board
    assert card == (board or ("" if "Jetson" in model else "discrete_gpu"))


def test_a_pc_has_no_device_tree_and_perhaps_a_card(tmp_path):
    assert device_tree_model([tmp_path / "nothing", tmp_path]) == ""
    assert (PC.board, PC_WITH_CARD.board) == ("", "discrete_gpu")


def test_what_is_no_driver_has_no_gpus():
    assert count_gpus("libnothing.so.1") == 0
    assert count_gpus("libc.so.6") == 0


def test_the_users_file_goes_before_the_boards_and_that_before_ours(tmp_path):
    own = tmp_path / "own.yaml"
    own.touch()
    assert names("orin_nx", params_file=own) == (["pose", "common", "orin_nx", "own"], [])
    assert names("orin_nx") == (["pose", "common", "orin_nx"], [])
    (tmp_path / "link.yaml").symlink_to(CONFIG / "pose.yaml")  # as `colcon build --symlink-install` makes them
    assert names("orin_nx", params_file=tmp_path / "link.yaml") == (["pose", "common", "orin_nx"], [])
    assert names("", params_file=own) == (["own"], [])
    assert names("", PC) == (["pose"], [])


def test_auto_takes_the_board_it_is():
    assert names(AUTO, ORIN_NANO) == (["pose", "common", "orin_nano"], [])
    assert names(AUTO, PC_WITH_CARD) == (["pose", "common", "discrete_gpu"], [])


@pytest.mark.parametrize("board", [AUTO, *BOARDS])
def test_without_gpu_it_is_the_processor_and_one_warning(board):
    files, warnings = names(board, PC)
    assert files[-1] == "cpu"
    assert warnings == ["CUDA finds no NVIDIA GPU: the network runs on the CPU"]
    given = {}
    for file in files:
        given |= read(file).get("pose_node", {})
    assert (given["backend"], given["precision"]) == ("auto", "auto")


def test_a_container_without_the_gpu_is_told_how_to_get_it():
    files, (warning,) = names(AUTO, Machine(ORIN_NANO.model, gpu=False))
    assert files == ["pose", "common", "orin_nano", "cpu"]
    assert "docker run --runtime nvidia" in warning


def test_an_unknown_jetson_gets_what_is_common():
    files, (warning,) = names(AUTO, Machine("NVIDIA Jetson TX2 Developer Kit", gpu=True))
    assert files == ["pose", "common"]
    assert "'NVIDIA Jetson TX2 Developer Kit'" in warning


@pytest.mark.parametrize("board", ["orin", "ORIN_NANO", "common", "cpu", "../pose", " auto"])
def test_a_board_that_is_none_is_refused_with_those_there_are(board):
    with pytest.raises(ValueError, match=f"board is '{board}', must be auto, orin_nano, .*discrete_gpu"):
        names(board)


def read(file):
    """{node: parameters} of a parameter file of ours."""
    path = CONFIG / "pose.yaml" if file == "pose" else CONFIG / "boards" / f"{file}.yaml"
    nodes = yaml.safe_load(path.read_text())
    return {node.removeprefix("/**/"): given["ros__parameters"] for node, given in nodes.items()}


def test_each_board_has_its_files_and_no_others_are_there():
    assert {p.stem for p in (CONFIG / "boards").iterdir()} == {*BOARDS, "common", "cpu"}
    launch_files = {p.name for p in (ROOT / "launch" / "boards").glob("*.py")}
    assert launch_files == {f"{board}.launch.py" for board in BOARDS}


@pytest.mark.parametrize("board", BOARDS)
def test_a_boards_file_says_what_differs_and_nothing_else(board):
    common = read("common")
    for node, given in read(board).items():
        assert given, f"{node} is empty"
        same = {name for name, value in given.items() if common[node].get(name) == value}
        assert not same, f"{same} of {node} stand in common.yaml already"


def test_the_model_runs_at_every_boards_size():
    from trt_pose_ros import ModelFile
    from trt_pose_ros.preprocess import parse_size

    spec = ModelFile.load().manifest.input
    for board in BOARDS:
        size = read(board)["pose_node"].get("input_size")
        if size:
            spec.check_size(*parse_size(size))


@pytest.mark.parametrize("file", ["common", "cpu", *BOARDS])
def test_the_nodes_have_every_parameter_and_take_its_value(file):
    pytest.importorskip("rclpy", reason="ROS 2 is not installed")
    from trt_pose_ros.ros.nodes.video_source_node import SourceSettings
    from trt_pose_ros.ros.runtime.settings import FixedSettings, LiveSettings

    kinds = {"pose_node": (FixedSettings, LiveSettings), "video_source_node": (SourceSettings,)}
    for node, given in read(file).items():
        declared = {f.name: kind for kind in kinds[node] for f in fields(kind)}
        assert set(given) <= set(declared)
        for name, value in given.items():
            kind = declared[name]
            kind(**{name: value})
            assert type(value) is type(getattr(kind(), name)), f"{name}: ROS 2 takes no other type"
