"""How well people are followed: CLEAR MOT, IDF1 and HOTA.

CLEAR MOT: Bernardin and Stiefelhagen, "Evaluating multiple object tracking performance", 2008. IDF1: Ristani et al.,
"Performance measures and a data set for multi-target, multi-camera tracking", 2016. HOTA: Luiten et al., "HOTA: a
higher order metric for evaluating multi-object tracking", 2021. Where these leave a choice it is that of TrackEval,
HOTA's reference implementation, which the tests compare with.

All figures are ratios of sums over frames, so what is kept is the summands of each frame: they can be added up over
sequences, and drawn anew by a bootstrap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

MATCH = 0.5  # similarity from which a report is of a person, but for HOTA, which goes through all of ALPHAS
ALPHAS = np.arange(0.05, 0.99, 0.05)
_CONTINUES = 1000.0  # what it is worth to keep the identity of the frame before: more than all similarities
_EPS = np.finfo(float).eps


@dataclass(frozen=True, eq=False)
class TrackedFrame:
    """The people in one image of a sequence and the people reported.

    Attributes:
        people: int [P], who is to be found; no two alike.
        tracks: int [R], the identities reported; no two alike.
        similarity: float [P, R] in 0..1, of each person and each report.
    """

    people: np.ndarray
    tracks: np.ndarray
    similarity: np.ndarray

    def __post_init__(self) -> None:
        for name in ("people", "tracks"):
            numbers = np.asarray(getattr(self, name), int)
            if len(set(numbers.tolist())) != len(numbers):
                raise ValueError(f"{name} of a frame are {numbers.tolist()}, must be different numbers")
            object.__setattr__(self, name, numbers)
        shape = (len(self.people), len(self.tracks))
        if np.shape(self.similarity) != shape:
            raise ValueError(f"similarity has shape {np.shape(self.similarity)}, must be {shape}: (people, tracks)")


@dataclass(frozen=True, eq=False)
class Score:
    """Counts over one or many frames; add them up before reading the ratios.

    Attributes:
        people: to be found, summed over frames.
        reports: people reported with an identity.
        found: pairs of the two, by CLEAR MOT's matching.
        switches: times that a person gets another identity than last.
        fragments: times that a person is followed again after an interruption.
        identified: reports that agree with the best one-to-one map of identities to people (IDTP).
        hota_found: float [19], pairs by HOTA's matching at each of ``ALPHAS``.
        hota_association: float [19], their association scores, summed.
    """

    people: float = 0
    reports: float = 0
    found: float = 0
    switches: float = 0
    fragments: float = 0
    identified: float = 0
    hota_found: np.ndarray = field(default_factory=lambda: np.zeros(len(ALPHAS)))
    hota_association: np.ndarray = field(default_factory=lambda: np.zeros(len(ALPHAS)))

    def as_array(self) -> np.ndarray:
        """float [44]: all counts, as :meth:`of` takes them."""
        counts = (self.people, self.reports, self.found, self.switches, self.fragments, self.identified)
        return np.concatenate([counts, self.hota_found, self.hota_association])

    @classmethod
    def of(cls, array: np.ndarray) -> Score:
        """The score of such an array, or of a sum of some."""
        people, reports, found, switches, fragments, identified = array[:6].tolist()
        hota_found, hota_association = np.split(array[6:], 2)
        return cls(people, reports, found, switches, fragments, identified, hota_found, hota_association)

    def __add__(self, other: Score) -> Score:
        return Score.of(self.as_array() + other.as_array())

    @property
    def missed(self) -> float:
        """People that no identity was reported for."""
        return self.people - self.found

    @property
    def false(self) -> float:
        """Identities reported for nobody."""
        return self.reports - self.found

    @property
    def mota(self) -> float:
        """1 - (missed + false + switches) / people."""
        return (self.found - self.false - self.switches) / max(self.people, 1)

    @property
    def idf1(self) -> float:
        """Share of the people and the reports that agree over the whole sequence."""
        return 2 * self.identified / max(self.people + self.reports, 1)

    @property
    def deta(self) -> float:
        """HOTA's share of detections that are right, averaged over ``ALPHAS``."""
        return float(self._detection().mean())

    @property
    def assa(self) -> float:
        """HOTA's share of the two tracks that agree, averaged over the pairs and over ``ALPHAS``."""
        return float(self._association().mean())

    @property
    def hota(self) -> float:
        """Geometric mean of the two at each of ``ALPHAS``, averaged over these."""
        return float(np.sqrt(self._detection() * self._association()).mean())

    def _detection(self) -> np.ndarray:
        return self.hota_found / np.maximum(self.people + self.reports - self.hota_found, 1)

    def _association(self) -> np.ndarray:
        return self.hota_association / np.maximum(self.hota_found, 1)


class FrameScore(NamedTuple):
    """A frame's part of the score of its sequence.

    Attributes:
        score: its summands.
        took_over: the tracks that a person got who had another one last.
    """

    score: Score
    took_over: list[int]


def identity_scores(frames: Iterable[TrackedFrame]) -> list[FrameScore]:
    """What each frame of one sequence, given in order, has to do with its score."""
    given = list(frames)
    frames = _numbered(given)
    people, tracks = _lengths(frames)
    clear = _clear(frames, len(people))
    identified = _identified(frames, people, tracks)
    hota = _hota(frames, people, tracks)
    return [
        FrameScore(
            Score(len(f.people), len(f.tracks), c.found, len(c.took_over), c.fragments, identified[i], *hota[i]),
            given[i].tracks[np.isin(f.tracks, c.took_over)].tolist(),
        )
        for i, (f, c) in enumerate(zip(frames, clear, strict=True))
    ]


def identity_score(frames: Iterable[TrackedFrame]) -> Score:
    """The score of one sequence, whose frames are given in order."""
    return sum((frame.score for frame in identity_scores(frames)), Score())


def _numbered(frames: Sequence[TrackedFrame]) -> list[TrackedFrame]:
    """The frames with people and tracks counted from 0, so that they can be indices."""
    people = {number: i for i, number in enumerate(sorted({n for f in frames for n in f.people.tolist()}))}
    tracks = {number: i for i, number in enumerate(sorted({n for f in frames for n in f.tracks.tolist()}))}
    return [
        TrackedFrame([people[n] for n in f.people.tolist()], [tracks[n] for n in f.tracks.tolist()], f.similarity)  # type: ignore[arg-type]
        for f in frames
    ]


def _lengths(frames: Sequence[TrackedFrame]) -> tuple[np.ndarray, np.ndarray]:
    """In how many frames each person and each track is: int [P], int [R]."""
    everybody = [
        np.concatenate([np.zeros(0, int), *(getattr(f, name) for f in frames)]) for name in ("people", "tracks")
    ]
    return np.bincount(everybody[0]), np.bincount(everybody[1])


class _Clear(NamedTuple):
    """A frame by CLEAR MOT's matching: people found, tracks that are new to their person, fragments."""

    found: int
    took_over: np.ndarray
    fragments: int


def _clear(frames: Sequence[TrackedFrame], count: int) -> list[_Clear]:
    """CLEAR MOT's matching, frame by frame: who was followed in the one before stays so if it can be."""
    last, before = np.full(count, -1), np.full(count, -1)
    scores = []
    for frame in frames:
        if not frame.similarity.size:
            scores.append(_Clear(0, np.zeros(0, int), 0))
            continue
        alike = frame.similarity >= MATCH - _EPS
        worth = np.where(alike, frame.similarity + _CONTINUES * (frame.tracks == before[frame.people][:, None]), 0)
        rows, columns = linear_sum_assignment(worth, maximize=True)
        matched = alike[rows, columns]
        people, tracks = frame.people[rows[matched]], frame.tracks[columns[matched]]
        known = last[people] >= 0
        took_over = tracks[known & (last[people] != tracks)]
        scores.append(_Clear(len(people), took_over, int((known & (before[people] < 0)).sum())))
        before[:] = -1
        before[people] = last[people] = tracks
    return scores


def _identified(frames: Sequence[TrackedFrame], people: np.ndarray, tracks: np.ndarray) -> list[int]:
    """IDTP of each frame: the pairs in the one-to-one map of people and tracks that makes their sum the largest."""
    together = np.zeros((len(people), len(tracks)))
    for frame in frames:
        together[np.ix_(frame.people, frame.tracks)] += frame.similarity >= MATCH
    chosen = np.zeros(together.shape, bool)
    chosen[linear_sum_assignment(together, maximize=True)] = True
    return [int((chosen[np.ix_(f.people, f.tracks)] & (f.similarity >= MATCH)).sum()) for f in frames]


def _hota(
    frames: Sequence[TrackedFrame], people: np.ndarray, tracks: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """([19], [19]) of each frame: pairs found at each of ``ALPHAS``, and the sum of their association scores."""
    alike = np.zeros((len(people), len(tracks)))
    for frame in frames:
        both = frame.similarity.sum(axis=0) + frame.similarity.sum(axis=1)[:, None] - frame.similarity
        alike[np.ix_(frame.people, frame.tracks)] += np.divide(
            frame.similarity, both, out=np.zeros_like(both), where=both > _EPS
        )
    alignment = alike / np.maximum(people[:, None] + tracks - alike, _EPS)
    pairs = []  # of each frame: places in the table of people and tracks, and bool [19, pairs], found at which alpha
    for frame in frames:
        worth = alignment[np.ix_(frame.people, frame.tracks)] * frame.similarity
        rows, columns = linear_sum_assignment(worth, maximize=True)
        found = frame.similarity[rows, columns] >= ALPHAS[:, None] - _EPS
        pairs.append((frame.people[rows] * len(tracks) + frame.tracks[columns], found))
    association = _association(pairs, people, tracks)
    return [(found.sum(axis=1), part.sum(axis=1)) for (_, found), part in zip(pairs, association, strict=True)]


def _association(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]], people: np.ndarray, tracks: np.ndarray
) -> list[np.ndarray]:
    """Float [19, pairs] of each frame: how much of both tracks a pair is together, 0 where it is not found."""
    if not pairs:
        return []
    places, numbers = np.unique(np.concatenate([place for place, _ in pairs]), return_inverse=True)
    everything = np.concatenate([found for _, found in pairs], axis=1)
    together = np.array([np.bincount(numbers, found, len(places)) for found in everything])
    lengths = people[places // len(tracks)] + tracks[places % len(tracks)] if len(places) else np.zeros(0)
    share = together / np.maximum(lengths - together, 1)
    return np.split(share[:, numbers] * everything, np.cumsum([len(place) for place, _ in pairs])[:-1], axis=1)
