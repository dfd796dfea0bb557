"""A user's export of YOLO-pose in the node, and a change to another family while the node lives."""

import numpy as np
import pytest
from harness import Camera, PoseNodeProcess, keypoints

pytest.importorskip("onnx", reason="the tests' networks are written with the onnx package")
from one_stage_model import POINTS, SIZE, ULTRALYTICS, write_network


def image(red):
    return np.full((2 * SIZE[0], 2 * SIZE[1], 3), (0, 0, red), np.uint8)


def test_a_users_file_runs_in_the_node_and_its_family_can_be_changed(tester, tmp_path, model):
    yolo = write_network(tmp_path / "yolo11n-pose.onnx", "yolo", ULTRALYTICS)
    rtmo = write_network(tmp_path / "rtmo-s.onnx", "rtmo")
    with PoseNodeProcess(tester, {"model": str(yolo), "input_size": "64x96"}) as node:
        node.wait_for("AGPL-3.0")
        assert node.dump()["decoder.nms_iou"] == pytest.approx(0.7)
        with Camera(node) as camera:
            np.testing.assert_allclose(keypoints(camera.detect(image(204)))[0, :, :2], 2 * POINTS + 0.5, atol=0.05)
            assert node.set_parameters(decoder__min_score=0.9).successful
            assert len(camera.detect(image(204)).skeletons) == 0
        for other, first in ((model, "decoder.peak_threshold"), (rtmo, "decoder.nms_iou")):
            for transition in ("deactivate", "cleanup"):
                assert node.change_state(transition)
            size = "" if other == model else "64x96"
            assert node.set_parameters(model=str(other), input_size=size).successful
            for transition in ("configure", "activate"):
                assert node.change_state(transition)
            assert first in node.dump()
