"""Positions by depth images: how far off they are on rendered people, and what they cost.

    python benchmarks/depth.py [--seeds 6] [--people 1,2,5] [--noise 0.35] [--jobs accuracy,time] [--mocap MOTIONS]

Accuracy: people of test/spatial's generator at 2 to 4 m before a 640x480 camera, with a depth camera's faults and
keypoints as a network gives them. A joint counts as hidden where something else is before it. With ``--mocap``, a
folder as of ``trt_pose_training.lift.train``, people who move as recorded ones do, too. Time: milliseconds of
``locate`` for five people, in one thread, the least and the median of 60, beside those of pre-processing an image in
the same run, since machines differ.
"""

import argparse
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "test"), str(ROOT / "training")]

from spatial import shots  # noqa: E402
from spatial.depth_camera import Sensor  # noqa: E402

from trt_pose_ros.native import resize_into  # noqa: E402
from trt_pose_ros.spatial.depth import INFERRED, DepthOptions, locate  # noqa: E402
from trt_pose_ros.transforms import Transform  # noqa: E402

BESIDE = Transform(np.eye(3), np.array([0.05, 0.01, 0.0]))
FAR_BESIDE = Transform.from_quaternion((0.2, 0.0, 0.0), (0.0, np.sin(0.03), 0.0, np.cos(0.03)))
BAD = Sensor(noise=0.004, holes=0.15, flying=0.9, step=0.0016, baseline=0.1)
KINDS = {
    "registered 640x480": {},
    "registered 320x240, float": {"depth_size": (320, 240), "depth": Sensor(millimetres=False)},
    "unregistered 640x480, 5 cm beside": {"depth_camera": shots.camera(640, 480, 75.0), "depth_in_image": BESIDE},
    "unregistered 424x240, 5 cm beside": {"depth_camera": shots.camera(424, 240, 85.0), "depth_in_image": BESIDE},
    "unregistered 848x480, 20 cm beside": {"depth_camera": shots.camera(848, 480, 85.0), "depth_in_image": FAR_BESIDE},
    "registered, twice the faults": {"depth": BAD},
}


def film(people, seeds, noise, **how):
    """Shots of as many scenes as ``seeds``, four moments each."""
    how = {"depth": Sensor(), "noise": noise} | how
    for seed in range(900, 900 + seeds):
        crowd = shots.crowd(seed=seed, people=people, times=np.arange(4) * 0.8)
        yield from shots.film(crowd, shots.camera(), shots.looking(), seed=seed, **how)


def recorded_film(folder, noise, **how):
    """Four moments of each recorded motion, seen from 2 to 4 m away, whichever way the person faces."""
    from monocular import recorded

    how = {"depth": Sensor(), "noise": noise} | how
    for seed, crowd in enumerate(recorded(folder, [""])):
        moments = np.linspace(0, len(crowd.times) - 1, 4).astype(int)
        crowd = shots.Crowd(crowd.bodies, crowd.joints[moments], crowd.times[moments])
        rng = np.random.default_rng(seed)
        yaw, distance = rng.uniform(0, 2 * np.pi), rng.uniform(2.0, 4.0)
        place = crowd.joints[0, 0, :, :2].mean(axis=0) - distance * np.array([np.cos(yaw), np.sin(yaw)])
        yield from shots.film(crowd, shots.camera(), shots.looking(1.2, place, yaw, 0.1), seed=seed, **how)


def accuracy(people, scenes):
    """Print a row a kind of depth; ``scenes`` makes the shots of one."""
    for name, how in KINDS.items():
        rows = []
        for shot in scenes(**how):
            poses = locate(shot.poses, shot.scene.depth, shot.scene.camera, DepthOptions())
            if poses.positions is None:
                continue
            off = 1000 * np.linalg.norm(poses.positions - shot.positions, axis=2)
            pixels = np.linalg.norm(shot.poses.keypoints[..., :2] - shot.pixels, axis=2)
            found = poses.found
            rows.append(np.stack([off[found], shot.visible[found], poses.position_stddevs[found], pixels[found]]))
        off, visible, stddevs, pixels = np.concatenate(rows, axis=1)
        known, visible = np.isfinite(off), visible.astype(bool)
        seen, hidden = known & visible, known & ~visible
        inferred = stddevs >= INFERRED
        print(
            f"{people}, {name}: {known[visible].mean():.1%} of {visible.sum()} visible joints, "
            f"MPJPE {off[seen].mean():.1f} mm (keypoints {pixels[visible].mean():.1f} pixels off); "
            f"{known[~visible].mean():.1%} of {(~visible).sum()} hidden ones, {off[hidden].mean():.0f} mm; beyond 300 "
            f"mm {(off[seen] > 300).sum()} + {(off[hidden] > 300).sum()}, worst {off[known].max():.0f} mm; said not to "
            f"be seen: {inferred[seen].mean():.1%} of the visible, {inferred[hidden].mean():.1%} of the hidden",
            flush=True,
        )


def milliseconds(work, repeats=60):
    """The least and the median processor time of a call, which other work on the machine does not lengthen much."""
    work()
    times = []
    for _ in range(repeats):
        begun = time.thread_time()
        work()
        times.append(1000 * (time.thread_time() - begun))
    return min(times), float(np.median(times))


def times():
    """Print a row a kind of depth, then pre-processing."""
    image, inputs = np.zeros((480, 640, 3), np.uint8), np.zeros((1, 256, 456, 3), np.uint8)
    for name, how in KINDS.items():
        shot = next(film(5, 1, 0.35, **how))
        least, median = milliseconds(
            lambda shot=shot: locate(shot.poses, shot.scene.depth, shot.scene.camera, DepthOptions())
        )
        print(f"five people, {name}: {least:.2f} ms at least, median {median:.2f}")
    least, median = milliseconds(lambda: resize_into([image], ["bgr8"], inputs, [(256, 341)]))
    print(f"pre-processing of a 640x480 image to 341x256: {least:.2f} ms at least, median {median:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=6, help="scenes")
    parser.add_argument("--people", default="1,2,5", help="numbers of people")
    parser.add_argument("--noise", type=float, default=0.35, help="of keypoints, see shots.network")
    parser.add_argument("--jobs", default="accuracy,time", help="which to do")
    parser.add_argument("--mocap", type=Path, help="folder of recorded motions")
    args = parser.parse_args()
    if "accuracy" in args.jobs:
        for people in map(int, filter(None, args.people.split(","))):
            accuracy(f"{people} people", partial(film, people, args.seeds, args.noise))
        if args.mocap:
            accuracy("recorded motions", partial(recorded_film, args.mocap, args.noise))
    if "time" in args.jobs:
        times()


if __name__ == "__main__":
    main()
