"""The people found in a bag's images as a file: JSON, a line an image, the same bytes for the same input.

The first line is a header. Pixels are rounded to a thousandth, scores to five digits, positions to a tenth of a
millimetre. docs/replay.md describes every field.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..media.places import read_places, told_places
from ..poses import KINDS, NO_TRACK, Poses
from ..topology import Topology

# in the folder of a replay; EVENTS only where rules were given
FILE, TIMINGS, EVENTS, SUMMARY = "results.jsonl", "timings.jsonl", "events.jsonl", "summary.json"
FORMAT, VERSION = "trt_pose_ros.results", 1

_PIXELS, _SCORES = 3, 5  # digits after the point


@dataclass(frozen=True)
class Image:
    """Which image of which bag.

    Attributes:
        bag: name of the bag.
        topic: of the image.
        camera: its name; empty for the only one.
        index: how many images of the topic came before it, the unreadable ones included.
        stamp: of its header, nanoseconds.
        width, height: pixels.
    """

    bag: str
    topic: str
    camera: str
    index: int
    stamp: int
    width: int
    height: int


def header(model: Mapping[str, Any], topology: Topology, options: Mapping[str, Any], bags: list[str]) -> dict[str, Any]:
    """The first line of a file of results.

    Args:
        model: name, sha256 and family.
        topology: of the people.
        options: all that the results depend on besides.
        bags: their names.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "model": dict(model),
        "topology": topology.to_category(),
        "options": dict(options),
        "bags": bags,
    }


def entry(image: Image, poses: Poses) -> dict[str, Any]:
    """The line of an image; ``poses`` are the people in it, in its pixels."""
    return {**vars(image), "people": [_person(poses, row) for row in range(len(poses))]}


def line(content: Mapping[str, Any]) -> bytes:
    """A header or an entry as a line of the file."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _person(poses: Poses, row: int) -> dict[str, Any]:
    keypoints = [
        [round(x, _PIXELS), round(y, _PIXELS), round(score, _SCORES)] if score > 0 else [None, None, 0]
        for x, y, score in poses.keypoints[row].tolist()
    ]
    person: dict[str, Any] = {
        "kind": KINDS[poses.kinds[row]],
        "track_id": int(poses.track_ids[row]),
        "score": round(float(poses.scores[row]), _SCORES),
        "keypoints": keypoints,
    }
    if poses.owner_ids[row] != NO_TRACK:
        person["owner_id"] = int(poses.owner_ids[row])
    return person | told_places(poses, row)


@dataclass(frozen=True)
class Results:
    """A file of results; iterating reads it line by line, so it may be larger than memory.

    Attributes:
        path: of the file.
        header: its first line.
        topology: of the people.
    """

    path: Path
    header: dict[str, Any]
    topology: Topology

    def __iter__(self) -> Iterator[tuple[Image, Poses]]:
        """The images in the file's order, each with its people.

        Raises:
            OSError: the file can't be read.
            ValueError: a line is none of such a file; the message names it.
        """
        with self.path.open("rb") as file:
            next(file)
            for number, text in enumerate(file, 2):
                try:
                    record = json.loads(text)
                    image = Image(**{name: record[name] for name in Image.__dataclass_fields__})
                    yield image, _poses(record["people"], self.topology, image.camera)
                except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                    raise ValueError(
                        f"{self.path}, line {number}: not an image's results ({type(error).__name__}: {error})"
                    ) from None


def load_results(path: str | os.PathLike[str]) -> Results:
    """Open the results of a replay.

    Args:
        path: the file, or the folder that ``trt-pose replay`` has left.

    Raises:
        OSError: there is no such file.
        ValueError: it is no file of results, or one of a later version.
    """
    file = Path(path)
    file = file / FILE if file.is_dir() else file
    with file.open("rb") as lines:
        try:
            first = json.loads(lines.readline())
            if first["format"] != FORMAT:
                raise ValueError(f"format is {first['format']!r}")
            if first["version"] != VERSION:
                raise ValueError(f"version is {first['version']!r}, only {VERSION} is known: update trt_pose_ros")
            return Results(file, first, Topology.from_category(first["topology"], source=f"{file}: topology"))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(f"{file} does not hold results of trt-pose replay: {error}") from None


def _poses(people: list[dict[str, Any]], topology: Topology, camera: str) -> Poses:
    if not people:
        return replace(Poses.empty(topology), camera=camera)
    return Poses(
        topology,
        np.array([p["keypoints"] for p in people], np.float32),
        np.array([p["score"] for p in people], np.float32),
        np.array([p["track_id"] for p in people], np.int32),
        kinds=np.array([KINDS.index(p["kind"]) for p in people], np.uint8),
        owner_ids=np.array([p.get("owner_id", NO_TRACK) for p in people], np.int32),
        camera=camera,
        **read_places(people, len(topology.keypoints)),
    )
