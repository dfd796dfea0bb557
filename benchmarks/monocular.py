"""How well people are put into space by one camera: every road on the same sequences, in one table.

    PYTHONPATH=training python benchmarks/monocular.py --mocap MOTIONS [--lifter FILE] [--photographs MMPOSE/tests/data]
        [--model FILE ...]

Sequences are motions that were kept from the lifting network's training, and such as the tests' generator makes, whose
bodies have nothing of the training's. Cameras see them at 2 to 5 m with the faults of a network: keypoints off, missing
and hidden. Photographs are those of Human3.6M and MPI-INF-3DHP in mmpose's tests (see their terms): eight pictures, so
that their figures say something about kinds of errors only. Errors are mean distances of joints in millimetres:
root-relative (both skeletons moved so that the middles of their hips meet) and absolute (in the camera's frame).
"""

import argparse
import pickle
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "test")]

from spatial import shots  # noqa: E402
from spatial.bodies import Body  # noqa: E402

from trt_pose_ros import PosePipeline, Topology  # noqa: E402
from trt_pose_ros.geometry import CameraModel  # noqa: E402
from trt_pose_ros.lifting import open_lifter  # noqa: E402
from trt_pose_ros.poses import NO_TRACK, Poses  # noqa: E402
from trt_pose_ros.spatial import GroundOptions, Locating, Scene  # noqa: E402

COCO = Topology.load("coco_17")
HIPS = [COCO.index("left_hip"), COCO.index("right_hip")]
RATE, SECONDS = 15, 3.0
# joints in the order of the data sets
H36M = ("", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "", "", "", "",
        "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist")  # fmt: skip
MPI = ("", "", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", "right_hip",
       "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "", "", "")  # fmt: skip
SEED = "the 3D demo's network, as its authors tell (other people: CMU Panoptic)"


class Road:
    """One way to find people: a Locating, and what it is shown."""

    def __init__(self, name, lifter=None, floor=False, over_time=True):
        self.name, self._floor, self._over_time = name, floor, over_time
        self._locating = Locating()
        self._locating.lifter = lifter
        self._locating.ground = GroundOptions() if floor else None

    def __call__(self, poses, scene, stamp):
        if not self._over_time:
            poses = replace(poses, track_ids=np.full(len(poses), NO_TRACK))
        if not self._floor:
            scene = replace(scene, in_world=None)
        return self._locating.infer(self._locating.measure(poses, scene), scene, "camera", stamp)


def roads(path):
    """What is compared."""
    return [
        Road("floor alone: feet, and an upright plane", floor=True),
        Road("lifting, one image", open_lifter(path), over_time=False),
        Road("lifting over time", open_lifter(path)),
        Road("lifting over time, with the floor", open_lifter(path), floor=True),
    ]


def cameras(rng, joints):
    """A CameraModel, and a Transform of its optical frame into the world, from which ``joints`` [T, 17, 3] are seen."""
    height, distance = rng.uniform(0.4, 1.8), rng.uniform(2.0, 5.0)
    yaw = rng.uniform(0, 2 * np.pi)
    middle = joints[..., :2].mean(axis=(0, 1))
    place = middle - distance * np.array([np.cos(yaw), np.sin(yaw)])
    down = np.arctan2(height - 0.9, distance) + rng.normal(0, 0.05)
    return shots.camera(640, 480, 65.0), shots.looking(height, place, yaw + rng.normal(0, 0.1), down)


def recorded(folder, held_out) -> Iterator[shots.Crowd]:
    """Motions that no network learnt from."""
    from trt_pose_training.lift.mocap import FRAMES, read_all

    for name, joints in read_all(folder):
        if any(part in name for part in held_out) and len(joints) > 1:
            joints = joints[:: round(FRAMES / RATE)][: int(RATE * SECONDS)].astype(np.float64)
            joints[..., 2] += 0.08 - np.quantile(joints[:, 15:, 2].min(axis=1), 0.2)  # the feet onto the floor
            yield shots.Crowd((Body.around(joints),), joints[:, None], np.arange(len(joints)) / RATE)


def generated(count=24) -> Iterator[shots.Crowd]:
    """The generator's people, one a sequence."""
    times = np.arange(int(RATE * SECONDS)) / RATE
    for seed in range(count):
        yield shots.crowd(seed=seed, people=1, times=times, spread=0.5)


def measure(crowds, compared, seed=0):
    """Errors of each road: [N, 17, 3] found less true, and the root's, NaN of those who were not placed."""
    rng = np.random.default_rng(seed)
    errors = {road.name: [] for road in compared}
    sure = {road.name: [] for road in compared}
    for number, crowd in enumerate(crowds):
        camera, in_world = cameras(rng, crowd.joints[:, 0])
        for shot in shots.film(crowd, camera, in_world, seed=seed + number):
            poses = replace(shot.poses, track_ids=shot.poses.track_ids + 100 * number)
            for road in compared:
                there = road(poses, shot.scene, shot.stamp + 1000 * number)
                positions = there.positions if there.positions is not None else np.full(shot.positions.shape, np.nan)
                errors[road.name].append(positions - shot.positions)
                stddevs = there.position_stddevs
                sure[road.name].append(np.full(positions.shape[:2], np.nan) if stddevs is None else stddevs)
    return {name: (np.concatenate(off), np.concatenate(sure[name])) for name, off in errors.items()}


def row(name, errors, stddevs=None, known=slice(None)):
    """One line of the table."""
    off = errors[:, known]
    root = errors[:, HIPS].mean(axis=1, keepdims=True)
    relative, absolute = np.linalg.norm(off - root, axis=-1), np.linalg.norm(off, axis=-1)
    placed = np.isfinite(relative).mean() if relative.size else 0.0
    if not placed:
        return f"{name:45} {'-':>9} {'-':>9} {'-':>9} {0:6.0%}"
    where = np.linalg.norm(root, axis=-1)
    line = f"{name:45} {1000 * np.nanmean(relative):9.0f} {1000 * np.nanmean(absolute):9.0f}"
    line += f" {1000 * np.nanmedian(where):9.0f} {placed:6.0%}"
    if stddevs is not None:
        line += f" {np.sqrt(np.nanmean((absolute / stddevs[:, known]) ** 2)):8.2f}"
    return line


def heading(title):
    print(f"\n{title}")
    print(f"{'':45} {'relative':>9} {'absolute':>9} {'root, md.':>9} {'found':>6} {'err/sd':>8}")


def photographs(folder):
    """Of each picture: its name, Poses of true keypoints, true positions [17, 3], CameraModel."""
    with (folder / "h36m/cameras.pkl").open("rb") as file:
        h36m = pickle.load(file)
    with (folder / "mpi_inf_3dhp/cameras_test.pkl").open("rb") as file:
        mpi = pickle.load(file)
    with (folder / "mpi_inf_3dhp/cameras_train.pkl").open("rb") as file:
        mpi |= pickle.load(file)
    for path, order in (("h36m/test_h36m_body3d.npz", H36M), ("mpi_inf_3dhp/test_3dhp_test.npz", MPI),
                        ("mpi_inf_3dhp/test_3dhp_train.npz", MPI)):  # fmt: skip
        data = np.load(folder / path)
        for name, keypoints, joints in zip(data["imgname"], data["part"], data["S"], strict=True):
            there = {joint: i for i, joint in enumerate(order) if joint}
            pixels, positions = np.full((1, 17, 3), (np.nan, np.nan, 0.0)), np.full((17, 3), np.nan)
            for joint, i in there.items():
                pixels[0, COCO.index(joint)] = (*keypoints[i, :2], 1.0)
                positions[COCO.index(joint)] = joints[i, :3]
            yield (
                folder / Path(path).parent / name,
                Poses(COCO, pixels, np.ones(1)),
                positions,
                _camera(name, h36m, mpi),
            )


def _camera(name, h36m, mpi):
    stem = Path(name).stem
    if stem[:2] == "TS":
        entry = mpi[stem.split("_")[0]]
    elif "Cam" in stem:
        subject, sequence, camera, _ = stem.split("_")
        entry = next(c for k, c in mpi.items() if _same(k, subject, sequence, camera))
    else:
        entry = h36m[stem.split("_")[0], stem.split(".")[1].split("_")[0]]
    (fx, fy), (cx, cy) = np.ravel(entry["f"]), np.ravel(entry["c"])
    if "k" not in entry:
        return CameraModel(int(entry["w"]), int(entry["h"]), fx, fy, cx, cy)
    k, p = np.ravel(entry["k"]), np.ravel(entry["p"])
    return CameraModel(int(entry["w"]), int(entry["h"]), fx, fy, cx, cy, "plumb_bob", (k[0], k[1], p[0], p[1], k[2]))


def _same(key, subject, sequence, camera):
    text = "_".join(map(str, key)) if isinstance(key, tuple) else str(key)
    return text in (f"{subject}_{sequence}_{camera}", f"{subject}_{sequence}_{camera.removeprefix('Cam')}")


def measure_photographs(folder, lifter, models):
    """Errors by road, [N, 17, 3]."""
    road = Road("", lifter, over_time=False)
    errors = {"lifting the true keypoints": []}
    pipelines = {Path(path).stem: PosePipeline.open(path, "openvino") for path in models}
    for path, poses, truth, camera in photographs(folder):
        scene = Scene(camera)
        errors["lifting the true keypoints"].append(road(poses, scene, 0.0).positions[0] - truth)
        image = cv2.imread(str(path))
        for name, pipeline in pipelines.items():
            relative = any(
                m.manifest.family in ("paf3d", "blazepose") for m in (pipeline.model, pipeline.model.person) if m
            )
            pipeline.locating.lifter = None if relative else lifter
            pipeline.locating.ground = None
            found = pipeline([image], scenes=[scene])[0].as_topology(COCO)
            label = name if relative else f"lifting {name}'s keypoints"
            errors.setdefault(label, []).append(_nearest(found, poses, truth))
    return {name: np.stack(off) for name, off in errors.items()}


def _nearest(found, poses, truth):
    """Errors of the person who is found where the true one is."""
    if not len(found) or found.positions is None:
        return np.full(truth.shape, np.nan)
    off = np.linalg.norm(found.keypoints[..., :2] - poses.keypoints[..., :2], axis=-1)
    far = np.nan_to_num(off, nan=0.0).sum(axis=1) / np.maximum(np.isfinite(off).sum(axis=1), 0.01)
    return found.positions[int(np.argmin(np.where(np.isfinite(off).any(axis=1), far, np.inf)))] - truth


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mocap", type=Path, help="folder of motions, as for trt_pose_training.lift.train")
    parser.add_argument("--experiment", type=Path, default=ROOT / "training/experiments/lift.yaml",
                        help="says which of them were held out")  # fmt: skip
    parser.add_argument("--lifter", type=Path, help="network; default: the bundled one")
    parser.add_argument("--photographs", type=Path, help="tests/data of mmpose")
    parser.add_argument("--model", nargs="*", default=[], help="models that look at the photographs")
    arguments = parser.parse_args()
    sequences = {"the generator's people": generated()}
    if arguments.mocap is not None:
        from trt_pose_training.lift.train import LiftSettings

        held_out = LiftSettings.load(arguments.experiment).held_out
        sequences = {"recorded motions, held out": recorded(arguments.mocap, held_out)} | sequences
    for title, crowds in sequences.items():
        heading(title)
        for name, (errors, stddevs) in measure(crowds, roads(arguments.lifter)).items():
            print(row(name, errors, stddevs))
    if arguments.photographs is not None:
        heading("photographs, twelve joints")
        known = [i for i, name in enumerate(COCO.keypoints) if i >= 5]
        for name, errors in measure_photographs(arguments.photographs, open_lifter(arguments.lifter),
                                                arguments.model).items():  # fmt: skip
            print(row(name, errors, known=known))
    print(f"\n{SEED:75} 100 relative")


if __name__ == "__main__":
    main()
