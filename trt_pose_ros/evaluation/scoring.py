"""A run held against the truth: accuracy of people and keypoints, identities, positions in space.

Beside the figures there is what each image contributes to them, so that they can be drawn anew by a bootstrap.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..poses import NO_TRACK
from .entries import Entry
from .ground_truth import GroundTruth
from .matching import image_name
from .metrics.coco import SIZES, THRESHOLDS, Outcome
from .metrics.identities import Score, TrackedFrame, identity_scores
from .metrics.joints import BOX_SHARES, HEAD_SHARE, JointErrors, by_joint, joint_errors
from .metrics.space import KINDS, frames_differ, space_counts
from .runs import Run, RunFrame

FIGURES = ("ap", "ap50", "ap75", "ap_medium", "ap_large", "ar", "ar50", "ar75", "ar_medium", "ar_large")  # pycocotools'


@dataclass(frozen=True, eq=False)
class Scores:
    """What a run is worth.

    Attributes:
        accuracy, identities, space: as docs/evaluation.md describes them; None where there is no such truth.
        frames: {position in the run: what the image contributes}, of the labelled images.
        notes: why something is None, in sentences.
    """

    accuracy: dict[str, Any]
    identities: dict[str, Any] | None
    space: dict[str, Any] | None
    frames: dict[int, dict[str, Any]]
    notes: list[str]


def score(run: Run, truth: GroundTruth, min_score: float) -> Scores:
    """Score the labelled images of a run.

    Args:
        run: in the keypoint order of the truth.
        truth: with an image at least that the run has.
        min_score: reports below count for AP only.

    Raises:
        ValueError: a report is none.
    """
    labelled = [(i, frame) for i, frame in enumerate(run.frames) if frame.image_id is not None]
    ids = [frame.image_id for _, frame in labelled]
    reports = [entry for _, frame in labelled for entry in frame.people]
    coco = truth.evaluated(reports, ids)
    people = [truth.people[image_id] for image_id in ids]
    images = [
        _Image(frame, outcome, some, min_score)
        for (_, frame), outcome, some in zip(labelled, coco.outcomes(), people, strict=True)
    ]
    errors = [joint_errors(truth.topology, *image.pairs()) for image in images]
    spaces = [space_counts(truth.topology, *image.pairs()) for image in images]
    identities, parts, why = _identities(images)
    frames = {
        i: image.contribution() | {"joints": error.counts(), "space": place, **part}
        for (i, _), image, error, place, part in zip(labelled, images, errors, spaces, parts, strict=True)
    }
    ratios = people_ratios(_sum(map(people_sums, frames.values())))
    there = _sum(space for space in spaces if space)
    official = [image_id for image_id in truth.official if image_id in set(ids)]
    accuracy = {
        **dict(zip(FIGURES, coco.figures.tolist(), strict=True)),
        "ap_official": float(truth.average_precision(reports, official)[0]) if official else None,
        "ap_by_oks": {f"{t:.2f}": ap for t, ap in zip(THRESHOLDS.tolist(), coco.ap_by_oks.tolist(), strict=True)},
        **{name: value for name, value in ratios.items() if not name.startswith("PCK")},
        "pck": {name: value for name, value in ratios.items() if name.startswith("PCK")},
        "joint_errors": by_joint(truth.topology, JointErrors.joined(errors)),
    }
    space = space_ratios(there) | {"joints": there["mpjpe_joints"]} if there else None
    apart = sum(frames_differ(*pair) for image in images for pair in zip(*image.pairs(), strict=True))
    if apart:
        why = [*why, f"positions of {apart} people are in another frame than the truth's and were not compared"]
    return Scores(accuracy, identities, space, frames, why)


class _Image:
    """The people of an image and the reports that count, those with a score of ``min_score`` or more."""

    def __init__(self, frame: RunFrame, outcome: Outcome, people: Sequence[Entry], min_score: float) -> None:
        self.frame, self.outcome, self.people = frame, outcome, people
        # who is taken for somebody ignored, a crowd or somebody without labels, is neither right nor false
        self.taken = (outcome.scores >= min_score) & ~outcome.sizes["all"].ignored[0]
        self._reports = [frame.people[i] for i in outcome.order.tolist()]
        self._report_of = {p: r for p, r, t in zip(outcome.person, self._reports, self.taken, strict=True) if t}
        self._to_find = np.flatnonzero(outcome.counts).tolist()

    def pairs(self) -> tuple[list[Entry], list[Entry | None]]:
        """The people to be found, and the report of each."""
        return [self.people[i] for i in self._to_find], [self._report_of.get(i) for i in self._to_find]

    def contribution(self) -> dict[str, Any]:
        """What the image contributes to AP, precision, recall and mean OKS."""
        outcome = self.outcome
        right = self.taken & outcome.sizes["all"].right[0]
        oks = float(outcome.oks[np.flatnonzero(right), outcome.person[right]].sum())
        truths, found, false = len(self._to_find), int(right.sum()), int((self.taken & ~right).sum())
        return {
            "truths": truths,
            "found": found,
            "missed": truths - found,
            "false": false,
            "oks": oks,
            "worst": truths - oks + false,
            "detections": {"scores": outcome.scores.tolist()}
            | {
                size: {"people": m.people, "right": _bits(m.right), "ignored": _bits(m.ignored)}
                for size, m in ((size, outcome.sizes[size]) for size in SIZES)
            },
        }

    def followed(self) -> TrackedFrame | None:
        """The image as one of a sequence; None where a person to be found has no identity in the truth."""
        people = [_identity(self.people[i]) for i in self._to_find]
        tracks = np.array([_identity(report) for report in self._reports], int)
        rows = np.flatnonzero(self.taken & (tracks != NO_TRACK))
        if NO_TRACK in people:
            return None
        try:
            return TrackedFrame(np.array(people, int), tracks[rows], self.outcome.oks[np.ix_(rows, self._to_find)].T)
        except ValueError as error:
            raise ValueError(f"{image_name(self.frame.where)}: {error}") from None


def _identity(entry: Entry) -> int:
    number = entry.get("track_id", NO_TRACK)
    return number if isinstance(number, int) and number >= 0 else NO_TRACK


def _bits(table: np.ndarray) -> list[int]:
    """Bool [10, R] as an int a report, whose bit n stands for the n-th threshold."""
    return ((1 << np.arange(len(table))) @ table.astype(int)).tolist()


def people_sums(frame: Mapping[str, Any]) -> dict[str, float]:
    """What a frame contributes to precision, recall, mean OKS and PCK: they are ratios of sums of these over frames."""
    return {name: frame[name] for name in ("truths", "found", "false", "oks")} | frame["joints"]


def people_ratios(sums: Mapping[str, float]) -> dict[str, float]:
    """Precision, recall, mean OKS, distance of keypoints and PCK of such sums; NaN where there is nothing to divide by.

    PCKh is left out where no head's length is known.
    """
    heads = sums["labelled_with_head"]
    return {
        "precision": _ratio(sums["found"], sums["found"] + sums["false"]),
        "recall": _ratio(sums["found"], sums["truths"]),
        "oks_mean": _ratio(sums["oks"], sums["found"]),
        "joint_error": _ratio(sums["error_px"], sums["measured"]),
        **{f"PCK@{share}": _ratio(sums[f"within_{share}"], sums["labelled"]) for share in BOX_SHARES},
        **({f"PCKh@{HEAD_SHARE}": sums["within_head"] / heads} if heads else {}),
    }


def space_ratios(sums: Mapping[str, float]) -> dict[str, float]:
    """Mean distances in millimetres of sums of frames' ``space``; NaN where there is nothing to divide by."""
    return {kind: _ratio(sums[kind], sums[f"{kind}_joints"]) for kind in KINDS}


def identity_figures(total: Score) -> dict[str, Any]:
    """The ratios and counts of a score."""
    return {name: getattr(total, name) for name in ("mota", "idf1", "hota", "deta", "assa")} | {
        "switches": int(total.switches),
        "fragmentations": int(total.fragments),
        "missed": int(total.missed),
        "false": int(total.false),
    }


def _identities(images: Sequence[_Image]) -> tuple[dict[str, Any] | None, list[dict[str, Any]], list[str]]:
    """The figures, what each image contributes, and why there are none."""
    nothing: list[dict[str, Any]] = [{"identities": None, "switches": []} for _ in images]
    followed = [image.followed() for image in images]
    sequences: dict[Any, list[int]] = defaultdict(list)
    for i, image in enumerate(images):
        if image.frame.sequence is not None:
            sequences[image.frame.sequence].append(i)
    if len(images) > sum(map(len, sequences.values())):
        return None, nothing, ["no identities: the images are not all of sequences"]
    if None in followed:
        lacking = image_name(images[followed.index(None)].frame.where)
        return None, nothing, [f"no identities: the truth has people without track_id, such as in {lacking}"]
    frames = [frame for frame in followed if frame is not None]
    if not any(len(frame.people) for frame in frames):
        return None, nothing, ["no identities: there is nobody in the truth"]
    if not any(len(frame.tracks) for frame in frames):
        return None, nothing, ["no identities: nobody was reported with a track_id"]
    parts = nothing
    for order in sequences.values():
        for i, part in zip(order, identity_scores(frames[i] for i in order), strict=True):
            parts[i] = {"identities": part.score.as_array().tolist(), "switches": part.took_over}
    total = Score.of(np.sum([part["identities"] for part in parts], axis=0))
    seen = {name: set() for name in ("people", "tracks")}  # type: dict[str, set[tuple[Any, int]]]
    for sequence, order in sequences.items():
        for name, numbers in seen.items():
            numbers |= {(sequence, n) for i in order for n in getattr(frames[i], name).tolist()}
    return identity_figures(total) | {name: len(numbers) for name, numbers in seen.items()}, parts, []


def _sum(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else np.nan
