"""The compiled code: C++ that knows nothing of Python, and one file of bindings.

The decoder and the body are not for direct use: :class:`trt_pose_ros.PoseDecoder` and
:mod:`trt_pose_ros.spatial.depth` prepare what goes in.
:func:`resize_into` is, see docs/preprocessing.md.
"""

from .. import __version__
from ._native import Body, Decoder, Options, build_info, commonest, resize_into

__all__ = ["Body", "Decoder", "Options", "build_info", "commonest", "resize_into"]

if build_info()["version"] != __version__:
    raise ImportError(
        f"the native code of trt_pose_ros was compiled for version {build_info()['version']}, but this is version "
        f"{__version__}: install the package again (pip install, make or colcon build)"
    )
