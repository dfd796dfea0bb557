"""calibrate: where cameras stand, from one person who walks through what they see.

Cameras are joined pair by pair, the pairs with the most common keypoints first, then all are adjusted together. The
person's stature gives the scale and the feet the floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ...transforms import Transform
from ..anatomy import STATURE
from ..views.body import statures
from ..views.triangulation import triangulate
from ..views.view import Sightings, View
from .adjusting import adjusted
from .floor import on_floor
from .moments import Moments
from .two_views import relative

_SPREAD = 0.05  # metres across the rays, of the keypoints that tell the person's size and the floor


@dataclass(frozen=True, eq=False)
class Calibrated:
    """Where cameras stand.

    Attributes:
        places: {camera: from its optical frame to the common one}.
        median_error: pixels that half the keypoints are off, at most.
        keypoints: how many were used.
        moments: in which they were seen.
        floor: the common frame is that of the floor, else the first camera's optical one.
    """

    places: dict[str, Transform]
    median_error: float
    keypoints: int
    moments: int
    floor: bool


def calibrate(moments: Moments, stature: float = STATURE) -> Calibrated:
    """Find out where the cameras stand.

    Args:
        moments: of the person.
        stature: metres that the person is tall; an error in it is one in all distances, in proportion.

    Raises:
        ValueError: a camera has too little in common with the others; the message names it.
    """
    places = _first_places(moments, stature)
    places, errors = adjusted(moments, places)
    bodies = _bodies(moments, places)
    told = statures(bodies, moments.topology)
    scale = stature / float(np.nanmedian(told)) if np.isfinite(told).any() else 1.0
    places = [Transform(place.rotation, scale * place.translation) for place in places]
    floor = on_floor(scale * bodies, moments.topology, places[0])
    if floor is not None:
        places = [floor @ place for place in places]
    return Calibrated(
        dict(zip(moments.names, places, strict=True)),
        float(np.median(errors)),
        len(errors),
        moments.rays.shape[1],
        floor is not None,
    )


def _first_places(moments: Moments, stature: float) -> list[Transform]:
    """First places of all cameras in the first one's frame, along the pairs that agree best (a spanning tree)."""
    count = len(moments.names)
    pairs = {(a, b): relative(moments, a, b, stature) for a, b in combinations(range(count), 2)}
    known = {0: Transform.identity()}
    while len(known) < count:
        joining = [
            (found[1], a, b, found[0]) for (a, b), found in pairs.items() if found and (a in known) != (b in known)
        ]
        if not joining:
            apart = ", ".join(moments.names[i] for i in range(count) if i not in known)
            raise ValueError(
                f"camera {apart} cannot be joined to {moments.names[0]}: let one person alone walk where both see "
                "them, near and far, for a minute"
            )
        _, a, b, b_in_a = max(joining, key=lambda pair: pair[0])
        if a in known:
            known[b] = known[a] @ b_in_a
        else:
            known[a] = known[b] @ b_in_a.inverse
    return [known[i] for i in range(count)]


def _bodies(moments: Moments, places: list[Transform]) -> np.ndarray:
    """float [T, K, 3]: where the person was, metres in the first camera's frame."""
    cameras, count, keypoints = moments.weights.shape
    views = [View(camera, place) for camera, place in zip(moments.cameras, places, strict=True)]
    rays = np.concatenate([moments.rays, np.ones((*moments.rays.shape[:3], 1))], axis=3)
    rays /= np.linalg.norm(rays, axis=3, keepdims=True)
    directions = np.concatenate([r @ v.in_world.rotation.T for r, v in zip(rays, views, strict=True)])
    number = np.repeat(np.arange(cameras), count)
    sightings = Sightings(
        number,
        np.array([v.in_world.translation for v in views])[number],
        directions,
        np.full((*directions.shape[:2], 2), np.nan),
        moments.weights.reshape(-1, keypoints),
        np.array([v.blur for v in views])[number],
        (("", -1),) * len(number),
    )
    groups = np.arange(cameras * count).reshape(cameras, count).T
    return triangulate(sightings, groups, np.full(keypoints, _SPREAD)).places
