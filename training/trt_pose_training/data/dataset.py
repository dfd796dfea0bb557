"""Augmented samples as batches of torch tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from pycocotools import mask as rle
from torch.utils.data import DataLoader, Dataset

from trt_pose_ros.model_file import InputSpec
from trt_pose_ros.topology import Topology

from .augment import (
    AugmentOptions,
    base_matrix,
    random_colors,
    random_matrix,
    random_occlusion,
    random_resolution,
    warp_keypoints,
)
from .coco import Sample
from .collage import random_tiles
from .images import Reader, reduction
from .sampler import Draw, EpochSampler

_SUBCELL_BITS = 4  # regions are drawn at 1/16 of a map cell


@dataclass(frozen=True)
class Source:
    """Samples of one kind.

    Attributes:
        samples: of :class:`~.coco.Sample`, all with the keypoints of one topology.
        weight: how often they are drawn relative to samples of weight 1 (see :class:`~.sampler.EpochSampler`).
        collage: probability that an input is tiled of several of them: for small images of single people.
    """

    samples: list[Sample]
    weight: float = 1.0
    collage: float = 0.0

    def __post_init__(self):
        if not self.samples or not self.weight > 0 or not 0 <= self.collage <= 1:
            raise ValueError(
                f"a source of {len(self.samples)} samples, weight {self.weight}, collage {self.collage}: "
                "samples and weight must be above 0, collage 0 to 1"
            )


class Batch(NamedTuple):
    """N augmented samples.

    Attributes:
        images: uint8 [N, H, W, 3] in the network's colour order.
        keypoints: float32 [N, P, K, 3] x, y in input pixels and visibility as in :class:`~.coco.Sample`, padded with
            zeros to the largest number of people. Keypoints may lie outside the input.
        mask: float32 [N, H / stride, W / stride]; 1: the cell counts, 0: a region to ignore.
        labelled: bool [N, K]: the sample's data set has this keypoint.
    """

    images: torch.Tensor
    keypoints: torch.Tensor
    mask: torch.Tensor
    labelled: torch.Tensor


class PoseDataset(Dataset):
    """The samples of all sources, augmented; items are made into a :class:`Batch` by :func:`collate`.

    Args:
        sources: list of :class:`Source`, with weights for :class:`~.sampler.EpochSampler`.
        topology: whose keypoints they have.
        spec: :class:`~trt_pose_ros.model_file.InputSpec` of the network: size, colour order, resize rule, padding.
        stride: input pixels a cell of the network's maps; cell u is at input pixel stride * u + (stride - 1) / 2.
        options: :class:`~.augment.AugmentOptions`.
        seed: with a draw's epoch and position it determines the augmentation.
        cache: bytes of decoded images that are kept in memory, in each process that loads images.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        topology: Topology,
        spec: InputSpec,
        stride: int,
        options: AugmentOptions,
        seed: int = 0,
        cache: int = 0,
    ) -> None:
        if spec.height % stride or spec.width % stride:
            raise ValueError(f"input {spec.height}x{spec.width} is not a multiple of the maps' stride {stride}")
        self.sources, self.samples = sources, [s for source in sources for s in source.samples]
        for sample in self.samples:
            if sample.keypoints.shape[1] != len(topology.keypoints):
                raise ValueError(
                    f"{sample.file} has {sample.keypoints.shape[1]} keypoints, topology {topology.name!r} "
                    f"{len(topology.keypoints)}: load the data with this topology"
                )
        self._source = np.repeat(np.arange(len(sources)), [len(s.samples) for s in sources])
        self._swap, self._spec, self._stride = topology.swap, spec, stride
        self._options, self._seed, self._read = options, seed, Reader(cache)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, draw: Draw | int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The sample of a :class:`~.sampler.Draw` (a plain index: of epoch 0, at the position of the same number).

        Returns:
            (image, keypoints, mask, labelled) as in a Batch, without N, as numpy arrays.

        Raises:
            ValueError: the image cannot be read or has another size than annotated.
        """
        draw = draw if isinstance(draw, Draw) else Draw(0, draw, draw)
        rng = np.random.default_rng([self._seed, draw.epoch, draw.position])
        source = self.sources[self._source[draw.index]]
        spec, sample = self._spec, self.samples[draw.index]
        if rng.random() < source.collage:
            item = self._collage(rng, sample, source.samples)
        else:
            item = self._augmented(rng, sample, spec.width, spec.height, spec.resize)
        image, keypoints, mask, labelled = item
        random_occlusion(rng, self._options, image, keypoints)
        image = random_resolution(rng, self._options, image)
        if spec.color == "rgb":
            cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
        return image, keypoints, mask, labelled

    def _augmented(self, rng, sample, width, height, resize):
        """A sample in an input of the given size, with colours in BGR."""
        image, size = None, (sample.width, sample.height)
        if sample.width is None:
            image = self._read(sample.file)
            size = image.shape[1::-1]
        base, pivot = self._view(rng, sample, size, (width, height), resize)
        matrix, mirrored = random_matrix(rng, self._options, base, pivot, (width, height), sample.keypoints)
        factor = 1
        if image is None:
            factor = reduction(sample.file, np.hypot(*matrix[:2, :2]).max())  # its columns are orthogonal
            image = self._read(sample.file, size, factor)
        image = random_colors(rng, self._options, image)
        offset = (factor - 1) / 2
        from_reduced = matrix @ np.array([[factor, 0, offset], [0, factor, offset], [0, 0, 1]])
        image = cv2.warpAffine(image, from_reduced[:2], (width, height), borderValue=self._spec.pad_bgr)
        keypoints = warp_keypoints(sample.keypoints, matrix, mirrored, self._swap)
        labelled = sample.labelled[list(self._swap)] if mirrored else sample.labelled
        return image, keypoints, ignore_mask(sample.ignore, matrix, width, height, self._stride), labelled

    def _view(self, rng, sample, size, target, resize):
        """Where a sample is seen without augmentation ([3, 3]), and the place that augmentation turns it about."""
        return base_matrix(*size, *target, resize), ((size[0] - 1) / 2, (size[1] - 1) / 2)

    def _collage(self, rng, sample, others):
        """An input tiled of ``sample`` and random others."""
        spec, stride = self._spec, self._stride
        image = np.empty((spec.height, spec.width, 3), np.uint8)
        mask = np.empty((spec.height // stride, spec.width // stride), np.float32)
        keypoints, labelled = [], []
        for x, y, width, height in random_tiles(rng, spec.width, spec.height, stride):
            tile = np.s_[y : y + height, x : x + width]
            cells = np.s_[y // stride : (y + height) // stride, x // stride : (x + width) // stride]
            image[tile], points, mask[cells], known = self._augmented(rng, sample, width, height, "letterbox")
            outside = ((points[:, :, :2] < -0.5) | (points[:, :, :2] > (width - 0.5, height - 0.5))).any(2)
            points[outside] = 0  # it would lie in a neighbour's tile
            points[:, :, :2] += np.where(points[:, :, 2:] > 0, (x, y), 0)
            keypoints.append(points)
            labelled.append(known)
            sample = others[rng.integers(len(others))]
        return image, np.concatenate(keypoints), mask, np.all(labelled, axis=0)


def ignore_mask(regions: Sequence[Any], matrix: np.ndarray, width: int, height: int, stride: int) -> np.ndarray:
    """float32 [height / stride, width / stride]: 0 at map cells that lie in one of the regions of a sample, else 1.

    Args:
        regions: as in :class:`~.coco.Sample`.
        matrix: [3, 3] from the image's pixels to the input's.
        width, height: of the input in pixels.
        stride: input pixels a cell.
    """
    mask = np.ones((height // stride, width // stride), np.float32)
    if not regions:
        return mask
    offset = (1 - stride) / (2 * stride)
    to_cells = np.array([[1 / stride, 0, offset], [0, 1 / stride, offset]]) @ matrix
    for region in regions:
        if isinstance(region, dict):
            covered = cv2.warpAffine(rle.decode(region), to_cells, mask.shape[::-1])
            mask[covered > 0] = 0
        else:
            points = np.rint((region @ to_cells[:, :2].T + to_cells[:, 2]) * 2**_SUBCELL_BITS).astype(np.int32)
            cv2.fillPoly(mask, [points], 0, cv2.LINE_8, _SUBCELL_BITS)
    return mask


def collate(items: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]) -> Batch:
    """Make a :class:`Batch` of items of a :class:`PoseDataset`."""
    images, keypoints, masks, labelled = zip(*items, strict=True)
    people = max(len(k) for k in keypoints)
    padded = np.zeros((len(items), people, *keypoints[0].shape[1:]), np.float32)
    for row, k in zip(padded, keypoints, strict=True):
        row[: len(k)] = k
    arrays = np.stack(images), padded, np.stack(masks), np.stack(labelled)
    return Batch(*map(torch.from_numpy, arrays))


def make_loader(dataset: PoseDataset, sampler: EpochSampler, workers: int = 0, pin_memory: bool = False) -> DataLoader:
    """A DataLoader that yields a :class:`Batch` for each batch of an EpochSampler; 0 workers: in this process.

    Worker processes start anew (``spawn``) instead of as copies of this one: a copy inherits the locks of threads that
    it does not have, and OpenCV's would make it wait forever. So a script needs its ``if __name__ == "__main__":``.
    """
    return DataLoader(
        dataset,
        batch_sampler=sampler,
        num_workers=workers,
        collate_fn=collate,
        pin_memory=pin_memory,
        persistent_workers=workers > 0,
        multiprocessing_context="spawn" if workers else None,
        worker_init_fn=_one_thread,
    )


def _one_thread(_):
    cv2.setNumThreads(1)
