"""Everything that may go on: each rule for each person, or pair of people, and each of its zones; in one flat array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .language import SYMMETRIC_PAIR
from .lasting import Changes, Lasting
from .rule import Rule
from .zones import Zone


class Cell(NamedTuple):
    """Something that may go on.

    Attributes:
        rule, zone: indices of the rule, and of the zone among its own.
        people: slots of the person, or of A and B.
    """

    rule: int
    zone: int
    people: tuple[int, ...]


class Grid:
    """The state of S people, Z zones and some rules.

    Args:
        rules: of all.
        zones: of each rule those that it is applied to; one None for none.
        slots: S.
    """

    def __init__(self, rules: Sequence[Rule], zones: Sequence[Sequence[Zone | None]], slots: int) -> None:
        self._rules, self._zones, self.slots = rules, zones, slots
        self._shapes = [
            (len(z), slots, slots) if r.is_of_two else (len(z), slots) for r, z in zip(rules, zones, strict=True)
        ]
        sizes = [int(np.prod(shape)) for shape in self._shapes]
        self._ends = np.cumsum(sizes, dtype=np.intp)
        self._starts = self._ends - sizes
        count = int(self._ends[-1]) if sizes else 0
        self._lasting = Lasting(count)
        self._limits = tuple(
            np.repeat([getattr(rule, name) for rule in rules], sizes).astype(float)
            for name in ("lasts", "until", "gap")
        )
        self._counted = np.zeros(count, bool)
        self._present: bytes | None = None

    def __len__(self) -> int:
        return len(self._counted)

    def take_over(self, before: Grid) -> None:
        """Go on with the state of another grid, as far as rules, zones and people are the same."""
        others = {
            (r.name, z and z.name): (i, j) for i, r in enumerate(before._rules) for j, z in enumerate(before._zones[i])
        }
        kept = slice(min(self.slots, before.slots))
        for i, rule in enumerate(self._rules):
            for j, zone in enumerate(self._zones[i]):
                k, m = others.get((rule.name, zone and zone.name), (-1, -1))
                if k < 0 or before._rules[k].who != rule.who:
                    continue
                where = (kept,) * (1 + rule.is_of_two)
                for mine, theirs in zip(self._lasting.arrays(), before._lasting.arrays(), strict=True):
                    self.block(mine, i)[j][where] = before.block(theirs, k)[m][where]

    @property
    def active(self) -> np.ndarray:
        """bool [N]: it goes on."""
        return self._lasting.active

    def block(self, array: np.ndarray, rule: int) -> np.ndarray:
        """What stands in an array [N] for one rule, as [Z, S] or [Z, S, S]."""
        return array[self._starts[rule] : self._ends[rule]].reshape(self._shapes[rule])

    def counted(self, present: np.ndarray) -> np.ndarray:
        """bool [N]: the people are there, and not the same; of a symmetric pair it is told once.

        Args:
            present: bool [S].
        """
        if present.tobytes() != self._present:
            self._present = present.tobytes()
            pairs = present[:, None] & present & ~np.eye(len(present), dtype=bool)
            for i, rule in enumerate(self._rules):
                counted = np.triu(pairs) if rule.who == SYMMETRIC_PAIR else pairs if rule.is_of_two else present
                self.block(self._counted, i)[...] = counted
        return self._counted

    def update(self, truth: np.ndarray, stamp: float) -> Changes:
        """Take in what is true in the next image.

        Args:
            truth: int8 [N].
            stamp: of the image.
        """
        return self._lasting.update(truth, stamp, *self._limits)

    def began(self, index: int) -> float:
        """Stamp of the first image in which it was seen."""
        return float(self._lasting.began[index])

    def cell(self, index: int) -> Cell:
        """What stands at an index."""
        rule = int(np.searchsorted(self._ends, index, side="right"))
        zone, *people = np.unravel_index(index - self._starts[rule], self._shapes[rule])
        return Cell(rule, int(zone), tuple(map(int, people)))

    def cells(self, indices: Sequence[int]) -> Iterator[tuple[int, Cell]]:
        """The indices with what stands there."""
        return ((i, self.cell(i)) for i in indices)
