"""Files of other people's exporters, which carry nothing of ours, run as they are."""

import logging

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the tests' networks are written with the onnx package")
from one_stage_model import BOX, KEYPOINT_SCORE, POINTS, SIZE, ULTRALYTICS, write_network

from trt_pose_ros import ModelFile, PosePipeline
from trt_pose_ros.families.one_stage import KINDS

EXPORTS = [("yolo", ULTRALYTICS), ("yolo", {}), ("yolo_nms", ULTRALYTICS), ("rtmo", {}), ("movenet", {})]
RUNTIMES = ["onnxruntime", "openvino"]


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(("kind", "metadata"), EXPORTS, ids=lambda value: value if isinstance(value, str) else None)
@pytest.mark.parametrize("free", [False, True])
def test_a_users_file_simply_works(tmp_path, kind, metadata, free, runtime):
    pytest.importorskip(runtime, reason="this runtime is an extra")
    file = write_network(tmp_path / "my.onnx", kind, metadata, free=free)
    pipeline = PosePipeline.open(file, runtime, input_size=SIZE)
    assert pipeline.model.manifest.outputs.kind == kind
    # twice the input's size: nothing is padded, and colours are told apart by their values
    image = np.full((2 * SIZE[0], 2 * SIZE[1], 3), (51, 0, 204), np.uint8)
    for poses in pipeline([image, image]):
        assert len(poses) == 1
        np.testing.assert_allclose(poses.scores, [0.2 if kind == "rtmo" else 0.8], rtol=1e-2)
        np.testing.assert_allclose(poses.keypoints[0, :, :2], 2 * POINTS + 0.5, atol=0.05)
        np.testing.assert_allclose(poses.keypoints[0, :, 2], KEYPOINT_SCORE, rtol=1e-2)
        assert poses.topology.name == "coco_17"


@pytest.mark.parametrize(("kind", "top"), [("yolo", 16), ("rtmo", 0), ("movenet", 16)])
def test_the_image_lies_in_its_padding_where_the_network_expects_it(tmp_path, kind, top):
    pytest.importorskip("onnxruntime", reason="this runtime is an extra")
    pipeline = PosePipeline.open(write_network(tmp_path / "my.onnx", kind), "onnxruntime", input_size=SIZE)
    wide = np.full((SIZE[0] // 2, SIZE[1], 3), 255, np.uint8)
    (poses,) = pipeline([wide])
    np.testing.assert_allclose(poses.keypoints[0, :, :2], POINTS - [0, top], atol=0.01)
    white = (pipeline.backend.input[0] == 255).all(axis=(1, 2))
    assert white.tolist() == [top <= y < top + SIZE[0] // 2 for y in range(SIZE[0])]


def test_what_ultralytics_writes_into_the_file_is_used(tmp_path):
    told = ULTRALYTICS | {"imgsz": "[128, 192]", "stride": "64", "names": "{0: 'dog'}"}
    manifest = ModelFile.load(write_network(tmp_path / "dogs.onnx", "yolo", told, free=True)).manifest
    assert (manifest.input.height, manifest.input.width, manifest.input.multiple) == (128, 192, 64)
    assert manifest.licence == ULTRALYTICS["license"]
    # of an animal's keypoints nothing is known but their number
    assert manifest.topology.keypoints[0] == "keypoint_1"
    assert len(manifest.topology.keypoints) == 17
    named = told | {"kpt_names": str({0: [f"part {i}" for i in range(17)]})}
    assert ModelFile.load(write_network(tmp_path / "b.onnx", "yolo", named)).manifest.topology.keypoints[1] == "part 1"


def test_a_licence_that_binds_is_told_in_one_line(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        ModelFile.load(write_network(tmp_path / "bound.onnx", "yolo", ULTRALYTICS))
        ModelFile.load(write_network(tmp_path / "free.onnx", "rtmo"))
    (record,) = caplog.records
    assert "bound.onnx" in record.getMessage()
    assert "AGPL-3.0" in record.getMessage()


def test_the_size_of_a_file_that_takes_any_is_the_usual_one(tmp_path):
    sizes = {
        kind: ModelFile.load(write_network(tmp_path / "my.onnx", kind, free=True)).manifest.input for kind in KINDS
    }
    assert {kind: (spec.height, spec.width) for kind, spec in sizes.items()} == {
        "yolo": (640, 640),
        "yolo_nms": (640, 640),
        "rtmo": (640, 640),
        "movenet": (256, 256),
    }


def test_the_weights_that_old_files_list_as_inputs_are_none(tmp_path):
    file = write_network(tmp_path / "old.onnx", "yolo", ir_version=3)
    assert ModelFile.load(file).manifest.input.name == "images"


def test_a_network_for_something_else_is_told_from_one_that_is_unknown(tmp_path):
    detector = write_network(tmp_path / "yolo11n.onnx", "yolo", {"task": "detect", "author": "Ultralytics"})
    with pytest.raises(ValueError, match=r"yolo11n\.onnx is a network for the task 'detect'.*use a pose model"):
        ModelFile.load(detector)
    unknown = write_network(tmp_path / "odd.onnx", "yolo", {"kpt_shape": "[5, 3]", "task": "pose"})
    with pytest.raises(ValueError, match=r"like no network that is known \(in: images float32 \[1, 3, 64, 96\]; out: "):
        ModelFile.load(unknown)


@pytest.mark.parametrize(
    "change",
    [
        {"imgsz": "[0, -3]"},
        {"imgsz": "__import__('os')"},
        {"imgsz": "[" * 5000},
        {"stride": "1e9"},
        {"stride": "'x'"},
        {"kpt_shape": "7"},
        {"kpt_shape": "[1e400, 3]"},
        {"names": "3"},
        {"kpt_names": "{0: 4}"},
        {"kpt_names": "{}"},
    ],
)
def test_metadata_that_makes_no_sense_does_not_matter(tmp_path, change):
    manifest = ModelFile.load(write_network(tmp_path / "my.onnx", "yolo", ULTRALYTICS | change)).manifest
    assert (manifest.input.height, manifest.input.width) == SIZE


def test_an_openvino_export_is_recognised_too(tmp_path):
    ov = pytest.importorskip("openvino", reason="this runtime is an extra")
    network = ov.convert_model(write_network(tmp_path / "my.onnx", "yolo"))
    for output in network.outputs:
        output.set_names(set())  # as of networks that came from torch
    network.set_rt_info("YOLO", ["model_info", "model_type"])  # as Ultralytics' exporter does
    ov.save_model(network, tmp_path / "my-ir.xml", compress_to_fp16=False)
    pipeline = PosePipeline.open(tmp_path / "my-ir.xml", "openvino")
    assert pipeline.model.manifest.licence.startswith("AGPL-3.0")
    (poses,) = pipeline([np.full((*SIZE, 3), (0, 0, 204), np.uint8)])
    np.testing.assert_allclose(poses.keypoints[0, :, :2], POINTS, atol=0.05)
    assert BOX[0] < poses.keypoints[0, :, 0].min()


def test_rtmpose_is_recognised_as_a_per_person_network(tmp_path):
    onnx = pytest.importorskip("onnx")
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [],
        "rtmpose",
        [value("input", onnx.TensorProto.FLOAT, ["batch", 3, 256, 192])],
        [value(f"simcc_{axis}", onnx.TensorProto.FLOAT, ["batch", 17, n]) for axis, n in (("x", 384), ("y", 512))],
    )
    onnx.save(onnx.helper.make_model(graph), tmp_path / "rtmpose-s.onnx")
    manifest = ModelFile.load(tmp_path / "rtmpose-s.onnx").manifest
    assert (manifest.family, manifest.topology.name) == ("simcc", "coco_17")
    assert (manifest.input.height, manifest.input.width, manifest.outputs.bins) == (256, 192, 2)


def test_what_is_no_xml_is_refused_by_name(tmp_path):
    (tmp_path / "net.xml").write_text("<net>")
    with pytest.raises(ValueError, match=r"net\.xml is not XML"):
        ModelFile.load(tmp_path / "net.xml")
