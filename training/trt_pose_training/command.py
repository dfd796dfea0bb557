"""What the package's commands (``python -m trt_pose_training.NAME``) have in common."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import NoReturn

from trt_pose_ros.cli.errors import sentence
from trt_pose_ros.cli.signals import ended_by_sigterm


def run(main: Callable[[], int]) -> NoReturn:
    """Run ``main`` and leave; what users can put right ends in one sentence and exit code 2, as with argparse."""
    try:
        sys.exit(main())
    except BrokenPipeError:
        sys.exit(141)
    except (OSError, ValueError, ImportError, MemoryError) as error:
        print(f"{sys.argv[0]}: {sentence(error)}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


@contextlib.contextmanager
def until_stopped() -> Iterator[None]:
    """Ctrl-C and SIGTERM end what is inside, and the command goes on with what is done."""
    try:
        with ended_by_sigterm():
            yield
    except KeyboardInterrupt:
        print("stopped; what was done so far is kept", file=sys.stderr)
