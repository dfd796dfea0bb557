"""Tracker with and without places in space: the same detections, once with the depths of a depth camera.

    python benchmarks/tracking_space.py [--seeds 100:103] [--scenes crossing,meeting]

The scenes are those of ``benchmarks/tracking.py``, its numbers of people and frame rates too. A keypoint that the
detector took from whoever stands in front has the depth of that body, as a depth camera would tell it.
"""

import argparse
import itertools

import scenes

from trt_pose_ros.evaluation.metrics.identities import Score, TrackedFrame, identity_score
from trt_pose_ros.tracking import Tracker

PEOPLE, RATES = (2, 4, 6, 10), (5, 10, 30)


def score(frames, in_space):
    """The Score of a sequence; ``in_space`` is a function of a frame that gives the people."""
    tracker = Tracker(scenes.TOPOLOGY)
    tracked = []
    for frame in frames:
        ids = tracker.update(in_space(frame), frame.stamp).track_ids
        given = ids >= 0
        alike = [[float(who == person) for who in frame.truth[given]] for person in frame.present]
        tracked.append(TrackedFrame(*_arrays(frame.present, ids[given], alike)))
    return identity_score(tracked)


def _arrays(present, ids, alike):
    import numpy as np

    return np.array(present, int), ids, np.array(alike, float).reshape(len(present), len(ids))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="100:103", help="first:last+1, default %(default)s")
    parser.add_argument("--scenes", default=",".join(scenes.KINDS), help="default: all, %(default)s")
    arguments = parser.parse_args()
    seeds = range(*map(int, arguments.seeds.split(":")))
    print(f"{'scene':12} {'switches':>16} {'MOTA':>16} {'IDF1':>16}   sequences better, worse (by switches)")
    for kind in arguments.scenes.split(","):
        totals, better, worse = [Score(), Score()], 0, 0
        for people, fps, seed in itertools.product(PEOPLE, RATES, seeds):
            frames = scenes.KINDS[kind](people, fps, 1000 * seed + people)
            pair = [score(frames, lambda f: f.poses), score(frames, lambda f: f.in_space())]
            totals = [total + new for total, new in zip(totals, pair, strict=True)]
            better += pair[1].switches < pair[0].switches
            worse += pair[1].switches > pair[0].switches
        (a, b) = totals
        print(
            f"{kind:12} {a.switches:7.0f} {b.switches:8.0f} {a.mota:7.3f} {b.mota:8.3f} {a.idf1:7.3f} {b.idf1:8.3f}"
            f"   {better}, {worse}",
            flush=True,
        )


if __name__ == "__main__":
    main()
