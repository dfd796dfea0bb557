"""People as the union of detections and skeletons, on scenes with known truth: gaps, switches, false people, and cost.

    python benchmarks/fusion.py [--seeds 200:202] [--people 3,6] [--rates 10,30] [--scenes crossing,pillar]

Two sources see the same people: a network's skeletons, with the faults of scenes.py, and a detector's boxes, whose
corners are noisy, some of which are missed and some false. Then a fifth of one source, or of both, is lost: image by
image, or in bursts of 1 to 15 images. Followed by each source alone, and by the union.
"""

import argparse
import itertools
import time
from dataclasses import dataclass, replace

import numpy as np
import scenes

from trt_pose_ros import Poses
from trt_pose_ros.boxes import box_poses
from trt_pose_ros.evaluation.metrics.identities import Score, identity_score
from trt_pose_ros.tracking import Following

KINDS = ("crossing", "meeting", "pillar", "group")
LOST = 0.2
LONGEST = 15  # images of a burst
NOISE = 0.02  # standard deviation of a box's sides, in sizes of the box
MISSED, FALSE = 0.03, 0.03  # boxes of people, and false ones an image
SOURCES = ("skeletons", "detections", "union")


@dataclass(frozen=True)
class Sight:
    """What both sources see in an image, and whom: int [P], ``scenes.GHOST`` for nobody."""

    poses: Poses
    poses_truth: np.ndarray
    detections: Poses
    detections_truth: np.ndarray


class Loss:
    """Who is lost in an image: each a fifth of the time, image by image or in bursts."""

    def __init__(self, bursts, rng):
        self._bursts, self._rng, self._left = bursts, rng, {}

    def __call__(self, identity):
        """Whether somebody is lost in the next image."""
        if not self._bursts:
            return self._rng.random() < LOST
        left = self._left.get(identity, 0)
        mean = (1 + LONGEST) / 2
        if not left and self._rng.random() < LOST / (mean * (1 - LOST)):
            left = int(self._rng.integers(1, LONGEST + 1))
        self._left[identity] = max(left - 1, 0)
        return left > 0


def sights(frames, lost, bursts, rng):
    """The Sight of each frame, of which ``lost`` (a set of sources) loses some."""
    losses = {source: Loss(bursts, rng) for source in SOURCES[:2]}
    result = []
    for frame in frames:
        gone = {
            source: {who for who in frame.present if losses[source](who)} if source in lost else set()
            for source in losses
        }
        kept = np.array([who not in gone["skeletons"] for who in frame.truth.tolist()], bool)
        boxes, truth = [], []
        for who, box in zip(frame.present, frame.boxes, strict=True):
            if who not in gone["detections"] and rng.random() >= MISSED:
                size = np.linalg.norm(box[2:] - box[:2])
                boxes.append(box + NOISE * size * rng.standard_normal(4))
                truth.append(who)
        scores = rng.uniform(0.4, 0.95, len(boxes))
        if rng.random() < FALSE:
            corner, size = rng.uniform((0, 0), (scenes.WIDTH, scenes.HEIGHT)), rng.uniform((30, 60), (150, 300))
            boxes.append([*corner, *(corner + size)])
            truth.append(scenes.GHOST)
            scores = np.append(scores, rng.uniform(0.3, 0.6))
        detections = box_poses(np.reshape(boxes, (-1, 4)), scores)
        result.append(Sight(frame.poses[kept], frame.truth[kept], detections, np.array(truth, int)))
    return result


def whose(people, sight):
    """Int [P]: who the people of a union are; and how many were joined with somebody else's box."""
    boxes = sight.detections.boxes()
    truth, wrong = [], 0
    for row in range(len(people)):
        box = None if people.detected_boxes is None else people.detected_boxes[row]
        seen = None
        if box is not None and np.isfinite(box).all():
            seen = sight.detections_truth[np.flatnonzero((boxes == box).all(axis=1))[0]]
        if row < len(sight.poses):
            wrong += seen is not None and seen != sight.poses_truth[row]
            seen = sight.poses_truth[row]
        truth.append(seen)
    return np.array(truth, int), wrong


def follow(frames, seen, source):
    """([TrackedFrame], wrongly joined, seconds) of following by one source or the union."""
    following, result, mistakes, seconds = Following(scenes.TOPOLOGY), [], 0, 0.0
    nobody = Poses.empty(scenes.TOPOLOGY)
    for frame, sight in zip(frames, seen, strict=True):
        if source == "detections":
            sight = replace(sight, poses=nobody, poses_truth=sight.poses_truth[:0])
        start = time.process_time()
        people = following(sight.poses, "", frame.stamp, detections=None if source == "skeletons" else sight.detections)
        seconds += time.process_time() - start
        truth, wrong = whose(people, sight)
        mistakes += wrong
        result.append(scenes.tracked(frame.present, truth, people.track_ids))
    return result, mistakes, seconds


def gaps(frames):
    """Lengths in images of the times for which somebody who is there has no identity."""
    lengths, running = [], {}
    for frame in frames:
        known = set(frame.people[(frame.similarity > 0).any(axis=1)].tolist()) if frame.similarity.size else set()
        for who in list(running):
            if who in known or who not in frame.people:
                lengths.append(running.pop(who))
        for who in set(frame.people.tolist()) - known:
            running[who] = running.get(who, 0) + 1
    return lengths + list(running.values())


def report(kinds, people, rates, seeds):
    """Print a table."""
    films = [
        (scenes.KINDS[kind](n, fps, 1000 * seed + n), seed)
        for kind, n, fps, seed in itertools.product(kinds, people, rates, seeds)
    ]
    images = sum(len(frames) for frames, _ in films)
    print(f"{len(films)} sequences, {images} images: {', '.join(kinds)}; {people} people, {rates} Hz")
    print(f"{'lost, of what':26} {'by':11} no identity   gaps  mean, longest   switches  false   IDF1  wrongly joined")
    for (name, lost), bursts in itertools.product(
        {"detections": {"detections"}, "skeletons": {"skeletons"}, "both": {"skeletons", "detections"}}.items(),
        (False, True),
    ):
        missed, cost = {}, {}
        for source in SOURCES:
            total, lengths, mistakes, seconds = Score(), [], 0, 0.0
            for frames, seed in films:
                seen = sights(frames, lost, bursts, np.random.default_rng(seed))
                result, wrong, spent = follow(frames, seen, source)
                total += identity_score(result)
                lengths += gaps(result)
                mistakes, seconds = mistakes + wrong, seconds + spent
            missed[source], cost[source] = total.missed, seconds / images
            print(
                f"{name + (', bursts' if bursts else ', single'):26} {source:11} {total.missed / total.people:10.2%}"
                f" {len(lengths):7} {np.mean(lengths):6.1f}, {max(lengths):4}   {total.switches:10.0f}"
                f" {total.false:6.0f} {total.idf1:6.3f} {mistakes:6}"
            )
        print(
            f"{'':26} without identity: union / detections {missed['union'] / missed['detections']:.2f}, "
            f"union / skeletons {missed['union'] / missed['skeletons']:.2f}; "
            f"processor time union / skeletons {cost['union'] / cost['skeletons']:.2f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="200:202", help="first:last+1, default %(default)s")
    parser.add_argument("--people", default="3,6")
    parser.add_argument("--rates", default="10,30", help="Hz")
    parser.add_argument("--scenes", default=",".join(KINDS), help="default: %(default)s")
    arguments = parser.parse_args()
    people, rates = ([int(n) for n in text.split(",")] for text in (arguments.people, arguments.rates))
    report(arguments.scenes.split(","), people, rates, range(*map(int, arguments.seeds.split(":"))))


if __name__ == "__main__":
    main()
