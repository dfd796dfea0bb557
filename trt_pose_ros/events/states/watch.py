"""StateWatch: the states of people in one image after the other."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...poses import NO_TRACK, Poses
from ...topology import Topology
from .features import Features
from .history import Histories, looked_at


class StateWatch:
    """Tells the states of people over time; :meth:`StateModel.watch` makes one.

    Args:
        features: that a model goes by.
        of: the model: keypoints float [P, T, K, 3] to probabilities [P, C].
    """

    def __init__(self, features: Features, of: Callable[[np.ndarray], np.ndarray]) -> None:
        self._features, self._of = features, of
        self._histories = Histories(len(features.keypoints), features.window) if features.window else None
        self._topology: Topology | None = None
        self._index = np.empty(0, np.intp)

    def update(self, poses: Poses, stamp: float, camera: str = "") -> np.ndarray:
        """The probabilities of the model's classes for each of the people.

        Where the model looks at a window of time, somebody is told by their images of the same camera and identity;
        nothing is known of people without one, and of those who were seen for less than half of it.

        Args:
            poses: the people of one image.
            stamp: of the image, in seconds. One that is before an earlier one of the same person makes that forgotten.
            camera: name of the camera.

        Returns:
            float64 [P, C]; rows of NaN: nothing is known.

        Raises:
            ValueError: the stamp is not finite, or the people have none of the keypoints that the model needs.
        """
        if not math.isfinite(stamp):
            raise ValueError(f"stamp is {stamp!r}, must be a finite number of seconds")
        keypoints = self._keypoints(poses)
        if self._histories is None:
            return self._of(keypoints[:, None])
        features = self._features
        # a hand is told by its owner and side
        ids = np.stack([poses.track_ids, poses.owner_ids, poses.kinds], axis=1)
        known = (ids[:, :2] != NO_TRACK).any(axis=1)
        seen = np.zeros((len(poses), features.moments, len(features.keypoints), 3), np.float32)
        if known.any():
            keys: list[tuple[object, ...]] = [(camera, *row) for row in ids[known].tolist()]
            stamps, images = self._histories.add(keys, stamp, keypoints[known])
            seen[known] = looked_at(stamps, images, np.full(len(keys), stamp), features.window, features.moments)
        return self._of(seen)

    def _keypoints(self, poses: Poses) -> np.ndarray:
        """float32 [P, K, 3]: the model's keypoints; what the topology does not have is missing."""
        if poses.topology is not self._topology:
            self._index, self._topology = _index(self._features.keypoints, poses.topology), poses.topology
        # index -1 is the row of zeros that is appended: a missing keypoint
        padded = np.concatenate([poses.keypoints, np.zeros((len(poses), 1, 3), np.float32)], axis=1)
        return padded[:, self._index]


def _index(names: tuple[str, ...], topology: Topology) -> np.ndarray:
    if not set(names) & set(topology.keypoints):
        raise ValueError(
            f"the state is told by {', '.join(names)}, of which topology {topology.name!r} has none: it is one of "
            "other skeletons"
        )
    return np.array([topology.keypoints.index(n) if n in topology.keypoints else -1 for n in names], np.intp)
