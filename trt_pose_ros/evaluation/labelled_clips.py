"""Clips of people in known states: folders named after the states, or a table of intervals in recordings."""

from __future__ import annotations

import csv
import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..events.states.samples import Clip
from ..media.sources import Images, open_source
from ..pipeline import PosePipeline
from ..poses import NO_TRACK, Poses
from ..topology import Topology
from .result_file import people_of_file
from .results import FILE, load_results
from .sources import is_bag

COLUMNS = ("file", "label")
OPTIONAL_COLUMNS = ("camera", "track_id", "from", "to", "person")
_FOUND, _BAG = "keypoints.json", "metadata.yaml"  # in the folder of trt-pose run, and of a bag
_LONG_AGO = 1e6  # seconds: larger stamps count from 1970, not from the beginning of the recording
_Open = Callable[[], PosePipeline]


@dataclass(frozen=True, eq=False)
class Labelled:
    """What was read.

    Attributes:
        topology: of all clips.
        clips: as they are learnt from.
        notes: what the user should know, in sentences.
    """

    topology: Topology
    clips: Sequence[Clip]
    notes: Sequence[str]


@dataclass(frozen=True, eq=False)
class _Recording:
    """People by (camera, track id) with the times and keypoints of each; -1 and NaN where there are none."""

    topology: Topology
    people: Mapping[tuple[str, int], tuple[np.ndarray, np.ndarray]]
    unnamed: int = 0  # people in videos without identity


@dataclass
class _Reader:
    """Reads recordings, each once.

    Args:
        open_pipeline: opens what finds people in videos and pictures.
    """

    open_pipeline: _Open
    unnamed: int = 0
    _pipeline: PosePipeline | None = None
    _read: dict[Path, _Recording] = field(default_factory=dict)

    def __call__(self, path: Path) -> _Recording:
        if path not in self._read:
            self._read[path] = _followed(self._images(path), path)
            self.unnamed += self._read[path].unnamed
        return self._read[path]

    def _images(self, path: Path) -> Iterator[tuple[str, float, Poses]]:
        """(camera, seconds, people)."""
        if (path / FILE).exists() or path.suffix == ".jsonl":
            for image, poses in load_results(path):
                yield image.camera, 1e-9 * image.stamp, poses
        elif (path / _FOUND).exists() or path.suffix == ".json":
            for time, poses in people_of_file(path / _FOUND if path.is_dir() else path):
                yield "", time, poses
        elif (path / _BAG).exists() or (is_bag(path) and not path.is_dir()):
            from .bag_source import skeletons

            for seen in skeletons(path):
                yield seen.where["camera"], 1e-9 * seen.where["stamp"], seen.poses
        else:
            yield from self._found(path)

    def _found(self, path: Path) -> Iterator[tuple[str, float, Poses]]:
        self._pipeline = self._pipeline or self.open_pipeline()
        source = open_source([str(path)])
        for frame in source:
            if isinstance(source, Images) or frame.time is None:
                (poses,) = self._pipeline([frame.image])
                yield "", math.nan, poses
            else:
                # named after the file: each is followed by itself
                (poses,) = self._pipeline([frame.image], [str(path)], [frame.time])
                yield "", frame.time, poses


def clips_of_folders(folder: str | os.PathLike[str], open_pipeline: _Open) -> Labelled:
    """The clips in ``folder``: ``STATE/CLIP`` or ``STATE/PERSON/CLIP``.

    A clip is what ``trt-pose run`` or ``trt-pose replay`` has left (a folder, or the ``keypoints.json``), a bag with
    skeletons, a video or a picture; everybody in it is in the state. Without a folder of their own, people are told by
    the clips' names.

    Args:
        folder: see above.
        open_pipeline: see :class:`_Reader`; only called where people have to be looked for.

    Raises:
        OSError, ValueError, ImportError: it holds no such clips, or one can't be read.
    """
    root = Path(folder)
    states = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    if len(states) < 2:
        raise ValueError(f"{root} must hold a folder of clips for each of two or more states, it holds {len(states)}")
    reader, found = _Reader(open_pipeline), []
    for state in states:
        for entry in _entries(state):
            inside = [entry] if not entry.is_dir() or _is_recording(entry) else _entries(entry)
            for path in inside:
                person = entry.name if entry not in inside else entry.stem
                found.append((path, str(path.relative_to(root)), person, state.name))
    clips = [
        (reader(path).topology, Clip(name, person, state, *track))
        for path, name, person, state in found
        for track in reader(path).people.values()
    ]
    return _together(clips, reader, str(root))


def clips_of_table(file: str | os.PathLike[str], open_pipeline: _Open) -> Labelled:
    """The clips of a CSV with a line for each interval: columns ``file`` and ``label``, and where they help others.

    ``file`` is as in :func:`clips_of_folders`, relative to the table. ``camera`` and ``track_id`` tell whom it is about
    (empty: everybody), ``from`` and ``to`` from when to when, in seconds after the recording's first image with people
    (of a ``keypoints.json``: of the video; empty: from the beginning, to the end), ``person`` who it is (empty: the
    file's own people).

    Raises:
        OSError, ValueError, ImportError: the table or a recording can't be read; the message names the line.
    """
    table, reader, clips = Path(file), _Reader(open_pipeline), []
    with table.open(newline="", encoding="utf-8-sig") as lines:
        try:
            rows = list(csv.DictReader(lines, restkey="_more"))
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{table} is no CSV: {error}") from None
    columns = set(rows[0]) if rows else set()
    if not set(COLUMNS) <= columns or columns - {*COLUMNS, *OPTIONAL_COLUMNS}:
        raise ValueError(
            f"{table}: columns are {', '.join(map(str, columns)) or 'none'}, must be {', '.join(COLUMNS)} and any of "
            f"{', '.join(OPTIONAL_COLUMNS)}"
        )
    for number, row in enumerate(rows, 2):
        try:
            clips += list(_interval(row, table.parent, reader))
        except ValueError as error:
            raise ValueError(f"{table}, line {number}: {error}") from None
    return _together(clips, reader, str(table))


def _interval(row: Mapping[str, Any], folder: Path, reader: _Reader) -> Iterator[tuple[Topology, Clip]]:
    values = {name: (row.get(name) or "").strip() for name in (*COLUMNS, *OPTIONAL_COLUMNS)}
    if not values["file"] or not values["label"]:
        raise ValueError("file and label must be given")
    begin, end = _number(values, "from", 0.0), _number(values, "to", math.inf)
    if not begin < end:
        raise ValueError(f"from {begin:g} to {end:g} is no interval")
    track = _number(values, "track_id", NO_TRACK)
    recording, none = reader(folder / values["file"]), True
    for (camera, track_id), (stamps, keypoints) in recording.people.items():
        if values["camera"] not in ("", camera) or (values["track_id"] and track != track_id):
            continue
        used = np.isnan(stamps) | ((stamps >= begin) & (stamps <= end))
        if used.any():
            none = False
            person = values["person"] or values["file"]
            clip = Clip(values["file"], person, values["label"], stamps[used], keypoints[used])
            yield recording.topology, clip
    if none:
        there = ", ".join(f"{camera or 'camera'} {i}" for camera, i in list(recording.people)[:10])
        raise ValueError(
            f"{values['file']} shows nobody of that camera, track_id and time; there are {there or 'none'}"
        )


def _number(values: Mapping[str, str], name: str, default: float) -> float:
    try:
        number = float(values[name] or default)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise ValueError(f"{name} is {values[name]!r}, must be a number")
    return number


def _followed(images: Iterator[tuple[str, float, Poses]], path: Path) -> _Recording:
    """The images of each of the people; times from the first one on, but where they are those of a video."""
    topology, first, unnamed = None, 0.0, 0
    times: dict[tuple[str, int], list[float]] = {}
    keypoints: dict[tuple[str, int], list[np.ndarray]] = {}
    for camera, time, poses in images:
        if topology is None and len(poses):
            topology, first = poses.topology, time if time > _LONG_AGO else 0.0
        for track_id, person in zip(poses.track_ids.tolist(), poses.keypoints, strict=True):
            if track_id == NO_TRACK and not math.isnan(time):
                unnamed += 1
                continue
            key = camera, NO_TRACK if math.isnan(time) else track_id
            times.setdefault(key, []).append(time - first)
            keypoints.setdefault(key, []).append(person)
    if topology is None:
        raise ValueError(f"{path} shows nobody")
    people = {}
    for key, stamps in times.items():
        order = np.argsort(stamps, kind="stable")
        people[key] = np.array(stamps)[order], np.array(keypoints[key])[order]
    return _Recording(topology, people, unnamed)


def _together(clips: list[tuple[Topology, Clip]], reader: _Reader, source: str) -> Labelled:
    """All clips with the keypoints of the first one, matched by name."""
    if not clips:
        raise ValueError(f"{source} holds no clips of people")
    topology = clips[0][0]
    same = []
    for theirs, clip in clips:
        if theirs.keypoints != topology.keypoints:
            keypoints = np.full((len(clip.stamps), len(topology.keypoints), 3), (np.nan, np.nan, 0.0))
            for i, name in enumerate(topology.keypoints):
                if name in theirs.keypoints:
                    keypoints[:, i] = clip.keypoints[:, theirs.keypoints.index(name)]
            clip = Clip(clip.name, clip.person, clip.label, clip.stamps, keypoints)
        same.append(clip)
    notes = [f"{reader.unnamed} people in videos have no identity and are left out"] if reader.unnamed else []
    of_none = [label for label, n in Counter(c.label for c in same).items() if n < 2]
    notes += [f"only one clip of {label}" for label in of_none]
    return Labelled(topology, same, notes)


def _entries(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith("."))


def _is_recording(folder: Path) -> bool:
    return any((folder / name).exists() for name in (FILE, _FOUND, _BAG))
