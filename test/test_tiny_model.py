"""The tests' own network answers as it says, whatever runs it."""

import numpy as np
import onnx
import pytest
import tiny_model

from trt_pose_ros import backends
from trt_pose_ros.pipeline import PosePipeline


def test_it_is_valid_onnx(tmp_path):
    onnx.checker.check_model(onnx.load(tiny_model.write_model(tmp_path / "tiny.onnx", work=1)), full_check=True)


@pytest.mark.parametrize("backend", backends.NAMES)
@pytest.mark.parametrize(("width", "height"), [(128, 96), (320, 240), (640, 480), (300, 400)])
def test_people_are_found_where_they_are_drawn(tmp_path, backend, width, height):
    if not backends.is_usable(backend):
        pytest.skip(f"{backend} cannot be used here")
    people = [
        tiny_model.person(0.27 * width, 0.4 * height, 0.45 * height),
        tiny_model.person(0.73 * width, 0.5 * height, 0.35 * height),
    ]
    people[1][5] = np.nan
    pipeline = PosePipeline.open(tiny_model.write_model(tmp_path / "tiny.onnx"), backend)
    (poses, nobody) = pipeline([tiny_model.picture(people, width, height), tiny_model.picture([])])
    assert len(poses) == 2
    assert len(nobody) == 0
    from_left = poses.keypoints[np.argsort(poses.keypoint("neck")[:, 0])]
    cell = tiny_model.STRIDE * max(width / tiny_model.WIDTH, height / tiny_model.HEIGHT)
    np.testing.assert_allclose(from_left[:, :, :2], people, atol=0.4 * cell)
    assert (from_left[:, :, 2] > 0).sum() == 11
