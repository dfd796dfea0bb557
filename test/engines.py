"""What the tests of TensorRT engines share: a small model, built for a GPU that need not be there."""

import pytest
from tiny_model import HEIGHT, WIDTH

from trt_pose_ros import ModelFile
from trt_pose_ros.engine import flavour
from trt_pose_ros.engine.build import BuildSpec
from trt_pose_ros.engine.key import EngineKey

TARGET = "sm_86"


def needs_builder():
    """Skip unless a TensorRT is installed that builds without a GPU."""
    if flavour.find() is None:
        pytest.skip("TensorRT is not installed (make tensorrt-rtx)", allow_module_level=True)
    if TARGET not in flavour.load().targets:
        pytest.skip(f"{flavour.load()} needs the GPU itself to build", allow_module_level=True)


def spec(path, **changes):
    """How the tiny model at ``path`` is built."""
    return BuildSpec(
        **{"model": str(path), "input": "image", "height": HEIGHT, "width": WIDTH, "target": TARGET} | changes
    )


def key(wanted):
    """The key of what is built of a spec."""
    return EngineKey.of(wanted, ModelFile.load(wanted.model).sha256, flavour.load(), None)
