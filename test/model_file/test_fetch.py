import io
import zipfile

import pytest

pytest.importorskip("onnx", reason="the tests' networks are written with the onnx package")
from model_server import serving
from one_stage_model import write_network

from trt_pose_ros import ModelFile
from trt_pose_ros.model_file import known
from trt_pose_ros.model_file.fetch import fetch
from trt_pose_ros.model_file.known import FOLDER_VARIABLE, KnownFile, KnownModel, known_models


@pytest.fixture
def network(tmp_path):
    return write_network(tmp_path / "network.onnx", "rtmo").read_bytes()


@pytest.fixture
def served(network, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(network) as served:
        yield served


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


def model(served, family="one_stage", **file):
    files = (KnownFile("tiny.onnx", served.url, **file),)
    return KnownModel("tiny", family, "64x96", "Apache-2.0", "https://example.org", 0.5, files)


def packed(**members):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in members.items():
            file.writestr(f"20231211/{name}.onnx", content)
    return archive.getvalue()


def files(folder):
    return sorted(p.name for p in folder.iterdir())


def test_a_fetched_model_runs_by_its_name(served, folder, network):
    assert fetch(model(served), folder).path == folder / "tiny.onnx"
    assert ModelFile.load("tiny").path == ModelFile.load("tiny.onnx").path == folder / "tiny.onnx"
    assert files(folder) == ["tiny.onnx", "tiny.onnx.sha256"]
    fetch(model(served), folder)
    assert len(served.requests) == 1  # it was there


def test_the_network_is_taken_out_of_an_archive(served, folder, network):
    served.content = packed(end2end=network, other=b"x")
    fetch(model(served, member="end2end.onnx"), folder)
    assert (folder / "tiny.onnx").read_bytes() == network
    assert files(folder) == ["tiny.onnx", "tiny.onnx.sha256"]


def damaged(**changes):
    """A compressed archive, of which bytes at these places, counted from the data's beginning, are others."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("end2end.onnx", bytes(range(256)) * 9)
    content = bytearray(archive.getvalue())
    begin = 30 + len("end2end.onnx")  # the local header, whose compression is at 8, as in the directory's entry at 10
    content[begin : begin + 4] = changes.get("data", content[begin : begin + 4])
    entry = content.index(b"PK\1\2")
    content[8] = content[entry + 10] = changes.get("compression", zipfile.ZIP_DEFLATED)
    content[6] = content[entry + 8] = changes.get("flags", 0)
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        b"no archive",
        packed(other=b"x"),
        packed(end2end=b"x" * 999)[:-300],
        damaged(data=b"\xff\xff\xff\xff"),
        damaged(compression=zipfile.ZIP_LZMA),
        damaged(compression=99),
        damaged(flags=1),  # a password
    ],
)
def test_an_archive_that_is_none_leaves_nothing_behind(served, folder, content):
    served.content = content
    with pytest.raises(ValueError, match="is not the archive that it should be"):
        fetch(model(served, member="end2end.onnx"), folder)
    assert files(folder) == []


def test_a_file_that_its_publisher_has_changed_silently_is_not_taken(served, folder, tmp_path):
    fetch(model(served), folder)
    (folder / "tiny.onnx").unlink()
    served.content = write_network(tmp_path / "changed.onnx", "rtmo", {"new": "yes"}).read_bytes()
    with pytest.raises(ValueError, match="gives another file than before"):
        fetch(model(served), folder)
    assert files(folder) == ["tiny.onnx.sha256"]
    (folder / "tiny.onnx.sha256").unlink()
    fetch(model(served), folder)


def test_a_file_that_was_changed_here_is_told(served, folder):
    fetch(model(served), folder)
    (folder / "tiny.onnx").write_bytes(b"mine")
    with pytest.raises(ValueError, match=r"tiny\.onnx is not the file that was fetched"):
        fetch(model(served), folder)


def test_what_is_another_kind_of_network_is_told(served, folder):
    with pytest.raises(ValueError, match="is of the family one_stage, not paf"):
        fetch(model(served, "paf"), folder)


def test_the_table_is_whole():
    models = known_models()
    assert {"light", "rtmo-s", "yolo11n-pose", "human-pose-estimation-0001"} <= models.keys()
    for row in models.values():
        assert row.licence
        assert bool(row.files) != bool(row.how), "either it is fetched, or it is said how it is had"
        assert row.ap is None or 0.3 < row.ap < 0.9
        for file in row.files:
            assert file.url.startswith("https://")
            assert file.name.partition(".")[0] == row.name
            assert len(file.sha256) in (0, 64)


def test_a_known_network_is_recognised_by_its_content_whatever_its_name(tmp_path, monkeypatch):
    file = write_network(tmp_path / "renamed.onnx", "yolo")
    row = KnownModel(
        "human-pose-estimation-0001", "paf", "256x456", "Apache-2.0", "", networks=(known.file_sha256(file),)
    )
    monkeypatch.setattr(known, "known_models", lambda: {row.name: row})
    assert ModelFile.load(file).manifest.name == "human-pose-estimation-0001"


def test_a_model_that_is_not_there_is_told_how_it_is_had(folder):
    with pytest.raises(FileNotFoundError, match="`trt-pose models get rtmo-s` fetches it"):
        ModelFile.load("rtmo-s.onnx")
    with pytest.raises(FileNotFoundError, match=r"yolo export model=yolo11n-pose\.pt"):
        ModelFile.load("yolo11n-pose")
    with pytest.raises(FileNotFoundError, match="does not exist, here or in "):
        ModelFile.load("nowhere.onnx")
