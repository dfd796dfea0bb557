"""Start a node's program; imports nothing that takes time, so that signals are heard from the first moment."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from typing import NoReturn


def start(node: str) -> NoReturn:
    """Import the module ``node`` of :mod:`trt_pose_ros.ros.nodes`, run its ``main`` and end with its exit code.

    A signal that comes while the imports are still going on ends the process at once: there is nothing to clean up, and
    an exception in the middle of an import ends in a traceback.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    sys.exit(import_module(f"..nodes.{node}", __package__).main())
