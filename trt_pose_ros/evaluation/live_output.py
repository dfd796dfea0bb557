"""What a live replay leaves in its folder: results, timings and a summary, as a replay without the node does.

An image that the node has dropped has no line among the results, and its timings say so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..media.writers import write_atomically
from ..poses import Poses
from . import results


@dataclass(frozen=True)
class LiveImage:
    """An image that was played.

    Attributes:
        topic, camera: see :class:`~trt_pose_ros.evaluation.results.Image`; likewise ``index`` and ``stamp``.
        latency: milliseconds from its publication to the arrival of its skeletons; NaN where none came.
        size: (width, height) in pixels, and ``poses`` the people, both None where no skeletons came.
    """

    topic: str
    camera: str
    index: int
    stamp: int
    latency: float
    size: tuple[int, int] | None = None
    poses: Poses | None = None


def write_live(
    folder: Path, header: Mapping[str, Any], bag: str, images: Sequence[LiveImage], summary: Mapping[str, Any]
) -> None:
    """Write the three files.

    Args:
        folder: made where it is missing.
        header: of the results.
        bag: its name.
        images: those of the recorded timing, in the order of their publication.
        summary: what was measured besides.

    Raises:
        OSError: they can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = [results.line(header)]
    times = []
    for image in images:
        where = {"bag": bag, "topic": image.topic, "index": image.index, "stamp": image.stamp}
        if image.poses is None or image.size is None:
            times.append({**where, "dropped": True})
            continue
        place = results.Image(bag, image.topic, image.camera, image.index, image.stamp, *image.size)
        found.append(results.line(results.entry(place, image.poses)))
        times.append({**where, "latency": round(image.latency, 3)})
    write_atomically(folder / results.FILE, b"".join(found))
    write_atomically(folder / results.TIMINGS, b"".join(map(results.line, times)))
    write_atomically(folder / results.SUMMARY, json.dumps(summary, indent=1, allow_nan=False).encode() + b"\n")
