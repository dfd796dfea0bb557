"""Poses: the people found in one image, the one value that flows from the decoder to messages and drawings."""

from dataclasses import dataclass, field, replace

import numpy as np

from .topology import Topology

NO_TRACK = -1


@dataclass(frozen=True, eq=False)
class Poses:
    """P people with K keypoints each.

    Attributes:
        topology: names the keypoints.
        keypoints: float32 [P, K, 3]: x, y, score. x, y in pixels of the source image, the centre of its top-left pixel
            being (0, 0) (in map cells while still inside the decoder). Score in [0, 1]. Missing: (NaN, NaN, 0).
        scores: float32 [P] in [0, 1], how sure the decoder is of each person.
        track_ids: int32 [P], the identity over time; -1 where there is none.
        positions: float32 [P, K, 3], metres in the camera's optical frame, NaN where unknown; None without 3D.

    Raises:
        ValueError: an array's shape doesn't match, naming the array and both shapes.
    """

    topology: Topology
    keypoints: np.ndarray
    scores: np.ndarray
    track_ids: np.ndarray = field(default=None)
    positions: np.ndarray | None = None

    def __post_init__(self):
        people = len(self.keypoints)
        self._set("keypoints", np.float32, (people, len(self.topology.keypoints), 3))
        self._set("scores", np.float32, (people,))
        if self.track_ids is None:
            object.__setattr__(self, "track_ids", np.full(people, NO_TRACK, np.int32))
        self._set("track_ids", np.int32, (people,))
        if self.positions is not None:
            self._set("positions", np.float32, (people, len(self.topology.keypoints), 3))

    def _set(self, name, dtype, shape):
        value = np.asarray(getattr(self, name), dtype)
        if value.shape != shape:
            raise ValueError(
                f"{name} has shape {list(value.shape)}, expected {list(shape)} for topology {self.topology.name!r}"
            )
        object.__setattr__(self, name, value)

    @classmethod
    def empty(cls, topology):
        """Nobody."""
        return cls(topology, np.empty((0, len(topology.keypoints), 3), np.float32), np.empty(0, np.float32))

    def __len__(self):
        return len(self.keypoints)

    def __getitem__(self, people):
        """The Poses of a slice, a boolean mask or a list of indices."""
        if isinstance(people, (int, np.integer)):
            people = [people]
        positions = None if self.positions is None else self.positions[people]
        return Poses(self.topology, self.keypoints[people], self.scores[people], self.track_ids[people], positions)

    @property
    def found(self):
        """bool [P, K]: the keypoint was found."""
        return self.keypoints[:, :, 2] > 0

    def keypoint(self, name):
        """float32 [P, 3]: x, y, score of the keypoint called ``name``, one row a person."""
        return self.keypoints[:, self.topology.index(name)]

    def boxes(self):
        """float32 [P, 4]: x_min, y_min, x_max, y_max of the found keypoints; NaN for a person without any."""
        xy = self.keypoints[:, :, :2]
        found = self.found[:, :, None]
        low = np.where(found, xy, np.inf).min(axis=1, initial=np.inf)
        high = np.where(found, xy, -np.inf).max(axis=1, initial=-np.inf)
        boxes = np.concatenate([low, high], axis=1)
        return np.where(np.isfinite(boxes), boxes, np.nan).astype(np.float32)

    def sure(self, min_score):
        """Those whose score is ``min_score`` or more; of their keypoints, those whose score is less are missing."""
        sure = self[self.scores >= min_score]
        faint = sure.keypoints[:, :, 2:] < min_score
        return replace(sure, keypoints=np.where(faint, np.float32((np.nan, np.nan, 0)), sure.keypoints))

    def moved(self, scale, offset):
        """The same people with x, y mapped to ``scale * (x, y) + offset``; both are pairs (x, y)."""
        keypoints = self.keypoints.copy()
        keypoints[:, :, :2] = keypoints[:, :, :2] * np.asarray(scale, np.float32) + np.asarray(offset, np.float32)
        return replace(self, keypoints=keypoints)

    def as_topology(self, topology):
        """The same people with another topology's keypoints, matched by name; those we don't have are missing."""
        keypoints = np.full((len(self), len(topology.keypoints), 3), (np.nan, np.nan, 0), np.float32)
        positions = None if self.positions is None else np.full(keypoints.shape, np.nan, np.float32)
        for target, name in enumerate(topology.keypoints):
            if name in self.topology.keypoints:
                source = self.topology.keypoints.index(name)
                keypoints[:, target] = self.keypoints[:, source]
                if positions is not None:
                    positions[:, target] = self.positions[:, source]
        return Poses(topology, keypoints, self.scores, self.track_ids, positions)
