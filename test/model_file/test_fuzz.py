"""Manifests and model files that are wrong in any way: a sentence, never a traceback of another kind."""

import json

import numpy as np
import pytest
from mutations import CASES, mutated_bytes, mutated_value

from trt_pose_ros import ModelFile, Topology
from trt_pose_ros.families.paf import PafOutputs
from trt_pose_ros.model_file import InputSpec, Manifest
from trt_pose_ros.model_file.metadata import read_metadata

MANIFEST = Manifest(
    name="m",
    topology=Topology.load("human_pose"),
    input=InputSpec("images", 256, 320, mean=(1, 2, 3)),
    outputs=PafOutputs("cmap", "paf", stride=8, offset=3.5, paf_order="yx"),
    decoder={"preset": "fast", "min_keypoints": 4, "nms_threshold": 0.5},
    licence="Apache-2.0",
    accuracy={"AP": 0.5},
)
VALID = json.loads(MANIFEST.to_json())


def load(text, source):
    """Read a manifest; whether it was accepted. What is accepted must make a family and survive a round trip."""
    try:
        manifest = Manifest.from_json(text, source)
    except ValueError as error:
        assert source in str(error)  # noqa: PT017 - either outcome is right
        return False
    manifest.new_family()
    assert json.loads(Manifest.from_json(manifest.to_json(), source).to_json()) == json.loads(manifest.to_json())
    return True


def test_mutated_manifests():
    random = np.random.default_rng(0)
    accepted = sum(load(json.dumps(mutated_value(random, VALID)), "net.json") for _ in range(CASES))
    assert 0 < accepted < 0.5 * CASES  # a licence may be any text


def test_manifests_of_mutated_bytes():
    random = np.random.default_rng(1)
    for _ in range(CASES):
        load(mutated_bytes(random, MANIFEST.to_json().encode()).decode("latin-1"), "net.json")


def test_mutated_model_files(tmp_path):
    file = tmp_path / "net.onnx"
    ModelFile.write(file, b"", MANIFEST)
    valid, random = file.read_bytes(), np.random.default_rng(2)
    for _ in range(CASES):
        file.write_bytes(mutated_bytes(random, valid))
        try:
            read_metadata(file)
            ModelFile.load(file)
        except ValueError as error:
            assert "net." in str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize("name", ["no\0name", "x" * 300, "", "\n"])
def test_names_that_no_file_can_have(name):
    with pytest.raises((OSError, ValueError)):
        Topology.load(name)


def test_mutated_files_of_others(tmp_path):
    """Files that carry no manifest and must be recognised: an ONNX and an OpenVINO IR."""
    pytest.importorskip("onnx", reason="the network is written with the onnx package")
    from one_stage_model import ULTRALYTICS, write_network

    onnx = write_network(tmp_path / "net.onnx", "yolo", ULTRALYTICS).read_bytes()
    layer = '<layer id="{}" type="{}" name="x">{}</layer>'
    port = '<{0}><port id="0" precision="FP32"><dim>1</dim><dim>{1}</dim><dim>64</dim>{2}</port></{0}>'
    ir = (
        f"<net><layers>{layer.format(0, 'Parameter', port.format('output', 3, '<dim>64</dim>'))}"
        f"{layer.format(1, 'Concat', port.format('output', 56, ''))}"
        f"{layer.format(2, 'Result', '')}</layers>"
        '<edges><edge from-layer="1" from-port="0" to-layer="2" to-port="0"/></edges></net>'
    ).encode()
    random = np.random.default_rng(3)
    recognised = 0
    for name, valid in (("net.onnx", onnx), ("net.xml", ir)):
        file = tmp_path / name
        file.write_bytes(valid)
        ModelFile.load(file).manifest.new_family()
        for _ in range(CASES):
            file.write_bytes(mutated_bytes(random, valid))
            try:
                ModelFile.load(file).manifest.new_family()
                recognised += 1
            except ValueError as error:
                assert "net" in str(error)  # noqa: PT017 - either outcome is right
    assert 0 < recognised < 2 * CASES
