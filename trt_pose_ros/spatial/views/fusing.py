"""Fusing: the people in the images of several calibrated cameras as people in space, with identities over time.

    fusing = Fusing(topology, frame="map")
    people = fusing([Seen("left", left, poses_l, 0.1), Seen("right", right, poses_r, 0.1)], 0.1)

Whoever is followed already is looked for first, in each image by itself, where they should be by now (as Chen et al.
do, "Cross-View Tracking for Multi-Human 3D Pose Estimation", CVPR 2020): that takes time linear in the cameras, and one
that is missing takes only its own view away. Who is left is matched across the images and begins anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ...options import Options, option
from ...poses import NO_TRACK, PERSON, Poses
from ...topology import Topology
from . import matching
from .body import human_sized, misplaced
from .clocks import Clocks
from .people import People
from .triangulation import Points, triangulate
from .view import Seen, Sightings

_BODY = 1.0  # metres: the root of the area of a body, to which OKS sigmas relate
_SAME_PLACE = 0.25  # metres between two bodies that are one
_KNOWN_BONUS = 0.3  # of likeness, for a camera's track that was this person a moment ago
_LEAST_LIKE = 0.15  # that a sighting of a followed person must be
_FEWEST_CLOCKS = 3  # cameras of which one can be held against the others
_BELONGS = 0.4  # of a view's keypoints must agree with the others', or the view shows somebody else


@dataclass(frozen=True)
class ViewsOptions(Options):
    """How people are found in several views."""

    min_score: float = option(0.2, "keypoints and people of less are not used", low=0.0, high=1.0)
    spread: float = option(
        0.6,
        "standard deviation of keypoints in their OKS sigmas; smaller tells people apart who stand close, larger "
        "forgives keypoints, clocks and calibrations that are off",
        low=0.1,
        high=5.0,
    )
    min_keypoints: int = option(5, "located keypoints that make a person", low=3, high=100)
    max_stddev: float = option(
        0.3,
        "metres; a place that is less certain is not told, such as one between two cameras that look along one line",
        low=0.01,
        high=10.0,
    )
    min_hits: int = option(3, "moments in which somebody is located before getting an identity", low=1, high=100)
    max_age: float = option(1.0, "seconds out of sight after which somebody is forgotten", low=0.0, high=60.0)


class Fusing:
    """People in space, of several views.

    Args:
        topology: of the poses to come.
        frame: name of the common frame of the views, which the result tells.
        **options: of :class:`ViewsOptions`.

    Attributes:
        options: the ViewsOptions; may be replaced at any time.
        people: :class:`.people.People` that are followed.
        clocks: :class:`.clocks.Clocks`, by how much the cameras' stamps are off.
    """

    def __init__(self, topology: Topology, frame: str, **options: Any) -> None:
        self.topology, self.frame = topology, frame
        self.options = ViewsOptions.of(**options)
        self._next_id = 0
        self.reset()

    def reset(self) -> None:
        """Forget everybody; identities go on counting."""
        keypoints = len(self.topology.keypoints)
        self._stamp = -math.inf
        self.people = People.starting(np.empty((0, keypoints, 3)), self._stamp)
        self.clocks, self._turn = Clocks(), 0
        self._known: dict[tuple[str, int], int] = {}  # (camera, track id in it) -> identity here

    def __call__(self, seen: Sequence[Seen], stamp: float) -> Poses:
        """The people in the images of one moment.

        Args:
            seen: one image a camera, of this topology; cameras may be missing.
            stamp: of the moment, in seconds. If it goes back everybody is forgotten.

        Returns:
            Poses with positions in ``frame``, their standard deviations and identities; x, y are NaN, the scores those
            of the keypoints in the images. People seen by one camera only are not among them.

        Raises:
            ValueError: another topology, two images of a camera, or a stamp that is not a finite number.
        """
        self._check(seen, stamp)
        if stamp <= self._stamp:
            self.reset()
        people = self.people[stamp - self.people.seen <= self.options.max_age]
        people.predict(stamp - self._stamp if len(people) else 0.0)
        self._stamp, self.people = stamp, people
        sightings = Sightings.of([_confident(s, self.options.min_score) for s in seen], len(self.topology.keypoints))
        spreads = self.options.spread * _BODY * np.asarray(self.topology.sigmas)

        groups, points = self._followed(sightings, spreads, len(seen))
        rows = np.flatnonzero(self._located(points))
        self.people.observe(rows, points.places[rows], stamp)
        self._compare_clocks(seen, sightings, groups, spreads)
        new_groups, new = self._new(sightings, groups, spreads, len(seen))
        rows = np.concatenate([rows, len(self.people) + np.arange(len(new.places))])
        self.people = self.people + People.starting(new.places, stamp)
        self._identify(sightings.names, np.concatenate([groups, new_groups]))
        result = self._poses(_rows(_joined(points, new), rows), self.people.ids[rows])
        # whoever is not seen again before the identity is given was a ghost
        self.people = self.people[(self.people.ids != NO_TRACK) | (self.people.seen == stamp)]
        return result

    def _check(self, seen: Sequence[Seen], stamp: float) -> None:
        if not math.isfinite(stamp):
            raise ValueError(f"stamp must be a finite number of seconds, got {stamp}")
        cameras = [s.camera for s in seen]
        if len(set(cameras)) < len(cameras):
            raise ValueError(f"one moment has one image of each camera, got those of {', '.join(cameras)}")
        for s in seen:
            if s.poses.topology != self.topology:
                raise ValueError(
                    f"people are followed in topology {self.topology.name!r}, camera {s.camera!r} has "
                    f"{s.poses.topology.name!r}"
                )

    def _followed(self, sightings: Sightings, spreads: np.ndarray, views: int) -> tuple[np.ndarray, Points]:
        """(int [T, V], Points): which sighting shows whom of those who are followed, and where they are."""
        people = self.people
        like = matching.likeness(people.places, sightings, people.spreads(spreads, self._stamp))
        known = np.array([self._known.get(name, NO_TRACK) for name in sightings.names], int)
        same = (people.ids[:, None] == known[None]) & (known != NO_TRACK)
        labels = matching.assigned(np.where(like >= _LEAST_LIKE, like + _KNOWN_BONUS * same, 0.0), sightings)
        return _consistent(sightings, sightings.grouped(labels, len(people), views), spreads)

    def _compare_clocks(
        self, seen: Sequence[Seen], sightings: Sightings, groups: np.ndarray, spreads: np.ndarray
    ) -> None:
        """Hold what one of the cameras sees, another each time, against where the others have it."""
        if len(seen) < _FEWEST_CLOCKS:
            return
        self._turn = (self._turn + 1) % len(seen)
        mine = np.flatnonzero((groups[:, self._turn] >= 0) & (self.people.ids != NO_TRACK))
        others = groups[mine].copy()
        others[:, self._turn] = -1
        places = triangulate(sightings, others, spreads).places
        here = seen[self._turn]
        velocity = np.broadcast_to(self.people.velocity[mine][:, None], places.shape)
        pixels = sightings.pixels[groups[mine, self._turn]]
        told = np.isfinite(places).all(axis=2) & np.isfinite(pixels).all(axis=2)
        places = places + velocity * (here.stamp - self._stamp)
        self.clocks.add(here, places[told], velocity[told], pixels[told])

    def _new(
        self, sightings: Sightings, taken: np.ndarray, spreads: np.ndarray, views: int
    ) -> tuple[np.ndarray, Points]:
        """The same of the people that nobody followed so far, from the sightings that are not ``taken``."""
        free = np.setdiff1d(np.arange(len(sightings)), taken)
        rest = sightings[free]
        labels = matching.grouped(matching.pair_weights(rest, spreads, self.topology))
        groups, points = _consistent(rest, rest.grouped(labels, labels.max(initial=-1) + 1, views), spreads)
        good = np.flatnonzero(self._located(points) & ~self._there_already(points.places))
        groups = np.where(groups >= 0, free[groups] if len(free) else -1, -1)
        return groups[good], _rows(points, good)

    def _located(self, points: Points) -> np.ndarray:
        """bool [G]: enough keypoints are where a human body can have them."""
        points.drop(~(points.stddevs <= self.options.max_stddev))
        points.drop(misplaced(points.places, self.topology))
        sure = np.isfinite(points.stddevs)
        enough = sure.sum(axis=1) >= min(self.options.min_keypoints, len(self.topology.keypoints))
        return enough & human_sized(points.places, self.topology)

    def _there_already(self, places: np.ndarray) -> np.ndarray:
        """bool [G]: somebody was located at these ``places`` [G, K, 3] in this moment."""
        present = self.people.places[self.people.seen == self._stamp]
        apart = np.linalg.norm(places[:, None] - present[None], axis=-1)
        known = np.isfinite(apart)
        mean = np.where(known, apart, 0.0).sum(axis=-1) / np.maximum(known.sum(axis=-1), 1)
        return ((mean < _SAME_PLACE) & known.any(axis=-1)).any(axis=1)

    def _identify(self, names: Sequence[tuple[str, int]], groups: np.ndarray) -> None:
        """Give identities to those who have been located often enough, and remember the cameras' own for them."""
        people = self.people
        due = np.flatnonzero((people.ids == NO_TRACK) & (people.hits >= self.options.min_hits))
        people.ids[due] = self._next_id + np.arange(len(due))
        self._next_id += len(due)
        alive = set(people.ids.tolist()) - {NO_TRACK}
        self._known = {name: identity for name, identity in self._known.items() if identity in alive}
        for identity, group in zip(people.ids.tolist(), groups.tolist(), strict=True):
            mine = [names[sighting] for sighting in group if sighting >= 0]
            self._known |= {name: identity for name in mine if name[1] != NO_TRACK and identity != NO_TRACK}

    def _poses(self, points: Points, ids: np.ndarray) -> Poses:
        known = np.isfinite(points.stddevs)
        scores = np.where(known, points.scores, 0.0)
        nowhere = np.full((*scores.shape, 2), np.nan)
        return Poses(
            self.topology,
            np.concatenate([nowhere, scores[:, :, None]], axis=2),
            scores.sum(axis=1) / np.maximum(known.sum(axis=1), 1),
            ids,
            points.places,
            points.stddevs,
            position_frame=self.frame,
        )


def _confident(seen: Seen, min_score: float) -> Seen:
    people = seen.poses[seen.poses.kinds == PERSON]
    return replace(seen, poses=people.confident(min_score))


def _consistent(sightings: Sightings, groups: np.ndarray, spreads: np.ndarray) -> tuple[np.ndarray, Points]:
    """The groups [G, V] without the sightings that show somebody else than the rest of their group, triangulated."""
    points = triangulate(sightings, groups, spreads)
    if not len(sightings):
        return groups, points
    told = (sightings.scores[groups] > 0) & (groups >= 0)[:, :, None] & np.isfinite(points.stddevs)[:, None]
    strangers = points.agrees.sum(axis=2) < _BELONGS * told.sum(axis=2)
    if strangers.any():
        groups = np.where(strangers, -1, groups)
        points = triangulate(sightings, groups, spreads)
    return groups, points


def _rows(points: Points, rows: np.ndarray) -> Points:
    return Points(*(getattr(points, f.name)[rows] for f in fields(Points)))


def _joined(first: Points, second: Points) -> Points:
    return Points(*(np.concatenate([getattr(first, f.name), getattr(second, f.name)]) for f in fields(Points)))
