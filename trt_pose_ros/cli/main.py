"""``trt-pose VERB ...``: find the verb, run it, turn expected errors into one sentence and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from .. import __version__
from .errors import NothingDone, sentence

# each a module of this package
VERBS = (
    "run",
    "launch",
    "view",
    "demo",
    "replay",
    "evaluate",
    "compare",
    "check",
    "profile",
    "build-engine",
    "engines",
    "models",
    "bag-from-video",
    "labels",
    "train-state",
    "people-3d",
    "calibrate-extrinsics",
    "draw-zones",
    "doctor",
    "completion",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        the exit code: 0, or 1 where nothing of the input could be used, 2 for wrong input or an input or output that
        fails (as argparse has it), 130 after Ctrl-C.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET; read when OpenCV is imported
    # Only what is asked for: `doctor` must run where OpenCV or our native code can't be imported.
    asked = given[:1] if given[:1] and given[0] in VERBS else VERBS
    parser, modules, missing = build_parser(asked)
    if given and given[0] in missing:
        more = "" if given[0] == "doctor" else "; trt-pose doctor tells more"
        print(f"trt-pose {given[0]}: it can't be loaded: {missing[given[0]]}{more}", file=sys.stderr)
        return 2
    arguments = parser.parse_args(given)
    _quieten_opencv()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # the name of a file may be any bytes
    try:
        return modules[arguments.verb].main(arguments)
    except BrokenPipeError:
        # whoever read our output has had enough, as `head` does; Python would complain again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        if not isinstance(error, _EXPECTED) and type(error).__module__ != "cv2":
            raise
        print(f"trt-pose {arguments.verb}: {sentence(error)}", file=sys.stderr)
        return 1 if isinstance(error, NothingDone) else 2
    except KeyboardInterrupt:
        return 130


def build_parser(
    verbs: Sequence[str] = VERBS,
) -> tuple[argparse.ArgumentParser, dict[str, ModuleType], dict[str, ImportError]]:
    """The command line's parser, the modules of its verbs, and why others could not be imported."""
    parser = argparse.ArgumentParser(prog="trt-pose", description="Real-time multi-person pose estimation.")
    parser.add_argument("--version", action="version", version=f"trt_pose_ros {__version__}")
    parsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    modules: dict[str, ModuleType] = {}
    missing: dict[str, ImportError] = {}
    for name in verbs:
        try:
            modules[name] = import_module(f".{name.replace('-', '_')}", __package__)
        except ImportError as error:
            missing[name] = error
            parsers.add_parser(name, help=f"can't be loaded: {error}")
            continue
        summary = (modules[name].__doc__ or "").strip().splitlines()[0]
        modules[name].add_arguments(parsers.add_parser(name, help=summary, description=summary))
    return parser, modules, missing


_EXPECTED = (OSError, ValueError, ImportError, MemoryError)


def _quieten_opencv() -> None:
    """Leave out OpenCV's own lines about bad files: ours name the file."""
    cv2 = sys.modules.get("cv2")
    if cv2 is not None:
        with contextlib.suppress(AttributeError):  # versions differ in where this is
            (cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cv2.utils.logging.setLogLevel)(0)


if __name__ == "__main__":
    sys.exit(main())
