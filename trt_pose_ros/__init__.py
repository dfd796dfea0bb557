"""Real-time multi-person pose estimation for ROS 2 robots.

Everything outside :mod:`trt_pose_ros.ros` needs neither ROS nor torch::

    from trt_pose_ros import PosePipeline
    pipeline = PosePipeline.open("model.onnx")
    poses, = pipeline([image])          # image: uint8 [h, w, 3], BGR
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# name -> module, imported at first use: `import trt_pose_ros.msg` on a robot must not pay for
# OpenCV or an inference runtime.
_EXPORTS = {
    "ModelFile": "model_file",
    "PoseDecoder": "families.paf",
    "PosePipeline": "pipeline",
    "Poses": "poses",
    "Topology": "topology",
}
__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(import_module(f"{__name__}.{_EXPORTS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
