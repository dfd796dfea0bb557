"""The compiled code: C++ that knows nothing of Python, and files of bindings.

The decoder, the body and what measures events are not for direct use: :class:`trt_pose_ros.PoseDecoder`,
:mod:`trt_pose_ros.spatial.depth` and :mod:`trt_pose_ros.events` prepare what goes in.
:func:`resize_into` is, see docs/preprocessing.md.
"""

from .. import __version__
from ._native import (
    Body,
    Build,
    Decoder,
    Logic,
    Options,
    Reaches,
    advance,
    build_info,
    commonest,
    depths_in_polygons,
    follow,
    locate,
    resize_into,
)

__all__ = [
    "Body",
    "Build",
    "Decoder",
    "Logic",
    "Options",
    "Reaches",
    "advance",
    "build_info",
    "commonest",
    "depths_in_polygons",
    "follow",
    "locate",
    "resize_into",
]

if build_info()["version"] != __version__:
    raise ImportError(
        f"the native code of trt_pose_ros was compiled for version {build_info()['version']}, but this is version "
        f"{__version__}: install the package again (pip install, make or colcon build)"
    )
