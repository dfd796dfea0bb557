"""CLEAR MOT (Bernardin and Stiefelhagen 2008) and IDF1 (Ristani et al. 2016), where who is who is known by row."""

from dataclasses import dataclass, fields

import numpy as np
from scipy.optimize import linear_sum_assignment


@dataclass
class Score:
    """Counts over one or many sequences; add them up before reading the ratios.

    Attributes:
        truths: people to be found, summed over frames.
        found: of these, the ones reported with an identity.
        false: identities reported for nobody.
        switches: times a person's identity differs from the one he had last.
        identified: reports that agree with the best one-to-one map of identities to people (IDTP).
    """

    truths: int = 0
    found: int = 0
    false: int = 0
    switches: int = 0
    identified: int = 0

    def __add__(self, other):
        return Score(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def mota(self):
        """1 - (misses + false reports + switches) / truths."""
        return 1 - (self.truths - self.found + self.false + self.switches) / max(self.truths, 1)

    @property
    def idf1(self):
        """Share of the people and the reports that agree over the whole sequence."""
        return 2 * self.identified / max(self.truths + self.found + self.false, 1)


def evaluate(frames, identities):
    """Score the ``identities`` (for each frame one int per detection, -1: none) given to ``frames`` of a scene."""
    score, last, together = Score(), {}, {}
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
            together[truth, identity] = together.get((truth, identity), 0) + 1
    if together:
        people = {p: i for i, p in enumerate({p for p, _ in together})}
        ids = {p: i for i, p in enumerate({p for _, p in together})}
        table = np.zeros((len(people), len(ids)))
        for (truth, identity), count in together.items():
            table[people[truth], ids[identity]] = count
        score.identified = int(table[linear_sum_assignment(table, maximize=True)].sum())
    return score
