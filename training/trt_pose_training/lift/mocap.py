"""Motion capture of the CMU Graphics Lab as COCO's 17 joints: z up, metres, 30 frames a second.

Two kinds of files are read: Acclaim's ``.amc`` with the ``.asf`` of its subject beside it, as the laboratory gives
them out, and the ``.txt`` of joint angles as exponential maps that the work on motion prediction passes around, which
share one skeleton. Who moves is none of this module's business: :mod:`.augment` gives everybody another build.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from trt_pose_ros.topology import Topology

FRAMES = 30.0  # a second
_AMC_FRAMES = 120.0
_TEXT_FRAMES = 120.0
_UNIT = 0.0254 / 0.45  # metres
_UP = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])  # from the laboratory's axes, y up and z ahead
_TOPOLOGY = Topology.load("coco_17")

# ears, eyes and nose from the middle between the ears, metres in a head of x left, y up, z ahead
_FACE = {
    "nose": (0.0, -0.035, 0.105),
    "left_eye": (0.032, 0.0, 0.085),
    "right_eye": (-0.032, 0.0, 0.085),
    "left_ear": (0.075, 0.0, 0.0),
    "right_ear": (-0.075, 0.0, 0.0),
}
# joint: bone at whose end it lies
_BONES = {
    side + joint: side[0] + bone
    for side in ("left_", "right_")
    for joint, bone in {
        "shoulder": "clavicle",
        "elbow": "humerus",
        "wrist": "radius",
        "hip": "hipjoint",
        "knee": "femur",
        "ankle": "tibia",
    }.items()
}
# of the text files' skeleton: joint, parent, offset from it in the parent's frame in units of 0.45 inch
_CHAIN = (
    ("root", None, (0, 0, 0)),
    ("left_hip", "root", (1.65674, -1.80282, 0.62477)),
    ("left_knee", "left_hip", (2.5972, -7.13576, 0)),
    ("left_ankle", "left_knee", (2.49236, -6.8477, 0)),
    ("right_hip", "root", (-1.6107, -1.80282, 0.62476)),
    ("right_knee", "right_hip", (-2.59502, -7.12977, 0)),
    ("right_ankle", "right_knee", (-2.4678, -6.78024, 0)),
    ("lower_back", "root", (0, 0, 0)),
    ("spine", "lower_back", (0.01961, 2.0545, -0.14112)),
    ("chest", "spine", (0.01021, 2.06436, -0.05921)),
    ("neck", "chest", (0, 0, 0)),
    ("upper_neck", "neck", (0.00713, 1.56711, 0.14968)),
    ("head", "upper_neck", (0.03429, 1.56041, -0.10006)),
    ("skull", "head", (0.01305, 1.6256, -0.05265)),
    ("left_collar", "chest", (0, 0, 0)),
    ("left_shoulder", "left_collar", (3.54205, 0.90436, -0.17364)),
    ("left_elbow", "left_shoulder", (4.86513, 0, 0)),
    ("left_wrist", "left_elbow", (3.35554, 0, 0)),
    ("right_collar", "chest", (0, 0, 0)),
    ("right_shoulder", "right_collar", (-3.49802, 0.75994, -0.32616)),
    ("right_elbow", "right_shoulder", (-5.02649, 0, 0)),
    ("right_wrist", "right_elbow", (-3.36431, 0, 0)),
)
_COLUMNS = {"root": 0, "left_hip": 2, "left_knee": 3, "left_ankle": 4, "right_hip": 8, "right_knee": 9,
            "right_ankle": 10, "lower_back": 13, "spine": 14, "chest": 15, "neck": 16, "upper_neck": 17, "head": 18,
            "skull": 19, "left_collar": 20, "left_shoulder": 21, "left_elbow": 22, "left_wrist": 23,
            "right_collar": 29, "right_shoulder": 30, "right_elbow": 31, "right_wrist": 32}  # fmt: skip
_NECK = ("neck", "upper_neck", "head")


def read_all(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Every motion below a folder: its name (the file's path without suffix) and float32 [T, 17, 3].

    Raises:
        ValueError: there is none, or a file is damaged.
    """
    files = sorted(path for suffix in ("amc", "txt") for path in folder.rglob(f"*.{suffix}"))
    if not files:
        raise ValueError(f"no motions (.amc with .asf, .txt) below {folder}")
    for path in files:
        joints = read_amc(path) if path.suffix == ".amc" else read_text(path)
        yield path.relative_to(folder).with_suffix("").as_posix(), joints.astype(np.float32)


def read_text(path: Path) -> np.ndarray:
    """float64 [T, 17, 3] of a file of exponential maps: a frame a line, place and 38 rotations."""
    values = np.loadtxt(path, delimiter=",", ndmin=2)
    if values.shape[1] != 117:
        raise ValueError(f"{path} has lines of {values.shape[1]} numbers, must be 117")
    rest, values = values[:1], values[1 :: round(_TEXT_FRAMES / FRAMES)]  # the first frame is the skeleton at rest
    places: dict[str, np.ndarray] = {}
    turns: dict[str, np.ndarray] = {}
    for name, parent, offset in _CHAIN:
        columns = slice(3 + 3 * _COLUMNS[name], 6 + 3 * _COLUMNS[name])
        turn = rotations(values[:, columns])
        if name in _NECK:  # which at rest is bent, other than the people
            turn = turn @ rotations(-rest[:, columns])
        if parent is None:
            places[name], turns[name] = values[:, :3] * _UNIT, turn
        else:
            # rotations are told for rows, so they are used turned over
            places[name] = places[parent] + np.einsum("tij,i->tj", turns[parent], np.multiply(offset, _UNIT))
            turns[name] = turn @ turns[parent]
    return _joints(places, places["skull"], turns["head"].transpose(0, 2, 1))


def read_amc(path: Path) -> np.ndarray:
    """float64 [T, 17, 3] of an Acclaim motion, whose subject's skeleton is the ``.asf`` beside it."""
    skeletons = sorted(path.parent.glob("*.asf"))
    if len(skeletons) != 1:
        raise ValueError(f"beside {path} there are {len(skeletons)} .asf files, must be one")
    bones, parents = _read_asf(skeletons[0])
    poses = _read_frames(path, round(_AMC_FRAMES / FRAMES))
    turn = _euler(poses["root"][:, 3:])
    ends, turns = {"root": poses["root"][:, :3] * _UNIT}, {"root": turn}
    for name, parent in parents:
        direction, axis, axes = bones[name]
        moved = np.zeros((len(turn), 3))
        if name in poses:
            moved[:, axes] = poses[name]
        turns[name] = turns[parent] @ axis @ _euler(moved) @ axis.T
        ends[name] = ends[parent] + turns[name] @ direction
    return _joints({joint: ends[bone] for joint, bone in _BONES.items()}, ends["head"], turns["head"])


def _joints(places: dict[str, np.ndarray], skull: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """The joints [T, 17, 3], z up, of their places by name, with a face before the skull's middle."""
    face = {name: skull + turn @ np.array(place) for name, place in _FACE.items()}
    joints = np.stack([(face | places)[name] for name in _TOPOLOGY.keypoints], axis=1) @ _UP.T
    if not np.isfinite(joints).all():
        raise ValueError("a motion with numbers that are not finite")
    return joints


def _read_asf(path: Path) -> tuple[dict[str, tuple[np.ndarray, np.ndarray, list[int]]], list[tuple[str, str]]]:
    """Bones (name: way along it in metres, its axes, which of them turn) and (bone, parent), parents first."""
    text = path.read_text()
    bones = {}
    for block in text.split(":bonedata")[1].split(":hierarchy")[0].split("begin")[1:]:
        fields = {words[0]: words[1:] for line in block.splitlines() if (words := line.split())}
        way = np.array(fields["direction"], float) * float(fields["length"][0]) * _UNIT
        axis = _euler(np.array([fields["axis"][:3]], float))[0]
        bones[fields["name"][0]] = way, axis, [["rx", "ry", "rz"].index(dof) for dof in fields.get("dof", [])]
    lines = [line.split() for line in text.split(":hierarchy")[1].splitlines()]
    return bones, [(child, words[0]) for words in lines if len(words) > 1 for child in words[1:]]


def _read_frames(path: Path, step: int) -> dict[str, np.ndarray]:
    """Numbers of each bone in every ``step``-th frame."""
    frames: list[dict[str, list[float]]] = []
    number = -1
    for line in path.read_text().splitlines():
        words = line.split()
        if len(words) == 1 and words[0].isdigit():
            number += 1
            if number % step == 0:
                frames.append({})
        elif number >= 0 and number % step == 0 and words:
            frames[-1][words[0]] = [float(word) for word in words[1:]]
    if not frames:
        raise ValueError(f"{path} holds no motion")
    return {name: np.array([frame[name] for frame in frames]) for name in frames[0]}


def _euler(degrees: np.ndarray) -> np.ndarray:
    """[T, 3, 3]: turns about x, then y, then z."""
    x, y, z = (rotations(np.radians(degrees[:, i, None]) * np.eye(3)[i]) for i in range(3))
    return z @ y @ x


def rotations(vectors: np.ndarray) -> np.ndarray:
    """[..., 3, 3] of rotation vectors [..., 3] (Rodrigues' formula)."""
    angle = np.linalg.norm(vectors, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(vectors / np.maximum(angle[..., 0], 1e-12), -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
