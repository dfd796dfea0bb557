import dataclasses
import json

import pytest

from trt_pose_ros import ModelFile, Topology
from trt_pose_ros.model_file import MODEL_VARIABLE, MODELS, InputSpec, Manifest, OutputSpec

MANIFEST = Manifest(
    name="m",
    topology=Topology.load("human_pose"),
    input=InputSpec("images", 256, 320, mean=(1, 2, 3)),
    outputs=OutputSpec("cmap", "paf", stride=8, offset=3.5, paf_order="yx"),
    decoder={"min_keypoints": 4},
    licence="Apache-2.0",
    accuracy={"AP": 0.5},
)


def test_manifest_round_trips_through_json():
    assert Manifest.from_json(MANIFEST.to_json(), "x") == MANIFEST


def test_manifest_travels_inside_the_network_file(tmp_path):
    file = tmp_path / "m.onnx"
    ModelFile.write(file, b"", MANIFEST)
    ModelFile.write(file, file.read_bytes(), dataclasses.replace(MANIFEST, name="newer"))
    assert ModelFile.load(file).manifest == dataclasses.replace(MANIFEST, name="newer")
    assert len(ModelFile.load(file).sha256) == 64


def test_a_foreign_network_is_described_beside_it(tmp_path):
    (tmp_path / "net.xml").write_text("<net/>")
    (tmp_path / "net.json").write_text(MANIFEST.to_json())
    assert ModelFile.load(tmp_path / "net.xml").manifest == MANIFEST


def test_known_foreign_networks_are_described_in_the_package(tmp_path):
    (tmp_path / "human-pose-estimation-0001.xml").write_text("<net/>")
    manifest = ModelFile.load(tmp_path / "human-pose-estimation-0001.xml").manifest
    assert manifest.topology.name == "openpose_18"


@pytest.mark.parametrize("file", sorted(MODELS.glob("*.json")), ids=lambda file: file.stem)
def test_every_bundled_description_is_valid(file):
    assert Manifest.from_json(file.read_text(), file).name == file.stem


def test_the_default_model_is_the_one_the_environment_names(tmp_path, monkeypatch):
    ModelFile.write(tmp_path / "m.onnx", b"", MANIFEST)
    monkeypatch.setenv(MODEL_VARIABLE, str(tmp_path / "m.onnx"))
    assert ModelFile.load().path == tmp_path / "m.onnx"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"format_version": 2}, "format_version is 2"),
        ({"family": "magic"}, "family is 'magic'"),
        ({"color": "red"}, "unknown fields color"),
        ({"topology": "no_such"}, "no topology 'no_such'"),
        ({"input": 3}, "input is 3"),
        ({"input": {"name": "x"}}, "height"),
        ({"input": {"name": "x", "height": 100, "width": 64}}, "input size 100x64"),
        ({"input": {"name": "x", "height": 64, "width": 64, "color": "hsv"}}, "input.color is 'hsv'"),
        ({"input": {"name": "x", "height": 64, "width": 64, "mean": [1]}}, "input.mean"),
        ({"outputs": {"heatmaps": "a", "pafs": "b", "stride": 0, "offset": 0}}, "stride"),
        ({"outputs": {"heatmaps": "a", "pafs": "b", "stride": 8, "offset": 0, "paf_order": "up"}}, "paf_order"),
    ],
)
def test_a_wrong_manifest_is_refused_with_the_reason(change, complaint):
    data = json.loads(MANIFEST.to_json()) | change
    with pytest.raises((ValueError, FileNotFoundError), match=complaint):
        Manifest.from_json(json.dumps(data), "model x")


@pytest.mark.parametrize("field", ["topology", "input", "outputs", "name"])
def test_a_missing_field_is_named(field):
    data = json.loads(MANIFEST.to_json())
    del data[field]
    with pytest.raises(ValueError, match=field):
        Manifest.from_json(json.dumps(data), "x")


def test_files_that_are_not_models_are_refused_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.onnx"):
        ModelFile.load(tmp_path / "nowhere.onnx")
    bare = tmp_path / "bare.xml"
    bare.write_text("<net/>")
    with pytest.raises(ValueError, match=r"describe the network in bare\.json"):
        ModelFile.load(bare)
    empty = tmp_path / "empty.onnx"
    empty.touch()
    with pytest.raises(ValueError, match=r"empty\.onnx is empty"):
        ModelFile.load(empty)
