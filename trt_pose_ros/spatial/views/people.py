"""People: who is followed in space, and where each of them should be now."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ...poses import NO_TRACK

_FIRST_SPEED = 1.5  # metres a second, standard deviation of somebody's who has just come
_AGILITY = 3.0  # metres a second squared, standard deviation of a body's acceleration
_LIMBS = 1.5  # metres a second, that a joint moves against the body
_PLACE = 0.04  # metres, standard deviation of the place of a body


@dataclass
class People:
    """T people.

    Attributes:
        ids: int [T], their identities; NO_TRACK before they have one.
        places: float [T, K, 3], where each keypoint should be, metres in the common frame; NaN if never seen.
        velocity: float [T, 3], of the body, metres a second.
        covariance: float [T, 3], of the body along any axis: place with place, place with velocity, velocity with
            velocity.
        hits: int [T], moments in which they were located.
        seen: float [T], stamp of the last of these.
        joints_seen: float [T, K], stamp when each keypoint was; -inf if never.
    """

    ids: np.ndarray
    places: np.ndarray
    velocity: np.ndarray
    covariance: np.ndarray
    hits: np.ndarray
    seen: np.ndarray
    joints_seen: np.ndarray

    @classmethod
    def starting(cls, places: np.ndarray, stamp: float) -> People:
        """People located for the first time at ``places`` [T, K, 3]."""
        count = len(places)
        known = np.isfinite(places).all(axis=2)
        covariance = np.tile((_PLACE**2, 0.0, _FIRST_SPEED**2), (count, 1))
        ids, hits, seen = np.full(count, NO_TRACK), np.ones(count, int), np.full(count, stamp)
        return cls(ids, places, np.zeros((count, 3)), covariance, hits, seen, np.where(known, stamp, -np.inf))

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: Any) -> People:
        return People(*(getattr(self, f.name)[rows] for f in fields(self)))

    def __add__(self, other: People) -> People:
        return People(*(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)))

    def predict(self, seconds: float) -> None:
        """Move everybody on by ``seconds``."""
        place, both, velocity = self.covariance.T
        noise = _AGILITY**2
        self.places = self.places + (self.velocity * seconds)[:, None]
        self.covariance = np.stack(
            [
                place + 2 * seconds * both + seconds**2 * velocity + noise * seconds**4 / 4,
                both + seconds * velocity + noise * seconds**3 / 2,
                velocity + noise * seconds**2,
            ],
            axis=1,
        )

    def spreads(self, spreads: np.ndarray, stamp: float) -> np.ndarray:
        """float [T, K]: standard deviation with which the places are known, those of keypoints [K] included."""
        unseen = np.minimum(stamp - self.joints_seen, 1.0)
        return np.sqrt(spreads**2 + self.covariance[:, :1] + np.square(_LIMBS * unseen))

    def observe(self, rows: np.ndarray, places: np.ndarray, stamp: float) -> None:
        """Take in that the people in ``rows`` [M] were located at ``places`` [M, K, 3], NaN where not known."""
        moved = places - self.places[rows]
        known = np.isfinite(moved).all(axis=2)
        place, both, velocity = self.covariance[rows].T
        gains = np.where(known.any(axis=1), np.stack([place, both]) / (place + _PLACE**2), 0.0)
        shift = _medians(moved, known)
        self.velocity[rows] += gains[1][:, None] * shift
        self.covariance[rows] = np.stack(
            [(1 - gains[0]) * place, (1 - gains[0]) * both, velocity - gains[1] * both], axis=1
        )
        here = np.isfinite(places).all(axis=2)
        carried = self.places[rows] + (gains[0][:, None] * shift)[:, None]
        self.places[rows] = np.where(here[:, :, None], places, carried)
        self.joints_seen[rows] = np.where(here, stamp, self.joints_seen[rows])
        self.hits[rows] += 1
        self.seen[rows] = stamp


def _medians(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """float [M, 3]: medians of the ``known`` [M, K] of ``values`` [M, K, 3]; 0 without any."""
    return np.array(
        [np.median(v[k], axis=0) if k.any() else np.zeros(3) for v, k in zip(values, known, strict=True)]
    ).reshape(-1, 3)
