"""What the package's commands (``python -m trt_pose_training.NAME``) have in common."""

import sys
from collections.abc import Callable
from typing import NoReturn

from trt_pose_ros.cli.errors import sentence


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
