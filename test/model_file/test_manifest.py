import dataclasses
import json

import pytest

from trt_pose_ros import ModelFile, Topology
from trt_pose_ros.families.paf import PafOutputs
from trt_pose_ros.model_file import MODEL_VARIABLE, InputSpec, Manifest
from trt_pose_ros.model_file.file import MODELS
from trt_pose_ros.model_file.known import FOLDER_VARIABLE

MANIFEST = Manifest(
    name="m",
    topology=Topology.load("human_pose"),
    input=InputSpec("images", 256, 320, mean=(1, 2, 3)),
    outputs=PafOutputs("cmap", "paf", stride=8, offset=3.5, paf_order="yx"),
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


DESCRIPTIONS = sorted(file for file in MODELS.glob("*.json") if ".pair" not in file.suffixes)


@pytest.mark.parametrize("file", DESCRIPTIONS, ids=lambda file: file.stem)
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
        ({"color": "red"}, "unknown field color"),
        ({"family": 3}, "family is 3"),
        ({"name": 3}, "name is 3, must be text"),
        ({"licence": None}, "licence is None, must be text"),
        ({"topology": "no_such"}, "no topology 'no_such'"),
        ({"topology": 7}, "not a COCO keypoint category"),
        ({"topology": {"name": "t", "keypoints": "abc", "skeleton": []}}, "keypoints is 'abc', must be a list"),
        ({"topology": {"name": "t", "keypoints": ["a", "b"], "skeleton": [[1, 2, 3]]}}, "link"),
        ({"topology": {"name": "t", "keypoints": ["a", "b"], "skeleton": [[1.5, 2]]}}, "link"),
        ({"topology": {"name": "t", "keypoints": ["a"], "skeleton": [], "sigmas": [1e999]}}, "sigmas"),
        ({"decoder": [1]}, r"decoder is \[1\], must be an object"),
        ({"decoder": {"min_keypoint": 1}}, "no option min_keypoint"),
        ({"decoder": {"preset": "slow"}}, "preset must be one of"),
        ({"decoder": {"min_keypoints": 2.5}}, "min_keypoints is 2.5, must be a whole number"),
        ({"decoder": {"keypoint_channels": [0]}}, "keypoint_channels"),
        ({"accuracy": 3}, "accuracy is 3"),
        ({"input": 3}, "input is 3"),
        ({"input": {"name": "x"}}, "input: it is missing 2 required positional arguments: 'height' and 'width'"),
        ({"input": {"name": "x", "height": 64, "width": 64, "depth": 3}}, "unknown field input.depth"),
        ({"input": {"name": "x", "height": 96.0, "width": 64}}, "input.height is 96.0, must be a whole number"),
        ({"input": {"name": "x", "height": True, "width": 64}}, "input.height is True, must be a whole number"),
        (
            {"input": {"name": "x", "height": 64, "width": 64, "multiple": 0}},
            "input.multiple is 0, must be .* at least 1",
        ),
        ({"input": {"name": "x", "height": 64, "width": 64, "pad": [300, 0, 0]}}, "input.pad is .*at most 255"),
        ({"input": {"name": "x", "height": 64, "width": 64, "pad": 3}}, "input.pad is 3, must be 3 values"),
        ({"input": {"name": "x", "height": 64, "width": 64, "std": [0, 0, 0]}}, "input.std is .*other than 0"),
        ({"input": {"name": "x", "height": 64, "width": 64, "std": [1e999, 1, 1]}}, "input.std is .*a number"),
        ({"input": {"name": "x", "height": 64, "width": 64, "mean": ["1", 1, 1]}}, "input.mean is .*a number"),
        ({"input": {"name": "", "height": 64, "width": 64}}, "input.name is empty"),
        ({"input": {"name": 5, "height": 64, "width": 64}}, "input.name is 5, must be text"),
        ({"input": {"name": "x", "height": 100, "width": 64}}, "input size 100x64"),
        ({"input": {"name": "x", "height": 64, "width": 64, "color": "hsv"}}, "input.color is 'hsv'"),
        ({"input": {"name": "x", "height": 64, "width": 64, "align": "left"}}, "input.align is 'left'"),
        (
            {"input": {"name": "x", "height": 64, "width": 64, "align": "center", "frame": [480, 640]}},
            "input.align is 'center', must be top_left",
        ),
        ({"input": {"name": "x", "height": 64, "width": 64, "mean": [1]}}, "input.mean"),
        ({"outputs": {"heatmaps": "a", "pafs": "b", "stride": 0, "offset": 0}}, "stride"),
        (
            {"outputs": {"heatmaps": "a", "pafs": "b", "stride": 8, "offset": "3.5"}},
            "outputs.offset is '3.5', must be a n",
        ),
        ({"outputs": {"heatmaps": "a", "pafs": "b", "stride": 8, "offset": 100}}, "outputs.offset is 100.0"),
        ({"outputs": {"heatmaps": ["a"], "pafs": "b", "stride": 8, "offset": 0}}, r"outputs.heatmaps is \['a'\]"),
        ({"outputs": {"heatmaps": "a"}}, "outputs: it is missing 3"),
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


@pytest.mark.parametrize("text", ["", "[1]", "3", "{", '"x"', "null", "[" * 100_000, '{"format_version": 1e999}'])
def test_what_is_no_object_is_refused_by_name(text):
    with pytest.raises(ValueError, match="manifest of model x"):
        Manifest.from_json(text, "model x")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("net.pth", "trt_pose_training.export"),
        ("net.PT", "trt_pose_training.export"),
        ("net.engine", r"name the \.onnx"),
        ("net.plan", r"name the \.onnx"),
        ("net.bin", r"name the \.xml"),
    ],
)
def test_files_that_people_have_instead_get_advice(tmp_path, name, advice):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ValueError, match=advice):
        ModelFile.load(tmp_path / name)


def test_a_folder_is_no_model(tmp_path):
    with pytest.raises(OSError, match="is a folder"):
        ModelFile.load(tmp_path)


def test_a_description_in_another_encoding_is_named(tmp_path):
    (tmp_path / "net.xml").write_text("<net/>")
    (tmp_path / "net.json").write_bytes('{"name": "K\xf6rper"}'.encode("latin-1"))
    with pytest.raises(ValueError, match=r"net\.json is not UTF-8"):
        ModelFile.load(tmp_path / "net.xml")


def test_a_description_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / "net.xml").write_text("<net/>")
    (tmp_path / "net.json").write_text(MANIFEST.to_json(), encoding="utf-8-sig")
    assert ModelFile.load(tmp_path / "net.xml").manifest == MANIFEST


# --- two networks as one model ---


def pair(folder, **changes):
    """A description of two networks in ``folder``, both of them there."""
    for name in ("net", "person"):
        ModelFile.write(folder / f"{name}.onnx", b"", dataclasses.replace(MANIFEST, name=name))
    data = {"format_version": 1, "network": "net.onnx", "person": "person.onnx"} | changes
    (folder / "both.json").write_text(json.dumps({key: value for key, value in data.items() if value is not None}))
    return folder / "both.json"


def test_a_description_of_two_networks(tmp_path):
    model = ModelFile.load(pair(tmp_path, name="good", options={"max_people": 3}))
    assert (model.manifest.name, model.person.manifest.name) == ("good", "person")
    assert model.path == tmp_path / "net.onnx"
    assert model.options == {"max_people": 3}
    assert ModelFile.load(pair(tmp_path)).manifest.name == "both"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"person": None}, "names no two networks"),
        ({"person": 5}, "person is 5, must be text"),
        ({"options": []}, r"options is \[\], must be an object"),
        ({"persons": "x"}, "unknown field 'persons', possible are name, network, person, options"),
        ({"format_version": 2}, "format_version must be 1"),
        ({"network": "both.json"}, "must be a network file"),
        ({"network": "none.onnx"}, "none.onnx does not exist"),
    ],
)
def test_wrong_descriptions_of_two_networks_are_refused(tmp_path, changes, message):
    with pytest.raises((ValueError, OSError), match=message):
        ModelFile.load(pair(tmp_path, **changes))


def test_a_description_that_is_none_is_refused(tmp_path):
    for content in (MANIFEST.to_json(), "[]", "{", "5"):
        (tmp_path / "x.json").write_text(content)
        with pytest.raises(ValueError, match=r"x\.json"):
            ModelFile.load(tmp_path / "x.json")


def test_a_network_can_name_its_per_person_network(tmp_path):
    ModelFile.write(tmp_path / "net.onnx", b"", dataclasses.replace(MANIFEST, person="person.onnx"))
    with pytest.raises(FileNotFoundError, match=r"net\.onnx needs a per-person network: .*person\.onnx does not exist"):
        ModelFile.load(tmp_path / "net.onnx")
    ModelFile.write(tmp_path / "person.onnx", b"", dataclasses.replace(MANIFEST, name="person"))
    assert ModelFile.load(tmp_path / "net.onnx").person.manifest.name == "person"


def test_the_accurate_pair_is_there_once_its_networks_are(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"rtmdet-nano-person\.onnx does not exist, here or in .*: export it"):
        ModelFile.load("accurate")
    ModelFile.write(tmp_path / "rtmdet-nano-person.onnx", b"", MANIFEST)
    (tmp_path / "pp-tinypose-256x192.xml").write_text("<net/>")
    model = ModelFile.load("accurate")
    assert (model.manifest.name, model.person.manifest.family) == ("accurate", "heatmap")
