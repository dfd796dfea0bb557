"""The pictures of a run's worst images: where these are read, and who is drawn into them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...bags.reader import BagReader
from ...media.writers import write_atomically
from ...messages.header import stamp_ns
from ...messages.images import encoded_image
from ...poses import MISSING, NO_TRACK, Poses
from ...topology import Topology
from ..entries import Entry, labelled_keypoints
from ..ground_truth import GroundTruth
from ..labelled_image import read_labelled_image
from ..runs import Run
from .pictures import Picture, frame_name, worst
from .report import render

_IMAGES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")
_Image = tuple[int, np.ndarray]  # index of the frame, uint8 [h, w, 3] BGR


def write_page(
    file: Path,
    report: Mapping[str, Any],
    run: Run | None = None,
    truth: GroundTruth | None = None,
    folder: str | os.PathLike[str] | None = None,
    bags: Sequence[str | os.PathLike[str]] = (),
) -> list[str]:
    """Write the page of a report, with pictures where there are a run, a truth and images.

    Args:
        file: where it goes.
        report, run, truth, folder, bags: as of :func:`worst_pictures`.

    Returns:
        what can't be shown, in sentences.

    Raises:
        OSError, ValueError, ImportError: the file can't be written, or a bag can't be read at all.
    """
    pictures: dict[int, Picture] = {}
    notes: list[str] = []
    if run is not None and truth is not None:
        pictures, notes = worst_pictures(report, run, truth, folder, bags)
    write_atomically(file, render(report, pictures).encode())
    return notes


def worst_pictures(
    report: Mapping[str, Any],
    run: Run,
    truth: GroundTruth,
    folder: str | os.PathLike[str] | None = None,
    bags: Sequence[str | os.PathLike[str]] = (),
) -> tuple[dict[int, Picture], list[str]]:
    """Pictures of the worst images of a run.

    Args:
        report: of the run.
        run: held against the truth.
        truth: likewise.
        folder: of the image files that the truth names; None without.
        bags: those that a replay was of, or that skeletons and images were recorded into; they go before the folder.

    Returns:
        (pictures by the index of their frame, the worst first; what can't be shown, in sentences).

    Raises:
        OSError, ValueError, ImportError: a bag can't be read at all.
    """
    wanted = worst(report)
    notes: list[str] = []
    if bags:
        images = _of_bags(run, bags, wanted, notes)
    elif folder is not None:
        images = _of_files(run, truth, Path(folder), wanted, notes)
    else:
        return {}, []
    lowest = (report.get("source") or {}).get("min_score") or 0.0
    pictures = {index: _picture(image, run, truth, index, lowest) for index, image in images}
    return {index: pictures[index] for index in wanted if index in pictures}, notes


def _picture(image: np.ndarray, run: Run, truth: GroundTruth, index: int, lowest: float) -> Picture:
    frame = run.frames[index]
    found = [entry for entry in frame.people if entry["score"] >= lowest]
    there = [entry for entry in truth.people[frame.image_id] if labelled_keypoints(entry)]
    return Picture.of(image, _poses(run.topology, found), _poses(truth.topology, there))


def _poses(topology: Topology, people: Sequence[Entry]) -> Poses:
    """The people of COCO results, or of annotations, whose keypoints are sure where they are labelled."""
    keypoints = np.reshape([p["keypoints"] for p in people], (len(people), len(topology.keypoints), 3))
    keypoints = np.where(keypoints[:, :, 2:] > 0, np.minimum(keypoints, (np.inf, np.inf, 1)), MISSING)
    tracks = [entry.get("track_id", NO_TRACK) if "score" in entry else NO_TRACK for entry in people]
    scores = np.array([entry.get("score", 1.0) for entry in people])
    return Poses(topology, keypoints, scores, track_ids=np.array(tracks, int))


def _of_files(run: Run, truth: GroundTruth, folder: Path, wanted: Sequence[int], notes: list[str]) -> Iterator[_Image]:
    for index in wanted:
        image_id = run.frames[index].image_id
        file = folder / truth.entries[image_id]["file_name"]
        try:
            yield index, read_labelled_image(file, truth.size(image_id))
        except ValueError as error:
            notes.append(f"no picture of {file}: {error}")


def _of_bags(
    run: Run, bags: Sequence[str | os.PathLike[str]], wanted: Sequence[int], notes: list[str]
) -> Iterator[_Image]:
    left = set(wanted)
    for path in bags:
        with BagReader(path) as bag:
            for index, image in _of_bag(bag, {i: run.frames[i].where for i in left}):
                left.discard(index)
                yield index, image
    for where in (run.frames[index].where for index in sorted(left)):
        notes.append(f"no picture of {frame_name(where)}: it can't be read from {', '.join(map(str, bags))}")


def _of_bag(bag: BagReader, wanted: Mapping[int, Mapping[str, Any]]) -> Iterator[_Image]:
    """The images in a bag that frames are of; what can't be read is left out."""
    sought = _sought(bag, wanted)
    counts: Counter[str] = Counter()
    for record in bag.messages({topic for topic, _, _ in sought}):
        number = counts[record.topic]
        counts[record.topic] += 1
        try:
            message = bag.decode(record)
            places = [(record.topic, "index", number), (record.topic, "stamp", stamp_ns(message))]
            for index in {sought.pop(place) for place in places if place in sought}:
                yield index, encoded_image(message).bgr
        except ValueError:
            continue
        if not sought:
            return


def _sought(bag: BagReader, wanted: Mapping[int, Mapping[str, Any]]) -> dict[tuple[str, str, int], int]:
    """{(topic, ``index`` or ``stamp``, its value): frame} of the frames of a bag.

    A replay tells the topic of the image and its number there. A topic of skeletons tells the stamp, and the image is
    that of its camera: the only one of the bag, or the only one with the camera's name in its topic.
    """
    cameras = [name for name, topic in bag.topics.items() if topic.type in _IMAGES]
    sought = {}
    for index, where in wanted.items():
        if where.get("bag") != bag.name:
            continue
        if where["topic"] in cameras:
            sought[where["topic"], "index", where["index"]] = index
            continue
        camera = where.get("camera")
        own = [name for name in cameras if not camera or camera in name.split("/")]
        if len(own) == 1:
            sought[own[0], "stamp", where["stamp"]] = index
    return sought
