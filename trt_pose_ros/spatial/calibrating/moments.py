"""Moments: what several cameras saw at the same times, as far as it serves to calibrate them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ...geometry import CameraModel
from ...poses import PERSON, Poses
from ...topology import Topology


@dataclass(frozen=True, eq=False)
class Moments:
    """One person in T moments, seen by C cameras.

    Attributes:
        names: of the cameras.
        cameras: for images of the size that the keypoints are of.
        topology: of the keypoints.
        rays: float64 [C, T, K, 2], x and y of their rays at depth 1; NaN where a camera did not see one.
        weights: float64 [C, T, K], their scores, 0 where not seen.
    """

    names: tuple[str, ...]
    cameras: tuple[CameraModel, ...]
    topology: Topology
    rays: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(
        cls,
        cameras: Mapping[str, CameraModel],
        topology: Topology,
        moments: Iterable[Mapping[str, Poses]],
        min_score: float = 0.3,
        most: int = 1000,
    ) -> Moments:
        """The moments in which two cameras or more see exactly one person.

        A moment with more people in one camera is of no use for that camera: who is who would need the places that
        are looked for.

        Args:
            cameras: by their names.
            topology: of the poses.
            moments: {camera: poses} each.
            min_score: keypoints and people of less are left out.
            most: of so many moments, spread evenly over all of them, the result is made.
        """
        names = tuple(cameras)
        kept = []
        for moment in moments:
            alone = {}
            for name, poses in moment.items():
                people = poses[poses.kinds == PERSON].confident(min_score)
                if len(people) == 1 and name in cameras:
                    alone[name] = people.as_topology(topology).keypoints[0].astype(float)
            if len(alone) > 1:
                kept.append(alone)
        kept = (
            [kept[i] for i in np.unique(np.linspace(0, len(kept) - 1, min(most, len(kept))).astype(int))]
            if kept
            else []
        )
        keypoints = np.full((len(names), len(kept), len(topology.keypoints), 3), np.nan)
        for t, alone in enumerate(kept):
            for name, person in alone.items():
                keypoints[names.index(name), t] = person
        rays = np.array([c.rays(k[..., :2])[..., :2] for c, k in zip(cameras.values(), keypoints, strict=True)])
        weights = np.where(np.isnan(rays[..., 0]), 0.0, np.nan_to_num(keypoints[..., 2]))
        return cls(names, tuple(cameras.values()), topology, rays, weights)

    def together(self, a: int, b: int) -> np.ndarray:
        """bool [T, K]: both cameras see the keypoint."""
        return (self.weights[a] > 0) & (self.weights[b] > 0)

    @property
    def pixel(self) -> np.ndarray:
        """float [C]: the width of a pixel at depth 1."""
        return np.array([1 / min(camera.fx, camera.fy) for camera in self.cameras])
