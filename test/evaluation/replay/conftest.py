"""Replays of bags with a network that is small."""

import pytest


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The tests' network."""
    from tiny_model import write_model  # needs onnx, without which no test of a replay runs

    return str(write_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


@pytest.fixture
def small_parts(monkeypatch):
    """Bags of a few images have several parts."""
    monkeypatch.setattr("trt_pose_ros.evaluation.replay.replay.PART", 7)
