"""Which samples an epoch consists of, the same for any number of processes and workers, and after a resume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np


class Draw(NamedTuple):
    """One sample of an epoch.

    Attributes:
        epoch: counted from 0.
        position: in the epoch, over all processes; with the epoch it seeds the sample's augmentation.
        index: of the sample in the data set.
    """

    epoch: int
    position: int
    index: int


class EpochSampler:
    """Yields batches of :class:`Draw`, for the ``batch_sampler`` of a DataLoader.

    Each source is gone through in one endless row of random orders, which the epochs cut into pieces: no sample comes a
    second time before all of its source came once. All follows from the seed, the epoch and the step alone: several
    processes see, batch by batch, together what one process sees, and a resumed run goes on as if it had never ended.

    Args:
        sizes: number of samples of each source, in the order in which the data set has them.
        weights: how often a sample of each source is drawn relative to one of weight 1.
        batch_size: samples that go through the network at once, of all processes together.
        epoch_size: samples an epoch; None: the weighted number of all. It is rounded down to whole batches.
        seed: of the order.
        rank, ranks: this process and their number.
        accumulate: how many such batches make a step; a process's share of a step is its shares of them, one by one.

    Raises:
        ValueError: an argument is impossible; the message says which.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        weights: Sequence[float],
        batch_size: int,
        epoch_size: int | None = None,
        seed: int = 0,
        rank: int = 0,
        ranks: int = 1,
        accumulate: int = 1,
    ) -> None:
        if len(sizes) != len(weights) or not sizes or min(sizes) < 1 or not min(weights) > 0:
            raise ValueError(f"sources of {list(sizes)} samples with weights {list(weights)}: all must be above 0")
        if batch_size < 1 or batch_size % ranks:
            raise ValueError(f"batch_size {batch_size} cannot be shared by {ranks} processes: give a multiple")
        if not 0 <= rank < ranks:
            raise ValueError(f"rank {rank} must be 0..{ranks - 1}")
        shares = np.multiply(sizes, weights)
        epoch_size = round(shares.sum()) if epoch_size is None else epoch_size
        self.steps = epoch_size // (batch_size * accumulate)
        if self.steps < 1:
            raise ValueError(
                f"an epoch of {epoch_size} samples has no step of {batch_size * accumulate}: lower batch_size"
            )
        self._sizes, self._starts = list(sizes), np.cumsum([0, *sizes[:-1]])
        self._counts = _apportion(shares, self.steps * accumulate * batch_size)
        self._batch_size, self._seed, self._rank, self._ranks = batch_size, seed, rank, ranks
        self._accumulate = accumulate
        self._epoch, self._first_step = 0, 0

    def set_epoch(self, epoch: int, first_step: int = 0) -> None:
        """What the next iteration yields: the batches of ``epoch`` from ``first_step`` on."""
        if epoch < 0 or not 0 <= first_step <= self.steps:
            raise ValueError(f"epoch {epoch}, step {first_step}: an epoch has steps 0..{self.steps}")
        self._epoch, self._first_step = epoch, first_step

    def __len__(self) -> int:
        """Batches of the next iteration."""
        return self.steps - self._first_step

    def __iter__(self) -> Iterator[list[Draw]]:
        epoch = self._epoch
        order = self._order(epoch)
        share = self._batch_size // self._ranks
        for step in range(self._first_step, self.steps):
            batches = range(step * self._accumulate, (step + 1) * self._accumulate)
            starts = [batch * self._batch_size + self._rank * share for batch in batches]
            yield [Draw(epoch, i, int(order[i])) for start in starts for i in range(start, start + share)]

    def _order(self, epoch):
        pieces = [
            start + self._piece(source, size, epoch * count, count)
            for source, (start, size, count) in enumerate(zip(self._starts, self._sizes, self._counts, strict=True))
        ]
        return np.random.default_rng([self._seed, 0, epoch]).permutation(np.concatenate(pieces))

    def _piece(self, source, size, first, count):
        """Entries first .. first + count - 1 of a source's endless row of random orders."""
        rounds = range(first // size, (first + count - 1) // size + 1)
        row = [np.random.default_rng([self._seed, 1, source, r]).permutation(size) for r in rounds]
        skipped = first - rounds.start * size
        return np.concatenate(row)[skipped : skipped + count] if row else np.empty(0, int)


def _apportion(shares, total):
    """Whole numbers in proportion to ``shares`` that sum to ``total`` (largest remainders)."""
    exact = shares / shares.sum() * total
    counts = np.floor(exact).astype(int)
    counts[np.argsort(counts - exact, kind="stable")[: total - counts.sum()]] += 1
    return counts.tolist()
