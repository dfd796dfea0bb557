"""How much sooner a replay is done by two processes than by one, with as many threads in each.

python benchmarks/replay_jobs.py BAG... [--turns 3] [--jobs 2]

Both take turns, so that whatever else the machine does slows them alike; still, the ratio means something only where
there are idle cores: the load is printed. Results must be the same bytes. Some hundred images are needed, or starting
the processes counts for more than the work.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def seconds(bags, output, jobs):
    """How long a replay takes, its process included."""
    command = [sys.executable, "-m", "trt_pose_ros.cli.main", "replay", *bags, "--output", output, "--overwrite"]
    begun = time.perf_counter()
    subprocess.run([*command, "--jobs", str(jobs)], check=True, capture_output=True)
    return time.perf_counter() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bags", nargs="+")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        one, several = Path(folder) / "one", Path(folder) / "several"
        for turn in range(arguments.turns):
            todo = [(one, 1), (several, arguments.jobs)]
            took = {jobs: seconds(arguments.bags, output, jobs) for output, jobs in todo[:: -1 if turn % 2 else 1]}
            ratios.append(took[1] / took[arguments.jobs])
            told = ", ".join(f"{jobs} job{'s' * (jobs > 1)} {took[jobs]:.1f} s" for jobs in sorted(took))
            print(f"{told}, load {os.getloadavg()[0]:.1f}", flush=True)
        same = (one / "results.jsonl").read_bytes() == (several / "results.jsonl").read_bytes()
    print(f"{statistics.median(ratios):.2f} times as fast; results: {'the same bytes' if same else 'DIFFER'}")
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
