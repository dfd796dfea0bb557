"""Pictures of single images with what was found and what there was, small enough to be carried in a page."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import cv2
import numpy as np

from ...media.drawing import draw_poses, draw_truth
from ...poses import NO_TRACK, Poses
from .elements import tag
from .parts import section

WORST = 12  # pictures in a page
_APART = 10  # images of a stream, from one picture to the next
_SIDES = (960, 720, 480)  # pixels of the longer side: the first whose JPEG is small enough
_BYTES = 150_000  # of a JPEG
_QUALITY = 80
_LEGEND = (
    "In colours: what was found, cold ones on the left side of a body, warm ones on its right. White, dashed: truth."
)


@dataclass(frozen=True)
class Picture:
    """An image with people drawn into it.

    Attributes:
        jpeg: the file's bytes.
        width, height: pixels.
    """

    jpeg: bytes
    width: int
    height: int

    @classmethod
    def of(cls, image: np.ndarray, found: Poses, truth: Poses | None = None) -> Picture:
        """Draw ``found`` and, dashed, ``truth`` into a smaller copy of an image (uint8 [h, w, 3] BGR)."""
        for side in _SIDES:
            scale = min(1.0, side / max(image.shape[:2]))
            size = max(1, round(scale * image.shape[1])), max(1, round(scale * image.shape[0]))
            small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            # the centre of a pixel lies at whole numbers: x + 0.5 is what is scaled
            offset = ((scale - 1) / 2,) * 2
            draw_poses(
                small, found.transformed((scale, scale), offset), labels=bool((found.track_ids != NO_TRACK).any())
            )
            if truth is not None:
                draw_truth(small, truth.transformed((scale, scale), offset))
            jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
            if len(jpeg) <= _BYTES:
                break
        return cls(jpeg, *size)


def worst(report: Mapping[str, Any], number: int = WORST) -> list[int]:
    """Which of a report's ``frames`` are the worst, the worst of all first; those without error are none.

    Of a stream no two are neighbours: they would show the same again.
    """
    frames = report.get("frames") or []
    ranked = sorted((-(frame.get("worst") or 0.0), index) for index, frame in enumerate(frames))
    chosen: list[int] = []
    for badness, index in ranked:
        if badness < 0 and not any(_neighbours(frames[index], frames[other]) for other in chosen):
            chosen.append(index)
            if len(chosen) == number:
                break
    return chosen


def _neighbours(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    same = "bag" in a and all(a.get(key) == b.get(key) for key in ("bag", "topic"))
    return same and abs((a.get("index") or 0) - (b.get("index") or 0)) < _APART


def pictures_section(report: Mapping[str, Any], pictures: Mapping[int, Picture]) -> Element | None:
    """The pictures of frames, by their index in the report's ``frames``."""
    if not pictures:
        return None
    frames = report["frames"]
    return section(
        "The worst images",
        tag("p", _LEGEND, class_="note wide"),
        tag("div", [_figure(frames[index], picture) for index, picture in pictures.items()], class_="pictures wide"),
    )


def frame_name(frame: Mapping[str, Any]) -> str:
    """Which image a frame is, in words."""
    if frame.get("file"):
        return str(frame["file"])
    parts = [str(frame[key]) for key in ("bag", "topic") if frame.get(key)]
    parts += [f"image {frame['index']:,}"] if frame.get("index") is not None else []
    return ", ".join([*parts, *([f"stamp {frame['stamp'] / 1e9:.3f} s"] if frame.get("stamp") is not None else [])])


def _figure(frame: Mapping[str, Any], picture: Picture) -> Element:
    name = frame_name(frame)
    counts = [
        f"{frame[key]:,} {said}"
        for key, said in (
            ("truths", "in truth"),
            ("found", "found"),
            ("missed", "missed"),
            ("false", "reported falsely"),
        )
        if frame.get(key) is not None
    ]
    said = ", ".join(counts)
    return tag(
        "figure",
        tag(
            "img",
            src="data:image/jpeg;base64," + base64.b64encode(picture.jpeg).decode(),
            alt=f"{name}: {said}",
            width=picture.width,
            height=picture.height,
        ),
        tag("figcaption", tag("strong", name), "People: " + said if said else None),
        class_="card",
    )
