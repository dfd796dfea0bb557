"""What was found in a part of a bag, as bytes that go between processes and lie on the disk until all is there."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ...poses import Poses
from ...topology import Topology

_ARRAYS = ("keypoints", "scores", "kinds", "owner_ids", "positions", "position_stddevs")


@dataclass(frozen=True)
class Seen:
    """One image of a bag, as it came.

    Attributes:
        topic: of its message.
        log_time: at which that was recorded, nanoseconds.
        stamp: of its header, nanoseconds; 0 where the message could not be read.
        frame_id: of its header.
        width, height: pixels.
        ms: {stage: milliseconds} that it took.
        cause, error: why nothing could be found in it, in a word and in a sentence; empty where it could.
    """

    topic: str
    log_time: int
    stamp: int = 0
    frame_id: str = ""
    width: int = 0
    height: int = 0
    ms: dict[str, float] = field(default_factory=dict)
    cause: str = ""
    error: str = ""


@dataclass(frozen=True)
class MadeBy:
    """What found the people of a part; the same for all parts of a replay.

    Attributes:
        backend: name and version of the runtime.
        version: of this package.
        input_size: (height, width) of the network's input, pixels.
        options: {group: {name: value}} of what finds people.
        topology: of the people, as a COCO category.
    """

    backend: str
    version: str
    input_size: Sequence[int]
    options: dict[str, dict[str, Any]]
    topology: dict[str, Any]


@dataclass(frozen=True)
class Part:
    """What was found in a part of a bag.

    Attributes:
        seen: its images in their order.
        people: of each of them, nobody where it could not be read; without identities.
        made_by: what found them.
        device: on which.
        usage: ``cpu_seconds``, and ``peak_rss_mib`` of the process that did it.
        problems: of the bag, met on the way.
    """

    seen: Sequence[Seen]
    people: Sequence[Poses]
    made_by: MadeBy
    device: str
    usage: dict[str, float]
    problems: Sequence[str] = ()


def pack(part: Part) -> bytes:
    """A part as bytes."""
    about = {
        "seen": [asdict(image) for image in part.seen],
        "counts": [len(poses) for poses in part.people],
        "frames": [poses.position_frame for poses in part.people],
        "made_by": asdict(part.made_by),
        "device": part.device,
        "usage": part.usage,
        "problems": list(part.problems),
    }
    arrays: dict[str, np.ndarray] = {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}
    for name in _ARRAYS:
        there = [getattr(poses, name) for poses in part.people if len(poses)]
        if there and there[0] is not None:
            arrays[name] = np.concatenate(there)
    data = io.BytesIO()
    np.savez(data, **arrays)  # type: ignore[arg-type]  # NumPy's hints know no names of arrays
    return data.getvalue()


def unpack(data: bytes) -> Part:
    """A part of bytes.

    Raises:
        ValueError: they are none.
    """
    try:
        with np.load(io.BytesIO(data)) as file:
            arrays: dict[str, Any] = {name: file[name] for name in file.files}
        about = json.loads(arrays.pop("about").tobytes())
        made_by = MadeBy(**about["made_by"])
        topology = Topology.from_category(made_by.topology)
        people, start = [], 0
        for count, frame in zip(about["counts"], about["frames"], strict=True):
            rows = slice(start, start + count)
            start += count
            found = {name: array[rows] for name, array in arrays.items()}
            people.append(Poses(topology, position_frame=frame, **found) if count else Poses.empty(topology))
        seen = [Seen(**image) for image in about["seen"]]
        return Part(seen, people, made_by, about["device"], about["usage"], about["problems"])
    except Exception as error:  # whatever half a file makes NumPy raise
        raise ValueError(f"{len(data)} bytes that are no part of a replay: {error}") from None
