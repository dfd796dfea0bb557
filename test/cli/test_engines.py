import json
import os

import pytest
from engines import TARGET, needs_builder
from tiny_model import write_model
from tiny_top_down import write_pair, write_person

from trt_pose_ros.cli.main import main

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
needs_builder()


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "tiny.onnx")


@pytest.fixture
def trt_pose(tmp_path, capsys):
    """Run a verb with a store of our own: (exit code, what it printed)."""

    def run(*arguments):
        code = main([*map(str, arguments), "--store", str(tmp_path / "engines")])
        return code, capsys.readouterr().out

    return run


def test_an_engine_is_built_once(trt_pose, model):
    build = ("build-engine", model, "--batch", 3, "--target", TARGET)
    code, said = trt_pose(*build)
    assert code == 0
    assert said.startswith("built because: the first engine of this model\n")
    assert "tiny-96x128-b3-auto-sm_86-" in said
    code, said = trt_pose(*build)
    assert code == 0
    assert said.endswith("(was there already)\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "sm_87"], "target is 'sm_87', but tensorrt_rtx"),
        (["--workspace", "-1", "--target", TARGET], "workspace is -1, must be a whole number from 0"),
        (["--input-size", "95x128", "--target", TARGET], "input size 95x128"),
    ],
)
def test_what_cannot_be_built_is_one_sentence(model, capsys, arguments, said):
    assert main(["build-engine", str(model), *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"trt-pose build-engine: {said}")


def test_the_store_is_listed_explained_and_pruned(trt_pose, model):
    assert trt_pose("engines", "list") == (0, f"{model.parent / 'engines'}: 0 engines\n")
    trt_pose("build-engine", model, "--target", TARGET)
    trt_pose("build-engine", model, "--target", TARGET, "--batch", 2)
    code, said = trt_pose("engines", "explain", model, "--target", TARGET)
    assert code == 0
    assert "the engine is there: " in said
    code, said = trt_pose("engines", "explain", model, "--target", TARGET, "--batch", 4)
    assert code == 1
    assert said.endswith("the engine must be built: batch 2 -> 4\n") or said.endswith("batch 1 -> 4\n")
    listed = json.loads(trt_pose("engines", "list", "--json")[1])
    assert [entry["useless_because"] for entry in listed] == ["", ""]
    assert {entry["key"]["batch"] for entry in listed} == {1, 2}
    os.truncate(listed[0]["path"], 5)
    assert "no use: the engine file is cut short: 5 of" in trt_pose("engines", "list")[1]
    code, said = trt_pose("engines", "prune")
    assert code == 0
    assert "1 removed, 1 kept" in said
    assert "2 removed" not in trt_pose("engines", "prune")[1]
    assert "1 removed, 0 kept" in trt_pose("engines", "prune", "--all")[1]


def test_a_model_of_two_networks_gets_two_engines(trt_pose, tmp_path):
    write_person(tmp_path / "person.onnx")
    pair = write_pair(tmp_path / "pair.json", write_model(tmp_path / "tiny.onnx"), tmp_path / "person.onnx")
    code, said = trt_pose("build-engine", pair, "--target", TARGET)
    assert code == 0
    assert said.count("built because: the first engine of this model\n") == 2
    assert "tiny-96x128-b1-" in said
    assert "-b16-" in said
    code, said = trt_pose("engines", "explain", pair, "--target", TARGET)
    assert code == 0
    assert said.count("the engine is there: ") == 2
