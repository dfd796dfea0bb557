"""The multi-view samples in the repository open-mmlab/mmpose, tests/data: Shelf, Campus, CMU Panoptic.

TRT_POSE_MULTIVIEW names that folder. Nothing of it is committed.
"""

import json
import os
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.poses import Poses
from trt_pose_ros.spatial.views import Seen, View
from trt_pose_ros.topology import Topology
from trt_pose_ros.transforms import Transform

FOLDER = Path(os.environ.get("TRT_POSE_MULTIVIEW") or "no_such_folder")
COCO = Topology.load("coco_17")
# The 14 joints of Shelf and Campus and the limbs that PCP counts.
ACTOR_LIMBS = ((0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (7, 8), (9, 10), (10, 11), (12, 13), ("hips", 12))
_ACTOR_JOINTS = [
    f"{side}_{joint}"
    for limb in (("ankle", "knee", "hip"), ("wrist", "elbow", "shoulder"))
    for side, order in (("right", limb), ("left", limb[::-1]))
    for joint in order
] + ["neck", "head"]
ACTOR = Topology(
    "actor_14",
    tuple(_ACTOR_JOINTS),
    (),
    tuple([*(COCO.sigmas[COCO.index(n)] for n in _ACTOR_JOINTS[:12]), 0.079, 0.05]),
)
# CMU's 19 joints that COCO has too, by their number there
_PANOPTIC = {
    1: "nose", 3: "left_shoulder", 4: "left_elbow", 5: "left_wrist", 6: "left_hip", 7: "left_knee", 8: "left_ankle",
    9: "right_shoulder", 10: "right_elbow", 11: "right_wrist", 12: "right_hip", 13: "right_knee", 14: "right_ankle",
    15: "left_eye", 16: "left_ear", 17: "right_eye", 18: "right_ear",
}  # fmt: skip
_CM = 0.01


@dataclass
class Sample:
    """Some frames of a data set.

    Attributes:
        views: by camera.
        frames: {camera: float [P, 17, 3] of COCO keypoints in pixels} each, as a network found them.
        truth: {actor: float [J, 3] metres} each.
    """

    views: dict
    frames: list
    truth: list


def seen(views, found, topology=COCO, stamp=0.0):
    """The images of a moment as Fusing takes them, with ``found`` {camera: float [P, K, 3]} in them."""
    return [
        Seen(name, views[name], Poses(topology, people, people[:, :, 2].max(axis=1, initial=0.0)), stamp)
        for name, people in found.items()
    ]


class _Unpickler(pickle.Unpickler):
    """Makes arrays and containers only."""

    def find_class(self, module, name):
        if module.split(".")[0] in ("numpy", "collections") or (module, name) == ("builtins", "list"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} in a file of arrays")


def actors(name):
    """The sample of ``shelf`` or ``campus``; Campus comes without keypoints."""
    from scipy.io import loadmat

    folder = FOLDER / name
    calibration = json.loads((folder / f"calibration_{name}.json").read_text())
    width, height = (1032, 776) if name == "shelf" else (360, 288)
    views = {}
    for camera, c in calibration.items():
        rotation, centre = np.array(c["R"]), np.array(c["T"]).ravel() / 1000
        k, p = np.ravel(c["k"]), np.ravel(c["p"])
        lens = CameraModel(
            width, height, c["fx"], c["fy"], c["cx"], c["cy"], "plumb_bob", (k[0], k[1], p[0], p[1], k[2])
        )
        left, _, right = np.linalg.svd(rotation)  # seven digits of a rotation
        views[camera] = View(lens, Transform((left @ right).T, centre))
    with (folder / f"pred_{name}_maskrcnn_hrnet_coco.pkl").open("rb") as file:
        found = _Unpickler(file).load()
    truth3d = loadmat(folder / "actorsGT.mat")["actor3D"][0]
    count = len(truth3d[0])
    frames = [
        {
            camera: np.array([p["pred"] for p in found.get(f"{camera}_{frame}", [])]).reshape(-1, 17, 3)
            for camera in views
        }
        for frame in range(count)
    ]
    truth = []
    for frame in range(count):
        there = {actor: _unboxed(of_actor[frame, 0]) for actor, of_actor in enumerate(truth3d)}
        truth.append({actor: joints for actor, joints in there.items() if joints.size})
    return Sample(views, frames, truth)


def _unboxed(value):
    while value.dtype == object:
        value = value.ravel()[0]
    return value


def annotated(name):
    """{(frame, actor, camera): float [14, 2]}: the actors' joints in the images, by hand."""
    from scipy.io import loadmat

    truth = loadmat(FOLDER / name / "actorsGT.mat")["actor2D"][0]
    return {
        (frame, actor, camera): pixels
        for actor, of_actor in enumerate(truth)
        for frame in range(len(of_actor))
        for camera, pixels in enumerate(map(_unboxed, _images(of_actor[frame, 0])))
        if pixels.size
    }


def _images(value):
    while value.size == 1 and value.dtype == object:
        value = value.ravel()[0]
    return value.ravel() if value.dtype == object else []


def pcp3d(sample, people_of, alpha=0.5):
    """{actor: (limbs that are right, limbs)}: percentage of correct parts in space.

    A limb is right where the mean error of its ends is no more than ``alpha`` of its length (Ferrari et al. 2008;
    Belagiannis et al. 2014). Each actor is held against the nearest body.

    Args:
        sample: the Sample.
        people_of: function of a frame's number that gives bodies, float [P, 14, 3].
    """
    counts = {}
    for frame, actors_there in enumerate(sample.truth):
        bodies = people_of(frame)
        for actor, truth in actors_there.items():
            errors = [np.nanmean(np.linalg.norm(body - truth, axis=1)) for body in bodies]
            right = 0
            if errors and np.nanmin(errors) < 1.0:
                right = sum(_right(bodies[int(np.nanargmin(errors))], truth, limb, alpha) for limb in ACTOR_LIMBS)
            before = counts.get(actor, (0, 0))
            counts[actor] = before[0] + right, before[1] + len(ACTOR_LIMBS)
    return counts


def _right(body, truth, limb, alpha):
    def end(joints, which):
        return joints[[2, 3]].mean(axis=0) if which == "hips" else joints[which]

    ends = [(end(body, which), end(truth, which)) for which in limb]
    error = np.mean([np.linalg.norm(a - b) for a, b in ends])
    return bool(error <= alpha * np.linalg.norm(ends[0][1] - ends[1][1]))


def panoptic(band="160906_band1"):
    """(views of the HD cameras by name, [frame: float [P, 17, 3] metres]) of a sequence of CMU Panoptic."""
    folder = FOLDER / "panoptic_body3d" / band
    calibration = json.loads((folder / f"calibration_{band}.json").read_text())
    views = {}
    for c in calibration["cameras"]:
        if c["type"] != "hd":
            continue
        k, rotation, t = np.array(c["K"]), np.array(c["R"]), _CM * np.array(c["t"]).ravel()
        lens = CameraModel(*c["resolution"], k[0, 0], k[1, 1], k[0, 2], k[1, 2], "plumb_bob", tuple(c["distCoef"]))
        views[c["name"]] = View(lens, Transform(rotation, t).inverse)
    frames = []
    for file in sorted((folder / "hdPose3d_stage1_coco19").glob("*.json")):
        bodies = []
        for body in json.loads(file.read_text())["bodies"]:
            joints = _CM * np.array(body["joints19"]).reshape(19, 4)[:, :3]
            there = np.full((17, 3), np.nan)
            for number, name in _PANOPTIC.items():
                there[COCO.index(name)] = joints[number]
            bodies.append(there)
        frames.append(np.array(bodies).reshape(-1, 17, 3))
    return views, frames


def projected(views, bodies, random, topology=COCO, noise=0.5, wild=0.0):
    """{camera: float [P, K, 3]}: keypoints of ``bodies`` [P, K, 3] as a network would find them.

    Args:
        views: by camera.
        noise: standard deviation in OKS sigmas of the body in the image.
        wild: share of keypoints that are anywhere on the body.
    """
    found = {}
    for name, view in views.items():
        xy = view.project(bodies)
        width, height = view.camera.width, view.camera.height
        sizes = np.linalg.norm(np.nanmax(xy, axis=1) - np.nanmin(xy, axis=1), axis=1)[:, None]
        error = noise * np.sqrt(0.3) * sizes * np.array(topology.sigmas)
        xy = xy + error[:, :, None] * random.normal(size=xy.shape)
        anywhere = random.random(xy.shape[:2]) < wild
        others = np.take_along_axis(xy, random.integers(0, xy.shape[1], xy.shape[:2])[:, :, None], axis=1)
        xy = np.where(anywhere[:, :, None], others, xy)
        inside = np.isfinite(xy).all(axis=2) & ((xy >= 0) & (xy < (width, height))).all(axis=2)
        keypoints = np.where(
            inside[:, :, None], np.concatenate([xy, np.full((*xy.shape[:2], 1), 0.9)], axis=2), (np.nan, np.nan, 0)
        )
        found[name] = keypoints[inside.sum(axis=1) >= 5]
    return found


def errors(found, truth):
    """Metres of each true keypoint to that of the nearest person found."""
    apart = np.linalg.norm(found[:, None] - truth[None], axis=-1)
    with np.errstate(all="ignore"):
        mean = np.where(np.isfinite(apart), apart, 0).sum(-1) / np.isfinite(apart).sum(-1)
    best = [apart[np.nanargmin(mean[:, i]), i] for i in range(len(truth)) if np.isfinite(mean[:, i]).any()]
    return [e for errors in best for e in errors[np.isfinite(errors)] if np.mean(errors[np.isfinite(errors)]) < 0.5]
