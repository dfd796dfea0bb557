"""A network of a family that this package knows nothing of, in the node; see test/families/test_new_family.py."""

import os

import numpy as np
import pytest
from families.toy_plugin import HEIGHT, POINTS, WIDTH, install, write_network
from harness import Camera, PoseNodeProcess, keypoints


@pytest.fixture
def toy_node(tester, tmp_path, monkeypatch):
    install(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    with PoseNodeProcess(tester, {"model": str(write_network(tmp_path / "toy.onnx"))}) as node:
        yield node


def test_a_new_familys_options_are_live_parameters(toy_node):
    def detect(brightness):
        return camera.detect(np.full((2 * HEIGHT, 2 * WIDTH, 3), brightness, np.uint8))

    parameters = toy_node.dump()
    assert {n: v for n, v in parameters.items() if n.startswith("decoder.")} == {"decoder.least": 0.25}
    with Camera(toy_node) as camera:
        np.testing.assert_allclose(keypoints(detect(204))[0, :, :2], 2 * POINTS + 0.5)
        assert len(detect(51).skeletons) == 0
        assert toy_node.set_parameters(decoder__least=0.15).successful
        assert len(detect(51).skeletons) == 1
    refused = toy_node.set_parameters(decoder__least=1.5)
    assert not refused.successful
    assert "decoder.least" in refused.reason
