import re

import pytest

pytest.importorskip("onnx", reason="the tests' networks are written with the onnx package")
from model_server import serving
from one_stage_model import write_network

from trt_pose_ros.cli.main import main
from trt_pose_ros.model_file import known
from trt_pose_ros.model_file.known import FOLDER_VARIABLE, KnownFile, KnownModel


@pytest.fixture
def row(tmp_path, monkeypatch):
    """A model of a table of its own, and a server that has it."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    network = write_network(tmp_path / "network.onnx", "rtmo").read_bytes()
    with serving(network) as served:
        files = (KnownFile("tiny.onnx", served.url),)
        row = KnownModel("tiny", "one_stage", "64x96", "Apache-2.0", "https://example.org", 0.5, files)
        by_hand = KnownModel("other", "paf", "64x96", "MIT", "https://example.org/other", how="ask for it")
        table = {model.name: model for model in (row, by_hand)}
        for module in (known, "trt_pose_ros.cli.models"):
            name = f"{module}.known_models" if isinstance(module, str) else f"{module.__name__}.known_models"
            monkeypatch.setattr(name, lambda: table)
        yield row


def shown(capsys):
    assert main(["models"]) == 0
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_a_model_is_shown_fetched_and_shown_as_being_here(row, capsys):
    title, tiny, other, *_ = shown(capsys)
    assert title == ["name", "family", "input", "AP", "licence", "get", "source"]
    assert tiny == ["tiny", "one_stage", "64x96", "50.0", "Apache-2.0", "yes", "https://example.org"]
    assert other == ["other", "paf", "64x96", "MIT", "by", "hand", "https://example.org/other"]
    assert main(["models", "get", "tiny"]) == 0
    said = capsys.readouterr().out
    assert "tells no checksum" in said
    assert "run it with --model tiny" in said
    assert shown(capsys)[1][5] == "here"


def test_the_folder_can_be_chosen(row, tmp_path, capsys):
    assert main(["models", "get", "tiny", "--folder", str(tmp_path / "there")]) == 0
    assert (tmp_path / "there" / "tiny.onnx").is_file()
    assert main(["models", "--folder", str(tmp_path / "there"), "list"]) == 0
    assert "here" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "complaint"), [("nix", "model 'nix' is not known"), ("other", "is not to be fetched: ask for it")]
)
def test_what_cannot_be_fetched_is_said(row, capsys, name, complaint):
    assert main(["models", "get", name]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(complaint, line)


def test_a_server_that_fails_is_said_in_one_line(row, capsys, monkeypatch):
    monkeypatch.setattr("trt_pose_ros.model_file.download._PAUSE", 0.0)
    gone = KnownFile("tiny.onnx", row.files[0].url.replace("model.onnx", "gone"), size=7)
    table = {"tiny": KnownModel("tiny", "one_stage", "64x96", "MIT", "x", files=(gone,))}
    monkeypatch.setattr(f"{known.__name__}.known_models", lambda: table)
    assert main(["models", "get", "tiny"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "7 were published: it was changed, and is not taken" in line
