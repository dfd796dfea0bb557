"""Hand networks on pictures of single hands with joints and without: how far they agree with the labels.

    python benchmarks/hand_pictures.py hands.json MODEL ... [--images DIR] [--backend NAME] [--input-size 96x96]

``hands.json`` is what ``trt_pose_training.label_hands`` writes. Each model looks at each hand in its square, and in
squares that are turned, moved and of other sizes, as those are that arms lead to. Errors are shares of the longer side
of the box around the labelled joints. Prints the tables of docs/models/light_hand.md; one run, one thread.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "training")]

from trt_pose_ros import ModelFile  # noqa: E402
from trt_pose_ros.finders.network import Network  # noqa: E402
from trt_pose_ros.hands.squares import Squares  # noqa: E402
from trt_pose_ros.preprocess import parse_size  # noqa: E402
from trt_pose_training.data.coco import KeypointData  # noqa: E402
from trt_pose_training.data.crops import one_by_one  # noqa: E402

TURN, GROWTH, SHIFT = np.radians(30), np.log(1.25), 0.08  # largest changes of a rough square, the last in sides
SCORES = (0.3, 0.4, 0.5)


def squares(sample, random):
    """The square of a picture's hand, or where none is, as a region's; changed at random unless that is None."""
    x_min, y_min, x_max, y_max = sample.boxes[0]
    middle, side, angle = np.array([(x_min + x_max) / 2, (y_min + y_max) / 2]), float(x_max - x_min), 0.0
    if random:
        middle = middle + random.uniform(-SHIFT, SHIFT, 2) * side
        side, angle = side * np.exp(random.uniform(-GROWTH, GROWTH)), random.uniform(-TURN, TURN)
    return Squares(middle[None], np.array([side]), np.array([angle]))


def looks(network, samples, random):
    """What a network finds in the squares of ``samples``, a Poses each."""
    return network([squares(sample, random).region(cv2.imread(str(sample.file))) for sample in samples])


def joint_errors(found, samples):
    """Errors of the known joints in boxes of the hand, one array a hand."""
    errors = []
    for sample, hand in zip(samples, found, strict=True):
        known = sample.keypoints[0][sample.keypoints[0, :, 2] > 0, :2]
        middle = known.mean(axis=0)  # where a joint is that was not found, for want of a better guess
        found = hand.keypoints[0, sample.keypoints[0, :, 2] > 0, :2]
        found = np.where(np.isfinite(found), found, middle)
        errors.append(np.linalg.norm(found - known, axis=1) / np.ptp(known, axis=0).max())
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--images", type=Path, help="default: images beside the labels")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--input-size", type=parse_size, help="HEIGHTxWIDTH; default: the model's own")
    arguments = parser.parse_args()
    samples = one_by_one(
        KeypointData.load(arguments.labels, arguments.images or arguments.labels.parent / "images").samples
    )
    hands, empty = ([s for s in samples if (s.areas[0] > 0) == there] for there in (True, False))
    print(f"{len(hands)} hands, {len(empty)} pictures without one; {arguments.backend}, one thread\n")
    thresholds = " | ".join(f"score >= {score:g}: hands, others" for score in SCORES)
    print(f"| model | square | mean error | median hand's | PCK@0.2 | PCK@0.1 | {thresholds} |")
    print("|---" * (6 + len(SCORES)) + "|")
    for name in arguments.models:
        network = Network.open(ModelFile.load(name), arguments.backend, arguments.input_size, {}, batch=16, threads=1)
        for kind, random in (("exact", None), ("rough", np.random.default_rng(0))):
            found = looks(network, hands, random)
            errors = joint_errors(found, hands)
            every, median = np.concatenate(errors), np.median([e.mean() for e in errors])
            scores, none = (np.array([hand.scores[0] for hand in f]) for f in (found, looks(network, empty, random)))
            rates = " | ".join(f"{np.mean(scores >= s):.0%}, {np.mean(none >= s):.0%}" for s in SCORES)
            print(
                f"| {name} | {kind} | {every.mean():.3f} | {median:.3f} | {np.mean(every < 0.2):.3f} "
                f"| {np.mean(every < 0.1):.3f} | {rates} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
