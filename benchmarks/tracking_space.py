"""Tracker with and without places in space: the same detections, once with the depths of a depth camera.

Then Smoother in space.

    python benchmarks/tracking_space.py [--seeds 100:103] [--scenes crossing,meeting]

The scenes are those of ``benchmarks/tracking.py``, its numbers of people and frame rates too. A keypoint that the
detector took from whoever stands in front has the depth of that body, as a depth camera would tell it.
"""

import argparse
import itertools

import numpy as np
import scenes

from trt_pose_ros import Poses
from trt_pose_ros.evaluation.metrics.identities import Score, identity_score
from trt_pose_ros.tracking import Smoother, Tracker

PEOPLE, RATES = (2, 4, 6, 10), (5, 10, 30)


def score(frames, in_space):
    """The Score of a sequence; ``in_space`` is a function of a frame that gives the people."""
    tracker = Tracker(scenes.TOPOLOGY)
    result = []
    for frame in frames:
        ids = tracker.update(in_space(frame), frame.stamp).track_ids
        result.append(scenes.tracked(frame.present, frame.truth, ids))
    return identity_score(result)


def film(velocity, stddev, away, fps=30, seconds=5):
    """A body [T, K, 3] ``away`` metres from the camera that moves towards it: the truth, measured, and smoothed.

    Depth is measured with a standard deviation of ``stddev`` metres, the other two axes with 5 mm.
    """
    rng, smoother = np.random.default_rng(0), Smoother(scenes.TOPOLOGY)
    body = np.column_stack([1.7 * scenes.standing_body(), np.zeros(len(scenes.TOPOLOGY.keypoints))])
    truth, seen, smooth = [], [], []
    for frame in range(fps * seconds):
        truth.append(body + np.array((0, 0, away - velocity * frame / fps)))
        seen.append(truth[-1] + rng.normal(size=body.shape) * (0.005, 0.005, stddev))
        keypoints = np.ones((1, len(body), 3))
        poses = Poses(
            scenes.TOPOLOGY, keypoints, [1.0], [0], seen[-1][None], position_stddevs=np.full((1, len(body)), stddev)
        )
        smooth.append(smoother.update(poses, frame / fps).positions[0])
    return (np.array(places)[fps:] for places in (truth, seen, smooth))


def report_smoothing():
    """Print by how much jitter falls and how far a walker is behind, 30 Hz; a second of settling left out."""
    for stddev in (0.005, 0.01, 0.02, 0.03, 0.05, 0.1):
        truth, seen, smooth = film(0.0, stddev, 3.0)
        aside, depth = ((seen - truth)[..., i].std() / (smooth - truth)[..., i].std() for i in (0, 2))
        truth, _, smooth = film(0.8, stddev, 6.0)
        late = 1e3 * (smooth - truth)[..., 2].mean()
        print(
            f"depth to {1e3 * stddev:3.0f} mm: jitter aside / {aside:.1f}, in depth / {depth:.1f}; "
            f"walker {late:.0f} mm behind"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="100:103", help="first:last+1, default %(default)s")
    parser.add_argument("--scenes", default=",".join(scenes.KINDS), help="default: all, %(default)s")
    arguments = parser.parse_args()
    seeds = range(*map(int, arguments.seeds.split(":")))
    report_smoothing()
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
