"""Crops of single people, augmented, for networks that see one person at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .augment import crop_matrix, random_half
from .coco import Sample
from .dataset import PoseDataset, Source

_NOWHERE = -1e6  # pixels; so far outside are the keypoints of nobody


def one_by_one(samples: Sequence[Sample], least: int = 3) -> list[Sample]:
    """A sample for each person of ``samples`` with at least so many known keypoints; it knows nobody else.

    A whole image without anybody, and without regions to ignore, is one more: its keypoints are known to lie outside,
    its area is 0.
    """
    people = [
        replace(
            sample,
            keypoints=sample.keypoints[i : i + 1],
            areas=sample.areas[i : i + 1],
            boxes=sample.boxes[i : i + 1],
            ignore=(),
        )
        for sample in samples
        for i, known in enumerate((sample.keypoints[:, :, 2] > 0).sum(1))
        if known >= least
    ]
    return people + [_nobody(sample) for sample in samples if not len(sample.keypoints) and _is_background(sample)]


def _is_background(sample):
    return sample.width is not None and not sample.ignore


def _nobody(sample):
    keypoints = np.full((1, len(sample.labelled), 3), (_NOWHERE, _NOWHERE, 2), np.float32)
    box = np.float32([[0, 0, sample.width - 1, sample.height - 1]])
    return replace(sample, keypoints=keypoints, areas=np.zeros(1, np.float32), boxes=box)


class CropDataset(PoseDataset):
    """The people of all sources, one an item: the box around each fills the input as it does at run time, augmented.

    Images of nobody are items, too, from which a network learns to see nobody.

    Args:
        sources: list of :class:`~.dataset.Source` of whole images; a collage of crops makes no sense.
        *args: the other arguments of :class:`~.dataset.PoseDataset`.
        crop_scale: size of a crop in sizes of the person's box.

    Raises:
        ValueError: a source has nobody in it, or asks for collages.
    """

    def __init__(self, sources: Sequence[Source], *args: Any, crop_scale: float) -> None:
        if any(source.collage for source in sources):
            raise ValueError("a network for crops of one person takes no collages: leave collage at 0")
        people = [replace(source, samples=one_by_one(source.samples)) for source in sources]
        super().__init__(people, *args)
        self._crop_scale = crop_scale

    def _view(self, rng, sample, size, target, resize):
        box = sample.boxes[0]
        if rng.random() < self._options.half_body and sample.areas[0] > 0:
            box = random_half(rng, sample.keypoints[0], box)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return crop_matrix(box, *target, self._crop_scale), middle
