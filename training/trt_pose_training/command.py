"""What the package's commands (``python -m trt_pose_training.NAME``) have in common."""

import sys


def run(main):
    """Run ``main`` and leave; what users can put right ends in one sentence and exit code 2, as with argparse."""
    try:
        sys.exit(main())
    except (FileNotFoundError, ValueError, ImportError) as error:
        print(f"{sys.argv[0]}: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
