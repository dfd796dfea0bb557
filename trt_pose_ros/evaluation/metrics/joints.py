"""How far keypoints are from where they should be: pixels, and PCK, the share of those that are close enough.

PCK: Yang and Ramanan, "Articulated human detection with flexible mixtures of parts", 2013, against the longer side of
the person's box. PCKh: Andriluka et al., "2D human pose estimation: new benchmark and state of the art analysis", 2014,
against the length of the head. A labelled keypoint that nothing was reported for is not close enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...topology import Topology
from ..entries import Entry

BOX_SHARES = (0.1, 0.2)  # PCK@0.1 and PCK@0.2
HEAD_SHARE = 0.5  # PCKh@0.5
# what the figures are made of: they are ratios of sums of these over images
COUNTS = (
    "labelled",
    "measured",
    "error_px",
    *(f"within_{share}" for share in BOX_SHARES),
    "labelled_with_head",
    "within_head",
)
_HEAD_OF_BOX = 0.6  # MPII's and PoseTrack's head size, as a part of the diagonal of the head's box
_HEAD_SEGMENTS = (("head_top", "head_bottom"), ("head_top", "upper_neck"), ("head_top", "neck"))


@dataclass(frozen=True, eq=False)
class JointErrors:
    """The keypoints of people that are to be found.

    Attributes:
        labelled: bool [P, K].
        pixels: float [P, K], distance of the reported keypoint; NaN where none is labelled or none was reported.
        boxes: float [P], the longer side of each person's box in pixels.
        heads: float [P], length of the head in pixels; NaN where it is not known.
    """

    labelled: np.ndarray
    pixels: np.ndarray
    boxes: np.ndarray
    heads: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence[JointErrors]) -> JointErrors:
        """The errors of several images, of one at least."""
        names = ("labelled", "pixels", "boxes", "heads")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def near(self, share: float) -> np.ndarray:
        """bool [P, K]: labelled, and reported within a share of the box."""
        return self.pixels <= share * self.boxes[:, None]

    def near_by_head(self) -> np.ndarray:
        """bool [P, K]: labelled, and reported within half of the head's length."""
        return self.pixels <= HEAD_SHARE * self.heads[:, None]

    def with_head(self) -> np.ndarray:
        """bool [P, K]: labelled, of somebody whose head's length is known."""
        return self.labelled & np.isfinite(self.heads)[:, None]

    def counts(self) -> dict[str, float]:
        """{one of ``COUNTS``: number}."""
        numbers = (
            self.labelled.sum(),
            np.isfinite(self.pixels).sum(),
            np.nansum(self.pixels),
            *(self.near(share).sum() for share in BOX_SHARES),
            self.with_head().sum(),
            self.near_by_head().sum(),
        )
        return {name: number.item() for name, number in zip(COUNTS, numbers, strict=True)}


def joint_errors(topology: Topology, people: Sequence[Entry], reports: Sequence[Entry | None]) -> JointErrors:
    """Compare people with the reports of them.

    Args:
        topology: of both.
        people: with keypoints, bbox and, where the data have it, ``bbox_head`` (x, y, width, height).
        reports: of each person, the report matched to it; None for nobody's.
    """
    count = len(topology.keypoints)
    truth = np.reshape([p["keypoints"] for p in people], (len(people), count, 3)).astype(float)
    nowhere = [np.nan] * (3 * count)
    found = np.reshape([nowhere if r is None else r["keypoints"] for r in reports], truth.shape).astype(float)
    labelled = truth[:, :, 2] > 0
    there = labelled & (found != 0).any(axis=2)  # (0, 0, 0) is a keypoint that was not found
    distances = np.linalg.norm(found[:, :, :2] - truth[:, :, :2], axis=2)
    return JointErrors(
        labelled,
        np.where(there, distances, np.nan),
        np.array([max(p["bbox"][2:]) for p in people], float),
        np.array([_head(topology, p, k) for p, k in zip(people, truth, strict=True)], float),
    )


def by_joint(topology: Topology, errors: JointErrors) -> dict[str, dict[str, Any]]:
    """{keypoint: labelled, count of those reported, median and mean of pixels, PCK@0.2}; None where there is none."""
    near = errors.near(BOX_SHARES[-1])
    table = {}
    for index, name in enumerate(topology.keypoints):
        labelled, pixels = int(errors.labelled[:, index].sum()), errors.pixels[:, index]
        pixels = pixels[np.isfinite(pixels)]
        table[name] = {
            "labelled": labelled,
            "count": len(pixels),
            "median": float(np.median(pixels)) if len(pixels) else None,
            "mean": float(pixels.mean()) if len(pixels) else None,
            "pck": float(near[:, index].sum() / labelled) if labelled else None,
        }
    return table


def _head(topology: Topology, person: Entry, keypoints: np.ndarray) -> float:
    """Length of a person's head in pixels: of its box as MPII has it, else of its keypoints; NaN without these."""
    box = person.get("bbox_head")
    if isinstance(box, list) and len(box) == 4:
        return _HEAD_OF_BOX * float(np.hypot(box[2], box[3]))
    for ends in _HEAD_SEGMENTS:
        if set(ends) <= set(topology.keypoints):
            top, bottom = (keypoints[topology.index(end)] for end in ends)
            if top[2] > 0 and bottom[2] > 0:
                return float(np.linalg.norm(top[:2] - bottom[:2]))
    return float(np.nan)
