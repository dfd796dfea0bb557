"""The people in a ``keypoints.json`` that ``trt-pose run`` has written, image by image."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from ..poses import NO_TRACK, Poses
from ..topology import Topology

_TOPOLOGIES = {17: "coco_17", 21: "hand_21"}  # by how many keypoints there are


def people_of_file(path: str | os.PathLike[str]) -> list[tuple[float, Poses]]:
    """(seconds, people) of the images in which there are any: by time, or pictures in the file's order with time NaN.

    Raises:
        OSError: the file can't be read.
        ValueError: it is none of COCO's 17 keypoints, nor of a hand's 21.
    """
    try:
        entries = json.loads(Path(path).read_bytes())
        if not isinstance(entries, list):
            raise ValueError("it holds no list of results")
        images: dict[tuple[float, Any], list[dict[str, Any]]] = {}
        for entry in entries:
            time = entry.get("time")
            key = (math.inf, entry["image_id"]) if time is None else (float(time), None)
            images.setdefault(key, []).append(entry)
        counts = {len(entry["keypoints"]) // 3 for entry in entries}
        if len(counts) > 1 or not counts <= _TOPOLOGIES.keys():
            raise ValueError(f"its people have {sorted(counts)} keypoints, must have 17 or be hands with 21")
        timed = sorted((key for key in images if key[1] is None), key=lambda key: key[0])
        order = [*timed, *(key for key in images if key[1] is not None)]
        topology = Topology.load(_TOPOLOGIES[counts.pop()]) if counts else Topology.load("coco_17")
        return [(key[0] if key[1] is None else math.nan, _poses(images[key], topology)) for key in order]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{path} is no keypoints.json, as trt-pose run writes it: {error!r}") from None


def _poses(people: list[dict[str, Any]], topology: Topology) -> Poses:
    keypoints = np.array([person["keypoints"] for person in people], np.float32)
    keypoints = keypoints.reshape(len(people), len(topology.keypoints), 3)
    keypoints[~(keypoints[:, :, 2] > 0)] = (np.nan, np.nan, 0)
    scores = np.array([person["score"] for person in people], np.float32)
    return Poses(topology, keypoints, scores, np.array([person.get("track_id", NO_TRACK) for person in people]))
