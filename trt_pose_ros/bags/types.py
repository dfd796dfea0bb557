"""Message classes without ROS: those of a ROS distribution, and ours."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ..messages.types import MessageTypes
from ..share import share_directory

if TYPE_CHECKING:
    from rosbags.typesys.store import Typestore

# Every one since Humble, the oldest that we support.
DISTROS = ("humble", "iron", "jazzy", "kilted", "lyrical")


@cache
def typestore(distro: str = "humble") -> Typestore:
    """The message types of a ROS distribution and ours, which are read from the .msg files of the installed package.

    ``typestore().types["trt_pose_ros/msg/Skeleton"]`` is a dataclass without defaults: give all fields. What a bag
    holds besides is registered with the store that its reader makes of this one's ``fielddefs``.

    Args:
        distro: whose messages, one of DISTROS. Images, markers and whatever else we write are the same in all.

    Raises:
        ImportError: the package rosbags is not installed.
        OSError: our .msg files are not installed.
        ValueError: no such distribution.
    """
    if distro not in DISTROS:
        raise ValueError(f"there is no ROS distribution {distro!r} here, only {', '.join(DISTROS)}")
    try:
        from rosbags.typesys import Stores, get_types_from_msg, get_typestore
    except ImportError as error:
        raise ImportError(f"bags need rosbags: pip install 'trt_pose_ros[replay]' ({error})") from error
    store = get_typestore(Stores(f"ros2_{distro}"))
    files = sorted((share_directory() / "msg").glob("*.msg"))
    if not files:
        raise FileNotFoundError("the .msg files of trt_pose_ros are not installed: install the package again")
    store.register(
        {
            name: definition
            for file in files
            for name, definition in get_types_from_msg(file.read_text("utf-8"), f"trt_pose_ros/msg/{file.stem}").items()
        }
    )
    return store


@cache
def message_types(distro: str = "humble") -> MessageTypes:
    """The classes of :func:`typestore`, as the functions of :mod:`trt_pose_ros.messages` take them; same errors."""
    return MessageTypes(typestore(distro).types.__getitem__, np.ascontiguousarray)
