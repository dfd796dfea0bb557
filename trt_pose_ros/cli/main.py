"""``trt-pose VERB ...``: find the verb, run it, turn expected errors into one sentence and an exit code."""

import argparse
import sys

from .. import __version__
from . import build_engine, demo, doctor, engines, launch, run

VERBS = {
    "run": run,
    "launch": launch,
    "demo": demo,
    "build-engine": build_engine,
    "engines": engines,
    "doctor": doctor,
}


def main(argv=None):
    """Run the command line; returns the exit code (2 for wrong input, as argparse has it)."""
    parser = argparse.ArgumentParser(prog="trt-pose", description="Real-time multi-person pose estimation.")
    parser.add_argument("--version", action="version", version=f"trt_pose_ros {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb in VERBS.items():
        summary = verb.__doc__.strip().splitlines()[0]
        verb.add_arguments(verbs.add_parser(name, help=summary, description=summary))
    arguments = parser.parse_args(argv)
    try:
        return VERBS[arguments.verb].main(arguments)
    except (FileNotFoundError, ValueError, ImportError) as error:
        print(f"trt-pose {arguments.verb}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
