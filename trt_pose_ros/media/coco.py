"""COCO keypoint results: the JSON that ``trt-pose run`` writes and pycocotools reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from ..poses import KINDS, NO_TRACK, Poses
from ..poses import PERSON as A_PERSON
from ..topology import Topology
from .places import told_places

PERSON = 1  # COCO's category id
HAND = 2  # ours: programs that evaluate people pass over hands


def image_ids(names: Sequence[str]) -> tuple[list[int], str]:
    """An id for each image, no two alike, and what should be said about them (empty if nothing).

    File names like COCO's (``000000123456.jpg``) keep their number, and the others count on from the largest of these.
    Where two names have the same number (``1.png``, ``001.png``) none of them can be meant, so all are counted from 0.

    Args:
        names: file names, possibly with folders; each once.
    """
    numbers = [_number(name) for name in names]
    files = Counter(number for number in numbers if number is not None)
    twice = [number for number, times in files.items() if times > 1]
    if twice:
        return list(range(len(names))), f"several files are number {twice[0]}: image_id counts all files from 0"
    rest = count(max(files, default=-1) + 1)
    return [next(rest) if number is None else number for number in numbers], ""


def _number(name: str) -> int | None:
    # more than 15 digits not every reader of JSON keeps exactly
    stem = PurePosixPath(name).stem
    return int(stem) if re.fullmatch("0*[0-9]{1,15}", stem) else None


def reported_topology(topology: Topology) -> Topology:
    """COCO's topology for poses that have its 17 keypoints (so a neck is left out), else their own."""
    coco = Topology.load("coco_17")
    return coco if set(coco.keypoints) <= set(topology.keypoints) else topology


def results(
    poses: Poses,
    image_id: int,
    category_id: int = PERSON,
    topology: Topology | None = None,
    *,
    file_name: str | None = None,
    frame: int | None = None,
    time: float | None = None,
) -> list[dict[str, Any]]:
    """COCO keypoint results of the people in one image, a list of dicts ready for JSON.

    Reported are the keypoints of ``topology`` (None: :func:`reported_topology`) in its order, matched by name.
    x, y are pixels; a keypoint that was not found is (0, 0, 0), its third number the score otherwise.

    Args:
        image_id: different for each image.
        category_id: of people; hands get :data:`HAND`.
        file_name, frame, time: of the image, its number in the video and its seconds from the beginning; reported
            where given. So are the ``track_id`` of people who have one, the ``kind`` of hands and the ``owner_id`` of
            those whose owner has an identity, and where they are in space, see :func:`~.places.told_places`. COCO's own
            format has none of these.
    """
    poses = poses.as_topology(topology or reported_topology(poses.topology))
    # people located by several cameras are nowhere in an image
    there = poses.found & np.isfinite(poses.keypoints[:, :, 0])
    keypoints = np.where(there[:, :, None], poses.keypoints, 0).astype(float)
    where = {"file_name": file_name, "frame": frame, "time": None if time is None else round(time, 3)}
    told = {key: value for key, value in where.items() if value is not None}
    return [
        {"image_id": image_id, "category_id": category_id if kind == A_PERSON else HAND}
        | {"keypoints": [round(v, 3) for v in person.ravel().tolist()], "score": round(float(score), 5)}
        | told
        | ({"track_id": int(track_id)} if track_id != NO_TRACK else {})
        | ({} if kind == A_PERSON else {"kind": KINDS[kind]})
        | ({"owner_id": int(owner_id)} if owner_id != NO_TRACK else {})
        | told_places(poses, row)
        for row, (person, score, track_id, kind, owner_id) in enumerate(
            zip(keypoints, poses.scores, poses.track_ids, poses.kinds, poses.owner_ids, strict=True)
        )
    ]
