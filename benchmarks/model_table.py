"""One table of models: accuracy, time by the number of people, memory.

    python benchmarks/model_table.py MODEL... --annotations person_keypoints.json --images DIR [--limit N]

Models take turns, image by image, so that whatever else the machine does slows all of them alike: compare times in
multiples of the first model's. Memory is what a process that runs one model holds beyond one that only imports.
"""

import argparse
import subprocess
import sys

import numpy as np
import top_down

from trt_pose_ros import PosePipeline
from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.evaluation.measure import measure
from trt_pose_ros.evaluation.runs import run_models

# Peak memory of a process in KiB, with or without a model that has looked at images. ru_maxrss would be its parent's.
_PEAK = r"""
import re, sys
import numpy as np
from trt_pose_ros import PosePipeline
if len(sys.argv) > 1:
    pipeline = PosePipeline.open(sys.argv[1], threads=int(sys.argv[2]))
    for _ in range(3):
        pipeline([np.zeros((480, 640, 3), np.uint8)])
print(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read()).group(1))
"""


def memory(model, threads):
    """MiB that a process holds more with the model than without."""

    def peak(*arguments):
        done = subprocess.run([sys.executable, "-c", _PEAK, *arguments], capture_output=True, text=True, check=True)
        return int(done.stdout.split()[-1]) / 1024

    return peak(model, str(threads)) - peak()


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", help="model files; times are told in multiples of the first one's, too")
    parser.add_argument("--annotations", required=True, help="COCO keypoint JSON with outlines")
    parser.add_argument("--images", required=True)
    parser.add_argument("--limit", type=int, help="accuracy on the first N images only")
    parser.add_argument("--frames", type=int, default=8, help="images for each number of people")
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    truth = GroundTruth(arguments.annotations, arguments.images, None, arguments.limit)
    pipelines = [PosePipeline.open(model, threads=arguments.threads) for model in arguments.models]
    reports = [measure(run, truth, 0.1, "") for run in run_models(pipelines, truth, arguments.threads)]
    people, _ = top_down.figures(arguments.annotations, arguments.images)
    times, _ = top_down.times_by_people(pipelines, people, arguments.frames)
    counts = top_down.COUNTS
    print(f"| model | AP | medium | large | AP official | {' | '.join(f'ms, {c} people' for c in counts)} | MiB |")
    print("|---" * (6 + len(counts)) + "|")
    for i, (model, pipeline, report) in enumerate(zip(arguments.models, pipelines, reports, strict=True)):
        medians = [float(np.median(times[i, c])) for c in counts]
        firsts = [float(np.median(times[0, c])) for c in counts]
        cells = [f"{1e3 * m:.1f} ({m / f:.2f})" for m, f in zip(medians, firsts, strict=True)]
        accuracy = " | ".join(
            f"{report['accuracy'][name]:.3f}" for name in ("ap", "ap_medium", "ap_large", "ap_official")
        )
        print(
            f"| {pipeline.model.manifest.name} | {accuracy} | {' | '.join(cells)} "
            f"| {memory(model, arguments.threads):.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
