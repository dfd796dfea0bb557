"""Bodies: from recorded motions to other people's, who do other things as well.

A body is taken apart into its bones. What a bone points at comes from the recording, how long it is from chance; arms
and legs may be those of two recordings, and people sit, lean, lie and look around more often than they were recorded.
"""

from __future__ import annotations

import numpy as np

from trt_pose_ros.topology import Topology

from .mocap import rotations

_TOPOLOGY = Topology.load("coco_17")
_J = {name: i for i, name in enumerate(_TOPOLOGY.keypoints)}
_SWAP = list(_TOPOLOGY.swap)
_FACE = [_J[n] for n in ("nose", "left_eye", "right_eye", "left_ear", "right_ear")]
_CHILD = 0.12  # of the people are children
_MIX, _LEGS, _ARMS, _LEAN, _LIE = 0.35, 0.3, 0.4, 0.25, 0.06  # shares of the windows in which that is changed


def bodies(rng: np.random.Generator, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """[N, T, 17, 3]: windows of motion, changed. Metres, z up, the lowest ankle about at the height of ankles.

    Args:
        rng: chance.
        first: [N, T, 17, 3], recorded motion.
        second: likewise; some get its arms, or its legs.
    """
    bones, other = _apart(first), _apart(second)
    count = len(first)
    for part in ("arms", "legs"):
        _choose(rng, _MIX / 2, bones, other, part)
    _bend_legs(rng, bones)
    arms = _turns(rng, count, 0.5) * (rng.random(count) < _ARMS)[:, None]
    for side in ("left", "right"):
        turn = rotations(arms * (1 if side == "left" else [1, -1, -1]) + _turns(rng, count, 0.15))[:, None]
        bones[side + "_upper_arm"] = _rotated(turn, bones[side + "_upper_arm"])
        bones[side + "_forearm"] = _rotated(
            turn @ rotations(_turns(rng, count, 0.3))[:, None], bones[side + "_forearm"]
        )
    look = rng.normal((-0.2, 0.0, 0.0), (0.35, 0.15, 0.5), (count, 3))
    bones["face"] = _rotated(rotations(look)[:, None, None], bones["face"])
    bones["neck"] = _rotated(rotations(look * (0.3, 0.3, 0.0))[:, None], bones["neck"])
    _resize(rng, bones)
    joints = _together(bones, rng)
    mirrored = rng.random(count) < 0.5
    joints[mirrored] = (joints[mirrored] * (-1, 1, 1))[:, :, _SWAP]
    turn = rotations(rng.uniform(0, 2 * np.pi, (count, 1)) * (0, 0, 1))
    lies = rotations(_turns(rng, count, 1.0) * (rng.random(count) < _LIE)[:, None])
    joints = np.einsum("nij,ntkj->ntki", turn @ lies, joints)
    joints[..., 2] += rng.normal(0.085, 0.02, count)[:, None, None] - joints[..., 2].min(axis=(1, 2))[:, None, None]
    return joints


def _apart(joints: np.ndarray) -> dict[str, np.ndarray]:
    """Bones [N, T, 3] by name; arms, neck and face in the frame of the chest, legs in that of the pelvis."""
    at = {name: joints[:, :, i].astype(np.float64) for name, i in _J.items()}
    root, thorax = (at["left_hip"] + at["right_hip"]) / 2, (at["left_shoulder"] + at["right_shoulder"]) / 2
    skull = (at["left_ear"] + at["right_ear"]) / 2
    spine = thorax - root
    pelvis = _frame(at["left_hip"] - at["right_hip"], spine)
    chest = _frame(at["left_shoulder"] - at["right_shoulder"], spine)
    bones = {"root": root, "pelvis": pelvis, "spine": _into(pelvis, spine), "neck": _into(chest, skull - thorax)}
    bones["face"] = np.einsum("ntij,ntki->ntkj", chest, joints[:, :, _FACE] - skull[:, :, None])
    bones["shoulders"] = at["left_shoulder"] - at["right_shoulder"]
    bones["hips"] = at["left_hip"] - at["right_hip"]
    bones["shoulders"] = _into(pelvis, bones["shoulders"])
    bones["hips"] = _into(pelvis, bones["hips"])
    for side in ("left", "right"):
        for name, start, end, frame in (
            ("upper_arm", "shoulder", "elbow", chest),
            ("forearm", "elbow", "wrist", chest),
            ("thigh", "hip", "knee", pelvis),
            ("shin", "knee", "ankle", pelvis),
        ):
            bones[f"{side}_{name}"] = _into(frame, at[f"{side}_{end}"] - at[f"{side}_{start}"])
    return bones


def _together(bones: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """The joints of bones; some people lean."""
    count = len(bones["root"])
    lean = rng.uniform((-0.4, -0.4, -0.5), (1.4, 0.4, 0.5), (count, 3)) * (rng.random(count) < _LEAN)[:, None]
    upper = bones["pelvis"] @ rotations(lean)[:, None]
    at = {}
    root, spine = bones["root"], _out(upper, bones["spine"])
    thorax, shoulders = root + spine, _out(upper, bones["shoulders"])
    chest, hips = _frame(shoulders, spine), _out(bones["pelvis"], bones["hips"])
    at["left_shoulder"], at["right_shoulder"] = thorax + shoulders / 2, thorax - shoulders / 2
    at["left_hip"], at["right_hip"] = root + hips / 2, root - hips / 2
    for side in ("left", "right"):
        at[f"{side}_elbow"] = at[f"{side}_shoulder"] + _out(chest, bones[f"{side}_upper_arm"])
        at[f"{side}_wrist"] = at[f"{side}_elbow"] + _out(chest, bones[f"{side}_forearm"])
        at[f"{side}_knee"] = at[f"{side}_hip"] + _out(bones["pelvis"], bones[f"{side}_thigh"])
        at[f"{side}_ankle"] = at[f"{side}_knee"] + _out(bones["pelvis"], bones[f"{side}_shin"])
    skull = thorax + _out(chest, bones["neck"])
    face = skull[:, :, None] + np.einsum("ntij,ntkj->ntki", chest, bones["face"])
    for position, index in enumerate(_FACE):
        at[_TOPOLOGY.keypoints[index]] = face[:, :, position]
    return np.stack([at[name] for name in _TOPOLOGY.keypoints], axis=2)


def _choose(rng: np.random.Generator, share: float, bones: dict, other: dict, part: str) -> None:
    names = ("upper_arm", "forearm") if part == "arms" else ("thigh", "shin")
    chosen = rng.random(len(bones["root"])) < share
    for side in ("left", "right"):
        for name in names:
            bones[f"{side}_{name}"] = np.where(chosen[:, None, None], other[f"{side}_{name}"], bones[f"{side}_{name}"])


def _bend_legs(rng: np.random.Generator, bones: dict[str, np.ndarray]) -> None:
    """Sit, squat, kneel and climb: thighs ahead, knees bent, the two legs more or less alike."""
    count = len(bones["root"])
    chosen = rng.random(count) < _LEGS
    lift, bend = rng.uniform(0.2, 2.0, count), rng.uniform(0.0, 2.3, count)
    for side in ("left", "right"):
        lifted = (lift + rng.normal(0, 0.25, count)) * chosen
        bent = np.clip(bend + rng.normal(0, 0.25, count), 0, 2.5) * chosen
        spread = rng.normal(0, 0.2, count) * chosen
        x, z = np.eye(3)[0], np.eye(3)[2]
        thigh = rotations(-lifted[:, None] * x + spread[:, None] * z)[:, None]
        bones[side + "_thigh"] = _rotated(thigh, bones[side + "_thigh"])
        bones[side + "_shin"] = _rotated(thigh @ rotations(bent[:, None] * x)[:, None], bones[side + "_shin"])


def _resize(rng: np.random.Generator, bones: dict[str, np.ndarray]) -> None:
    """Other people's lengths: of another stature, each kind of bone a little longer or shorter."""
    count = len(bones["root"])
    stature = rng.normal(0.99, 0.06, count)
    child = rng.random(count) < _CHILD
    stature = np.where(child, rng.uniform(0.6, 0.85, count), stature)
    widths = {"hips": (0.95, 1.5), "shoulders": (0.8, 1.1)}
    for group in ("spine", "neck", "face", "hips", "shoulders", "upper_arm", "forearm", "thigh", "shin"):
        low, high = widths.get(group, (0.9, 1.1))
        length = stature * rng.uniform(low, high, count)
        if group in ("face", "neck"):
            length *= np.where(child, 1.15, 1.0)
        for name in bones:
            if name.endswith(group):
                bones[name] = bones[name] * length.reshape(-1, *[1] * (bones[name].ndim - 1))
    bones["root"] = bones["root"] * stature[:, None, None]


def _turns(rng: np.random.Generator, count: int, spread: float) -> np.ndarray:
    return rng.normal(0, spread, (count, 3))


def _frame(left: np.ndarray, up: np.ndarray) -> np.ndarray:
    """[..., 3, 3] with columns left, behind and up of a part of the body."""
    x = left / np.maximum(np.linalg.norm(left, axis=-1, keepdims=True), 1e-9)
    y = np.cross(up, x)
    y /= np.maximum(np.linalg.norm(y, axis=-1, keepdims=True), 1e-9)
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def _into(frame: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return np.einsum("...ij,...i->...j", frame, vector)


def _out(frame: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return np.einsum("...ij,...j->...i", frame, vector)


def _rotated(turn: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return np.einsum("...ij,...j->...i", turn, vector)
