"""Where the files lie that are not Python: launch, config, rviz, msg."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_PACKAGE = "trt_pose_ros"


def share_directory() -> Path:
    """The installed share folder of this package, or the tree of an editable install.

    Raises:
        FileNotFoundError: there is none.
    """
    prefixes = [Path(p) for p in os.environ.get("AMENT_PREFIX_PATH", "").split(":") if p]
    # `pip install --user` and a workspace that nobody has sourced: the prefix above lib/python3.x/...
    prefixes += [Path(sys.prefix), *Path(__file__).parents[2:]]
    for folder in [*(prefix / "share" / _PACKAGE for prefix in prefixes), Path(__file__).parents[1]]:
        if (folder / "config" / "pose.yaml").is_file():
            return folder
    raise FileNotFoundError("config/pose.yaml of trt_pose_ros is not installed: install the package again")
