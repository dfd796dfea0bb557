"""CLEAR MOT (Bernardin and Stiefelhagen 2008) and IDF1 (Ristani et al. 2016), where who is who is known by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
from scipy.optimize import linear_sum_assignment


@dataclass
class Score:
    """Counts over one or many sequences; add them up before reading the ratios.

    Attributes:
        truths: people to be found, summed over frames.
        found: of these, the ones reported with an identity.
        false: identities reported for nobody.
        switches: times a person's identity differs from the last one of that person.
        identified: reports that agree with the best one-to-one map of identities to people (IDTP).
    """

    truths: int = 0
    found: int = 0
    false: int = 0
    switches: int = 0
    identified: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def mota(self) -> float:
        """1 - (misses + false reports + switches) / truths."""
        return 1 - (self.truths - self.found + self.false + self.switches) / max(self.truths, 1)

    @property
    def idf1(self) -> float:
        """Share of the people and the reports that agree over the whole sequence."""
        return 2 * self.identified / max(self.truths + self.found + self.false, 1)


class Frame(Protocol):
    """What is known of the detections in a frame.

    Attributes:
        present: whoever is to be found.
        truth: int [D], whom each detection shows; somebody who is not present, or nobody (any other number).
    """

    @property
    def present(self) -> Collection[int]: ...

    @property
    def truth(self) -> np.ndarray: ...


def identity_score(frames: Iterable[Frame], identities: Iterable[Sequence[int] | np.ndarray]) -> Score:
    """Score the identities that a tracker gave to the detections of a sequence.

    Args:
        frames: in order.
        identities: for each frame one int a detection, -1: none. No two in a frame are alike.

    Raises:
        ValueError: these are not as many as frames, or as detections in a frame.
    """
    score = Score()
    last: dict[int, int] = {}
    together: Counter[tuple[int, int]] = Counter()
    for frame, given in zip(frames, identities, strict=True):
        score.truths += len(frame.present)
        for truth, identity in zip(frame.truth.tolist(), np.asarray(given).tolist(), strict=True):
            if identity < 0:
                continue
            if truth not in frame.present:
                score.false += 1
                continue
            score.found += 1
            score.switches += last.get(truth, identity) != identity
            last[truth] = identity
            together[truth, identity] += 1
    score.identified = _most_in_agreement(together)
    return score


def _most_in_agreement(together: Counter[tuple[int, int]]) -> int:
    """How many reports agree with the best one-to-one map of identities to people."""
    if not together:
        return 0
    people = {person: i for i, person in enumerate({person for person, _ in together})}
    identities = {identity: i for i, identity in enumerate({identity for _, identity in together})}
    table = np.zeros((len(people), len(identities)))
    for (person, identity), count in together.items():
        table[people[person], identities[identity]] = count
    return int(table[linear_sum_assignment(table, maximize=True)].sum())
