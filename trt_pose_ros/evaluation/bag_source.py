"""Skeletons of a bag, as what was found or as the truth."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from ..bags.reader import BagReader
from ..messages.header import stamp_ns
from ..messages.skeletons import read_skeletons, read_topology, topology_of
from ..poses import PERSON, Poses
from ..topology import Topology
from .annotations import AnnotationFile
from .entries import Entry
from .runs import found_people

_SKELETONS, _TOPOLOGY = "trt_pose_ros/msg/SkeletonArray", "trt_pose_ros/msg/SkeletonTopology"
_CATEGORY = 1


@dataclass(frozen=True, eq=False)
class Seen:
    """A SkeletonArray: of which image it is, (bag, topic), (width, height) in pixels, and the people."""

    where: dict[str, Any]
    sequence: tuple[str, str]
    size: tuple[int, int]
    poses: Poses


def skeletons(path: str | os.PathLike[str], topics: Collection[str] = (), but: str | None = None) -> Iterator[Seen]:
    """The skeletons of a bag, topic by topic.

    Args:
        path: of the bag.
        topics: these; none: all there are, but one.

    Raises:
        OSError, ValueError, ImportError: it can't be read, or a topic holds no skeletons.
    """
    with BagReader(path) as bag:
        there = [name for name, topic in bag.topics.items() if topic.type == _SKELETONS]
        for topic in topics:
            if topic not in there:
                raise ValueError(f"{path} has no skeletons on {topic}, only on {', '.join(there) or 'no topic'}")
        known = _topologies(bag)
        for topic in sorted(topics) or [topic for topic in there if topic != but]:
            for index, record in enumerate(bag.messages([topic])):
                message = bag.decode(record)
                poses = read_skeletons(message, topology_of(message, known))
                where = {"bag": bag.name, "topic": topic, "camera": message.camera}
                where |= {"index": index, "stamp": stamp_ns(message)}
                yield Seen(where, (bag.name, topic), (int(message.image_width), int(message.image_height)), poses)


def truth_of_bag(path: str | os.PathLike[str], topic: str) -> AnnotationFile:
    """The skeletons of a topic as labelled people; errors as of :func:`skeletons`.

    An image is told by its stamp and, where messages name one, its camera. A keypoint with a score is labelled. The
    area is that of the box.
    """
    images: list[Entry] = []
    annotations: list[Entry] = []
    topology = None
    for number, seen in enumerate(skeletons(path, [topic]), 1):
        topology = topology or seen.poses.topology
        camera = {"camera": seen.where["camera"]} if seen.where["camera"] else {}
        images.append(
            {
                "id": number,
                "file_name": f"{seen.where['bag']}{topic}/{seen.where['index']:06d}",
                "width": seen.size[0],
                "height": seen.size[1],
                "bag": seen.where["bag"],
                "stamp": seen.where["stamp"],
                **camera,
            }
        )
        annotations += _labelled(seen.poses, number, topology)
    if topology is None:
        raise ValueError(f"{path} has no skeletons on {topic}")
    for number, annotation in enumerate(annotations, 1):
        annotation["id"] = number
    category = topology.to_category() | {"id": _CATEGORY}
    data = {"images": images, "annotations": annotations, "categories": [category]}
    return AnnotationFile(path, data=data)


def _labelled(poses: Poses, image_id: int, topology: Topology) -> Iterator[Entry]:
    people = poses[poses.kinds == PERSON]
    boxes = people.boxes().tolist()
    for entry, box in zip(found_people(people, image_id, _CATEGORY, topology), boxes, strict=True):
        if math.isnan(box[0]):
            continue  # nobody: no keypoint of it is known
        scores = entry["keypoints"][2::3]
        entry["keypoints"][2::3] = [2 if score > 0 else 0 for score in scores]
        box = [box[0], box[1], box[2] - box[0], box[3] - box[1]]
        yield {key: v for key, v in entry.items() if key != "score"} | {"bbox": box, "iscrowd": 0}


def _topologies(bag: BagReader) -> dict[str, Topology]:
    """The topologies that a bag tells, by their names."""
    topics = [name for name, topic in bag.topics.items() if topic.type == _TOPOLOGY]
    found = (read_topology(bag.decode(record)) for record in bag.messages(topics)) if topics else ()
    return {topology.name: topology for topology in found}
