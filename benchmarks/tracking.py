"""Tracker against norfair on scenes with known truth, and Smoother on somebody still, waving and walking.

    python benchmarks/tracking.py [--seeds 100:104] [--scenes crossing,meeting] [--tune]

Both trackers get the same detections and the same memory (2 s) and identify somebody at the third sight. norfair runs
as its documentation's pose demo does, and with distances of its own kinds and ours, tuned by ``--tune`` over its
thresholds and Kalman noises on other seeds. Needs norfair and scipy.
"""

import argparse
import itertools
import time

import numpy as np
import scenes
from norfair import Detection
from norfair import Tracker as Norfair
from norfair.distances import create_keypoints_voting_distance
from norfair.filter import OptimizedKalmanFilterFactory

from trt_pose_ros import Poses
from trt_pose_ros.evaluation.metrics.identities import Score, identity_score
from trt_pose_ros.tracking import Smoother, Tracker, TrackerOptions
from trt_pose_ros.tracking.oks import body_sizes, tolerances

MEMORY = TrackerOptions().max_age
MIN_HITS = TrackerOptions().min_hits
CONFIDENT = TrackerOptions().confident
PEOPLE, RATES = (2, 4, 6, 10), (5, 10, 30)
ENOUGH = 3  # common keypoints without which norfair's distances are infinite
FAR = 1e9


def ours(fps):
    """Tracker as a function of a frame that gives its ids."""
    tracker = Tracker(scenes.TOPOLOGY)
    return lambda frame: tracker.update(frame.poses, frame.stamp).track_ids


def _common(detection, tracked):
    return (detection.scores > 0) & tracked.detected_at_least_once_points


def _size(tracked):
    return body_sizes(tracked.estimate[tracked.detected_at_least_once_points][None])


def euclidean(detection, tracked):
    """Mean distance of common keypoints in pixels."""
    common = _common(detection, tracked)
    if common.sum() < ENOUGH:
        return FAR
    return np.linalg.norm(detection.points - tracked.estimate, axis=1)[common].mean()


def euclidean_by_size(detection, tracked):
    """Mean distance of common keypoints in body sizes."""
    return euclidean(detection, tracked) / _size(tracked)[0]


def one_minus_oks(detection, tracked):
    """1 - object keypoint similarity."""
    common = _common(detection, tracked)
    if common.sum() < ENOUGH:
        return FAR
    variances = tolerances(_size(tracked), scenes.TOPOLOGY.sigmas)[0]
    squares = np.square(detection.points - tracked.estimate).sum(axis=1)
    return 1 - np.exp(-squares / (2 * variances))[common].mean()


def voting(pixels):
    """norfair's own distance for keypoints."""
    return create_keypoints_voting_distance(pixels, 0.01)


# name -> distance, threshold, process noise Q, measurement noise R, hits to start, seconds of memory
NORFAIR = {
    "voting, as its demo": (voting(scenes.HEIGHT / 40), 0.4, 0.1, 4.0, 5, None),
    "voting": (voting(48), 0.4, 10.0, 1.0, MIN_HITS, MEMORY),
    "euclidean": (euclidean, 450, 0.1, 1.0, MIN_HITS, MEMORY),
    "euclidean by size": (euclidean_by_size, 0.7, 1.0, 1.0, MIN_HITS, MEMORY),
    "OKS": (one_minus_oks, 0.997, 10.0, 1.0, MIN_HITS, MEMORY),
}
GRID = {
    "voting": [(voting(pixels), 0.4) for pixels in (18, 24, 48, 72)],
    "euclidean": [(euclidean, pixels) for pixels in (60, 120, 200, 300, 450)],
    "euclidean by size": [(euclidean_by_size, sizes) for sizes in (0.15, 0.3, 0.5, 0.7, 1.0)],
    "OKS": [(one_minus_oks, distance) for distance in (0.7, 0.85, 0.95, 0.99, 0.997)],
}


def norfair(distance, threshold, process, measurement, hits, memory):
    """The norfair tracker as a function of the frame rate, to be used as :func:`ours`."""

    def make(fps):
        tracker = Norfair(
            distance,
            threshold,
            hit_counter_max=30 if memory is None else max(hits, round(memory * fps)),
            initialization_delay=hits - 1,
            pointwise_hit_counter_max=10,
            detection_threshold=0.01,
            filter_factory=OptimizedKalmanFilterFactory(R=measurement, Q=process),
        )

        def update(frame):
            detections = []
            for person, (keypoints, score) in enumerate(zip(frame.poses.keypoints, frame.poses.scores, strict=True)):
                found = keypoints[:, 2] > 0
                if score >= CONFIDENT and found.any():
                    # Missing keypoints have score 0 and are not looked at; their place must be a number all the same.
                    xy = np.where(found[:, None], keypoints[:, :2], keypoints[found, :2].mean(axis=0)).astype(float)
                    detections.append(Detection(xy, scores=keypoints[:, 2], data=(frame.stamp, person)))
            ids = np.full(len(frame.poses), -1)
            for tracked in tracker.update(detections):
                stamp, person = tracked.last_detection.data
                if stamp == frame.stamp:
                    ids[person] = tracked.id
            return ids

        return update

    return make


def sequences(kind, seeds):
    """(fps, frames) of every number of people, frame rate and seed."""
    for people, fps, seed in itertools.product(PEOPLE, RATES, seeds):
        yield fps, scenes.KINDS[kind](people, fps, 1000 * seed + people)


def compare(trackers, kind, seeds):
    """{name: (Score, Score without 5 Hz, seconds a frame)} over one kind of scene."""
    films = list(sequences(kind, seeds))
    result = {}
    for name, make in trackers.items():
        total, faster, seconds, count = Score(), Score(), 0.0, 0
        for fps, frames in films:
            update = make(fps)
            start = time.perf_counter()
            ids = [update(frame) for frame in frames]
            seconds += time.perf_counter() - start
            count += len(frames)
            score = identity_score(scenes.tracked(f.present, f.truth, i) for f, i in zip(frames, ids, strict=True))
            total += score
            faster += score if fps > min(RATES) else Score()
        result[name] = total, faster, seconds / count
    return result


def report_identities(kinds, seeds):
    """Print a table a kind of scene."""
    trackers = {"trt_pose_ros": ours} | {f"norfair, {name}": norfair(*setting) for name, setting in NORFAIR.items()}
    for kind in kinds:
        rows = compare(trackers, kind, seeds)
        our, our_faster, our_seconds = rows["trt_pose_ros"]
        print(f"\n{kind}: {our.people} people seen over {len(PEOPLE) * len(RATES) * len(seeds)} sequences")
        print(f"{'':30} switches (10, 30 Hz)   MOTA   IDF1   ours/its switches (10, 30 Hz)   time/ours")
        for name, (score, faster, seconds) in rows.items():
            ratios = (a.switches / max(b.switches, 1) for a, b in ((our, score), (our_faster, faster)))
            print(
                f"{name:30} {score.switches:8} {faster.switches:8}   {score.mota:8.3f} {score.idf1:6.3f}"
                "   {:15.2f} {:9.2f}".format(*ratios)
                + f"   {seconds / our_seconds:15.2f}"
            )


def tune(seeds):
    """Print norfair's best setting of each distance by IDF1 on the crossing scenes."""
    films = list(sequences("crossing", seeds))
    for name, distances in GRID.items():
        best = []
        for (distance, threshold), process, measurement in itertools.product(distances, (0.1, 1.0, 10.0), (1.0, 4.0)):
            make = norfair(distance, threshold, process, measurement, MIN_HITS, MEMORY)
            total = Score()
            for fps, frames in films:
                update = make(fps)
                total += identity_score(scenes.tracked(frame.present, frame.truth, update(frame)) for frame in frames)
            best.append((total.idf1, distances.index((distance, threshold)), threshold, process, measurement, total))
        idf1, index, threshold, process, measurement, total = max(best, key=lambda entry: entry[0])
        print(
            f"{name}: grid {index}, threshold {threshold}, Q {process}, R {measurement}: IDF1 {idf1:.3f}, "
            f"MOTA {total.mota:.3f}, {total.switches} switches"
        )


def film(motion, size, fps, noise=0.0, seconds=30, seed=0):
    """A body [T, K, 2] of ``size`` pixels, moved by ``motion(stamp)`` body sizes: the truth, seen, and smoothed."""
    body = scenes.standing_body()
    body = body / body_sizes(body[None])
    rng, smoother = np.random.default_rng(seed), Smoother(scenes.TOPOLOGY)
    truth = np.array([body + motion(frame / fps) for frame in range(round(seconds * fps))])
    seen = truth + noise * rng.standard_normal(truth.shape)
    smooth = []
    for frame, xy in enumerate(seen):
        keypoints = np.column_stack([xy * size, np.ones(len(xy))])[None]
        poses = smoother.update(Poses(scenes.TOPOLOGY, keypoints, [1.0], [0]), frame / fps)
        smooth.append(poses.keypoints[0, :, :2] / size)
    return truth, seen, np.array(smooth)


def report_smoothing():
    """Print by how much jitter falls and how far movements lag; 300 px body, a second of settling left out."""
    print("\nsmoothing: noise in body sizes (0.005 is 1.5 px of a 300 px body)")
    for fps in (15, 30, 60):
        for noise in (0.003, 0.005, 0.01):
            truth, seen, smooth = film(lambda stamp: 0.0, 300, fps, noise)
            still = (seen - truth)[fps:].std() / (smooth - truth)[fps:].std()
            print(f"{fps:3} Hz, noise {noise}: jitter of somebody still / {still:.2f};", end=" ")
            truth, _, smooth = film(lambda stamp: (0.8 * stamp, 0.0), 300, fps, noise)
            print(f"drag of a walker {(truth - smooth)[fps:, :, 0].mean():.4f} body sizes;", end=" ")
            for amplitude in (0.07, 0.12):
                wave = _waving(amplitude)
                truth, _, smooth = film(wave, 300, fps, noise)
                wrist = scenes.TOPOLOGY.index("left_wrist")
                late, reach = _phase(smooth[fps:, wrist, 0], truth[fps:, wrist, 0], fps)
                print(f"2 Hz wave of ±{amplitude}: {late * fps:.2f} frames late, reach {reach:.2f};", end=" ")
            print()


def _waving(amplitude):
    wrist = (np.arange(len(scenes.TOPOLOGY.keypoints)) == scenes.TOPOLOGY.index("left_wrist"))[:, None]
    return lambda stamp: wrist * (amplitude * np.sin(2 * np.pi * 2.0 * stamp), 0.0)


def _phase(smooth, truth, fps, frequency=2.0):
    """Delay in seconds and gain of ``smooth`` against ``truth`` at ``frequency``."""
    wave = np.exp(-2j * np.pi * frequency * np.arange(len(truth)) / fps)
    gain = np.sum((smooth - smooth.mean()) * wave) / np.sum((truth - truth.mean()) * wave)
    return -np.angle(gain) / (2 * np.pi * frequency), abs(gain)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="100:103", help="first:last+1, default %(default)s")
    parser.add_argument("--scenes", default=",".join(scenes.KINDS), help="default: all, %(default)s")
    parser.add_argument("--tune", action="store_true", help="only search norfair's best settings")
    arguments = parser.parse_args()
    seeds = range(*map(int, arguments.seeds.split(":")))
    if arguments.tune:
        tune(seeds)
        return
    report_smoothing()
    report_identities(arguments.scenes.split(","), seeds)


if __name__ == "__main__":
    main()
