"""A family that this package knows nothing of, in every way that a network can be run."""

import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")
from families.toy_plugin import HEIGHT, POINTS, WIDTH, install, write_network

from trt_pose_ros import PosePipeline, families


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Folder of the installed family and its network; in the Python path of this process and of those it starts."""
    monkeypatch.syspath_prepend(install(tmp_path))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    write_network(tmp_path / "toy.onnx")
    families.names.cache_clear()
    yield tmp_path
    families.names.cache_clear()


def image(brightness):
    return np.full((2 * HEIGHT, 2 * WIDTH, 3), brightness, np.uint8)


def test_in_python(plugin):
    assert {"paf", "toy"} <= set(families.names())
    pipeline = PosePipeline.open(plugin / "toy.onnx", "onnxruntime")
    bright, dark = pipeline([image(204), image(51)])
    np.testing.assert_allclose(bright.keypoints[0, :, :2], 2 * POINTS + 0.5)
    assert bright.scores.tolist() == pytest.approx([0.8])
    assert len(dark) == 0
    pipeline.family.options = pipeline.family.Options(least=0.1)
    assert len(pipeline([image(51)])[0]) == 1


def test_its_options_are_checked(plugin):
    with pytest.raises(ValueError, match="least is 2, must be a number"):
        PosePipeline.open(plugin / "toy.onnx", "onnxruntime", least=2)
    with pytest.raises(ValueError, match="no option min_keypoints, only least"):
        PosePipeline.open(plugin / "toy.onnx", "onnxruntime", min_keypoints=2)


def test_on_the_command_line(plugin):
    cv2.imwrite(str(plugin / "bright.png"), image(204))
    line = [
        sys.executable,
        "-m",
        "trt_pose_ros.cli.main",
        "run",
        "bright.png",
        "--model",
        "toy.onnx",
        "--output",
        "out",
    ]
    subprocess.run(line, cwd=plugin, check=True, timeout=120)
    (person,) = json.loads((plugin / "out" / "keypoints.json").read_text())
    assert person["keypoints"] == pytest.approx([20.5, 16.5, 0.8, 40.5, 32.5, 0.8], abs=1e-3)


def test_a_family_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"family is 'toy', there are .*paf"):
        families.find("toy")
