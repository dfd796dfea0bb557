"""COCO's keypoint evaluation by pycocotools: figures, and of each image who was matched to whom.

pycocotools takes an annotation id of 0 for "no match" and keeps the last of several entries with the same id without a
word. So it never sees the ids of a file: images and people are numbered from 1, in the order given.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..entries import Entry
from ..pycoco import COCO, COCOeval

THRESHOLDS = np.linspace(0.5, 0.95, 10)  # of OKS
SIZES = ("all", "medium", "large")  # by area: all, 32 to 96 squared pixels, larger
MOST = 20  # reports of an image that AP looks at, those with the best scores
_CATEGORY = 1


@dataclass(frozen=True, eq=False)
class Matches:
    """Who is right, for people of one of ``SIZES``.

    Attributes:
        people: how many there are to find.
        right: bool [10, R], whether a report is of such a person, at each of ``THRESHOLDS``.
        ignored: bool [10, R], whether it counts neither way: of somebody ignored or of another size.
    """

    people: int
    right: np.ndarray
    ignored: np.ndarray


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of the reports in one image; best score first.

    Attributes:
        order: int [R], where each report stood in the list that was given.
        scores: float [R].
        oks: float [R, P], of each report and each person, as given.
        counts: bool [P], whether a person is to be found, and not to be ignored.
        person: int [R], whom a report is matched to at an OKS of 0.5, perhaps somebody to be ignored; -1 for nobody.
        sizes: {one of ``SIZES``: :class:`Matches`}.
    """

    order: np.ndarray
    scores: np.ndarray
    oks: np.ndarray
    counts: np.ndarray
    person: np.ndarray
    sizes: dict[str, Matches]


class CocoEvaluation:
    """Reports against people, image by image.

    Args:
        people: of each image, entries as pycocotools wants them but for ids: keypoints (x, y, visibility of each),
            num_keypoints, area, bbox, iscrowd.
        reports: of each image, entries with keypoints and score.
        sigmas: of the keypoints.

    Attributes:
        figures: float [10], AP, AP50, AP75, AP medium, AP large, AR and its likes; NaN with nobody to find.
        ap_by_oks: float [10], AP at each of ``THRESHOLDS``; likewise.
    """

    def __init__(
        self, people: Sequence[Sequence[Entry]], reports: Sequence[Sequence[Entry]], sigmas: Sequence[float]
    ) -> None:
        self._reports = [len(some) for some in reports]
        truth, found = (
            [{"image_id": i, "category_id": _CATEGORY} | entry for i, some in enumerate(lists, 1) for entry in some]
            for lists in (people, reports)
        )
        with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints
            index = _index(len(people), truth)
            # loadRes does not take an empty list
            evaluation = COCOeval(index, index.loadRes(found) if found else _index(len(people), ()), "keypoints")
            evaluation.params.kpt_oks_sigmas = np.array(sigmas)
            # its matching goes by score, so what is matched of the first 20 does not depend on those after them
            evaluation.params.maxDets = [MOST, max([MOST + 1, *self._reports])]
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        self._evaluation = evaluation
        self.figures = np.where(evaluation.stats < 0, np.nan, evaluation.stats)  # -1: nobody to find
        precision = evaluation.eval["precision"][:, :, 0, 0, 0].mean(axis=1)
        self.ap_by_oks = np.where(precision < 0, np.nan, precision)

    def outcomes(self) -> list[Outcome]:
        """One for each image."""
        numbers = range(1, len(self._reports) + 1)
        # what pycocotools says of an image stands size by size, image by image
        by_image = zip(*np.array_split(np.array(self._evaluation.evalImgs, object), len(SIZES)), strict=True)
        starts = np.cumsum([0, *self._reports])
        return [self._outcome(number, starts[number - 1], said) for number, said in zip(numbers, by_image, strict=True)]

    def _outcome(self, number: int, start: int, said: Sequence[Any]) -> Outcome:
        people = self._evaluation._gts[number, _CATEGORY]
        counts = np.array([not person["ignore"] for person in people], bool)
        everybody = said[0]
        if everybody is None:  # neither people nor reports
            nothing = Matches(0, np.zeros((len(THRESHOLDS), 0), bool), np.zeros((len(THRESHOLDS), 0), bool))
            none = np.zeros(0, int)
            return Outcome(none, np.zeros(0), np.zeros((0, 0)), counts, none, dict.fromkeys(SIZES, nothing))
        columns = {person["id"]: i for i, person in enumerate(people)}
        matched = everybody["dtMatches"][0].tolist()
        shape = (len(matched), len(people))
        return Outcome(
            order=np.array(everybody["dtIds"], int) - 1 - start,  # loadRes counts from 1
            scores=np.array(everybody["dtScores"], float),
            oks=np.reshape(np.array(self._evaluation.ious[number, _CATEGORY], float), shape)
            if all(shape)
            else np.zeros(shape),
            counts=counts,
            person=np.array([columns.get(m, -1) for m in matched], int),
            sizes={size: _matches(e) for size, e in zip(SIZES, said, strict=True)},
        )


def _matches(said: Any) -> Matches:
    ignored = np.array(said["dtIgnore"], bool)
    return Matches(int((said["gtIgnore"] == 0).sum()), (said["dtMatches"] > 0) & ~ignored, ignored)


def _index(images: int, people: Iterable[Entry]) -> Any:
    coco = COCO()
    coco.dataset = {
        "images": [{"id": number} for number in range(1, images + 1)],
        "categories": [{"id": _CATEGORY}],
        "annotations": [{"id": n} | person for n, person in enumerate(people, 1)],
    }
    coco.createIndex()
    return coco
