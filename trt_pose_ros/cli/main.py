"""``trt-pose VERB ...``: find the verb, run it, turn expected errors into one sentence and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence

import cv2

from .. import __version__
from . import demo, launch, run
from .errors import NothingDone, sentence

VERBS = {"run": run, "launch": launch, "demo": demo}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        the exit code: 0, or 1 where nothing of the input could be used, 2 for wrong input or an input or output that
        fails (as argparse has it), 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(prog="trt-pose", description="Real-time multi-person pose estimation.")
    parser.add_argument("--version", action="version", version=f"trt_pose_ros {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb in VERBS.items():
        summary = (verb.__doc__ or "").strip().splitlines()[0]
        verb.add_arguments(verbs.add_parser(name, help=summary, description=summary))
    arguments = parser.parse_args(argv)
    _quieten_opencv()
    try:
        return VERBS[arguments.verb].main(arguments)
    except BrokenPipeError:
        # whoever read our output has had enough, as `head` does; Python would complain again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (OSError, ValueError, ImportError, MemoryError, cv2.error) as error:
        print(f"trt-pose {arguments.verb}: {sentence(error)}", file=sys.stderr)
        return 1 if isinstance(error, NothingDone) else 2
    except KeyboardInterrupt:
        return 130


def _quieten_opencv() -> None:
    """Leave out OpenCV's and its FFmpeg's own lines about bad files: ours name the file."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    with contextlib.suppress(AttributeError):  # versions differ in where this is
        (cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cv2.utils.logging.setLogLevel)(0)


if __name__ == "__main__":
    sys.exit(main())
