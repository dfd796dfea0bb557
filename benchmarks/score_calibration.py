"""Of the people found with a score of s, is a share of s right? Models take turns; a row for each range of scores.

    python benchmarks/score_calibration.py [MODEL ...] --annotations person_keypoints.json --images DIR

Right is whom COCO's evaluation matches to a labelled person at an OKS above 0.5.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "training")]

from trt_pose_ros import PosePipeline  # noqa: E402
from trt_pose_ros.evaluation.ground_truth import GroundTruth  # noqa: E402
from trt_pose_ros.preprocess import parse_size  # noqa: E402

EDGES = np.arange(0, 1.01, 0.1)


def outcomes(pipeline, truth):
    """(scores, right) of all people that a pipeline finds in the images."""
    found = []
    for image_id in truth.images:
        (poses,) = pipeline([truth.read(image_id)])
        found += truth.results(poses, image_id)
    return truth.outcomes(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=[None], metavar="MODEL", help="default: the bundled one")
    parser.add_argument("--annotations", type=Path, required=True, help="COCO keypoint JSON")
    parser.add_argument("--images", type=Path, required=True, help="folder of its pictures")
    parser.add_argument("--input-size", type=parse_size, metavar="HxW", help="default: each model's own")
    arguments = parser.parse_args()
    truth = GroundTruth(arguments.annotations, arguments.images)
    for model in arguments.models:
        pipeline = PosePipeline.open(model, input_size=arguments.input_size)
        scores, right = outcomes(pipeline, truth)
        print(f"\n{pipeline.model.manifest.name}: {right.sum()} of {len(right)} people are right")
        print("| score | people | mean score | right |\n|---|---|---|---|")
        bins = np.digitize(scores, EDGES[1:-1])
        for i in range(len(EDGES) - 1):
            if (inside := bins == i).any():
                figures = f"{inside.sum()} | {scores[inside].mean():.2f} | {right[inside].mean():.2f}"
                print(f"| {EDGES[i]:.1f} to {EDGES[i + 1]:.1f} | {figures} |")


if __name__ == "__main__":
    main()
