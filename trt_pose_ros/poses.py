"""Poses: the people found in one image, the one value that flows from the decoder to messages and drawings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from .geometry import rotation
from .topology import Topology

NO_TRACK = -1
PERSON, LEFT_HAND, RIGHT_HAND = range(3)  # Poses.kinds
KINDS = ("person", "left_hand", "right_hand")  # what files call them
# Poses.position_frame of positions whose origin is each person's own root, the middle of the hips, or a hand's wrist:
# what is known of bodies before it is known where they are. Axes are those of the camera's optical frame (x right, y
# down, z away), or those that it would have if it were turned to look straight at the root: so does a network see that
# gets a crop.
ROOT_RELATIVE, RAY_RELATIVE = "root_relative", "ray_relative"

MISSING = np.array((np.nan, np.nan, 0), np.float32)  # a keypoint that was not found


class _Array(NamedTuple):
    """What a field of Poses that holds one entry a person looks like.

    Attributes:
        shape: of one person's entry; "K" is the number of keypoints.
        value: of people that nothing was said about; None where the field has to be given, or may be None.
    """

    dtype: type
    shape: tuple[Any, ...]
    value: int | None = None


_ARRAYS = {
    "keypoints": _Array(np.float32, ("K", 3)),
    "scores": _Array(np.float32, ()),
    "track_ids": _Array(np.int32, (), NO_TRACK),
    "positions": _Array(np.float32, ("K", 3)),
    "position_stddevs": _Array(np.float32, ("K",)),
    "kinds": _Array(np.uint8, (), PERSON),
    "owner_ids": _Array(np.int32, (), NO_TRACK),
    "detected_boxes": _Array(np.float32, (4,)),
}
_OPTIONAL = ("positions", "position_stddevs", "detected_boxes")
_OF_KEYPOINTS = {"keypoints": MISSING, "positions": np.float32(np.nan), "position_stddevs": np.float32(np.nan)}


@dataclass(frozen=True, eq=False)
class Poses:
    """P people (or hands) with K keypoints each.

    Attributes:
        topology: names the keypoints.
        keypoints: float32 [P, K, 3]: x, y, score. x, y in pixels of the source image, the centre of its top-left pixel
            being (0, 0) (in map cells while still inside the decoder). Score in [0, 1]. Missing: (NaN, NaN, 0).
        scores: float32 [P] in [0, 1], how sure the decoder is of each person.
        track_ids: int32 [P], the identity over time; -1 where there is none.
        positions: float32 [P, K, 3], metres in ``position_frame``, NaN where unknown; None without 3D.
        position_stddevs: float32 [P, K], standard deviation of each position's error in metres, NaN where unknown;
            None where nothing is known of it.
        kinds: uint8 [P]: PERSON, LEFT_HAND or RIGHT_HAND.
        owner_ids: int32 [P], the track id of the person whose hand it is; -1 for people, or where it is not known.
        detected_boxes: float32 [P, 4]: x_min, y_min, x_max, y_max around each person, in pixels, as a detector beside
            the network found them; NaN for those it did not find; None without one. A person may be known by it alone.
        position_frame: coordinate frame of the positions; empty for the optical frame of the camera, ROOT_RELATIVE or
            RAY_RELATIVE for those of bodies that have no place yet.
        camera: name of the camera that took the image; empty for the only one.

    Raises:
        ValueError: an array's shape doesn't match, naming the array and both shapes.
    """

    topology: Topology
    keypoints: np.ndarray
    scores: np.ndarray
    track_ids: np.ndarray = None  # type: ignore[assignment]  # __post_init__ fills these
    positions: np.ndarray | None = None
    position_stddevs: np.ndarray | None = None
    kinds: np.ndarray = None  # type: ignore[assignment]
    owner_ids: np.ndarray = None  # type: ignore[assignment]
    detected_boxes: np.ndarray | None = None
    position_frame: str = ""
    camera: str = ""

    def __post_init__(self) -> None:
        people, keypoints = len(self.keypoints), len(self.topology.keypoints)
        for name, array in _ARRAYS.items():
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            shape = (people, *(keypoints if n == "K" else n for n in array.shape))
            value = np.full(shape, array.value, array.dtype) if value is None else np.asarray(value, array.dtype)
            if value.shape != shape:
                raise ValueError(
                    f"{name} has shape {list(value.shape)}, expected {list(shape)} for topology {self.topology.name!r}"
                )
            object.__setattr__(self, name, value)

    @classmethod
    def empty(cls, topology: Topology) -> "Poses":
        """Nobody."""
        return cls(topology, np.empty((0, len(topology.keypoints), 3), np.float32), np.empty(0, np.float32))

    def __len__(self) -> int:
        return len(self.keypoints)

    def __getitem__(self, people: Any) -> "Poses":
        """The Poses of a slice, a boolean mask, an index or a list of indices."""
        if isinstance(people, (int, np.integer)):
            people = [people]
        return self._changed(lambda name, value: value[people])

    def _changed(self, change: Any, names: Sequence[str] = tuple(_ARRAYS), **others: Any) -> "Poses":
        """The Poses with ``change(name, array)`` in place of each of the arrays that there are."""
        arrays = {name: getattr(self, name) for name in names}
        return replace(self, **{n: change(n, v) for n, v in arrays.items() if v is not None}, **others)

    @property
    def found(self) -> np.ndarray:
        """bool [P, K]: the keypoint was found."""
        return self.keypoints[:, :, 2] > 0

    def keypoint(self, name: str) -> np.ndarray:
        """float32 [P, 3]: x, y, score of the keypoint called ``name``, one row a person."""
        return self.keypoints[:, self.topology.index(name)]

    def boxes(self) -> np.ndarray:
        """float32 [P, 4]: x_min, y_min, x_max, y_max of the found keypoints.

        The detected box of a person without any; NaN where there is none either.
        """
        xy = self.keypoints[:, :, :2]
        found = self.found[:, :, None]
        low = np.where(found, xy, np.inf).min(axis=1, initial=np.inf)
        high = np.where(found, xy, -np.inf).max(axis=1, initial=-np.inf)
        boxes = np.concatenate([low, high], axis=1)
        otherwise = np.float32(np.nan) if self.detected_boxes is None else self.detected_boxes
        return np.where(np.isfinite(boxes), boxes, otherwise).astype(np.float32)

    def confident(self, min_score: float) -> "Poses":
        """People of ``min_score`` or more; those of their keypoints that have less are missing, in space as well."""
        people = self[self.scores >= min_score]
        doubtful = ~(people.keypoints[:, :, 2] >= min_score)

        def without(name: str, value: np.ndarray) -> np.ndarray:
            mask = doubtful[:, :, None] if value.ndim == 3 else doubtful
            return np.where(mask, _OF_KEYPOINTS[name], value)

        return people._changed(without, tuple(_OF_KEYPOINTS))

    def transformed(self, scale: Sequence[float], offset: Sequence[float]) -> "Poses":
        """The same people with x, y mapped to ``scale * (x, y) + offset``; both are pairs (x, y).

        The positions stay, since it is the image that is scaled or cut, not the world.
        """
        by, to = np.asarray(scale, np.float32), np.asarray(offset, np.float32)
        keypoints, boxes = self.keypoints.copy(), self.detected_boxes
        keypoints[:, :, :2] = keypoints[:, :, :2] * by + to
        if boxes is not None:
            boxes = (boxes.reshape(-1, 2, 2) * by + to).reshape(-1, 4)
        return replace(self, keypoints=keypoints, detected_boxes=boxes)

    def turned(self, angle: float, middle: Sequence[float]) -> "Poses":
        """The same people turned clockwise in the image by ``angle`` radians about ``middle`` (x, y).

        So are positions, about the direction in which the camera looks: they must be relative ones.
        """
        turn, about = rotation(angle).astype(np.float32), np.asarray(middle, np.float32)
        keypoints = self.keypoints.copy()
        keypoints[:, :, :2] = (keypoints[:, :, :2] - about) @ turn.T + about
        if self.positions is None:
            return replace(self, keypoints=keypoints)
        positions = self.positions.copy()
        positions[:, :, :2] = positions[:, :, :2] @ turn.T
        return replace(self, keypoints=keypoints, positions=positions)

    def as_topology(self, topology: Topology) -> "Poses":
        """The same people with another topology's keypoints, matched by name; those we don't have are missing."""
        targets = [i for i, name in enumerate(topology.keypoints) if name in self.topology.keypoints]
        sources = [self.topology.keypoints.index(topology.keypoints[i]) for i in targets]

        def reordered(name: str, value: np.ndarray) -> np.ndarray:
            there = np.empty((len(self), len(topology.keypoints), *value.shape[2:]), np.float32)
            there[:] = _OF_KEYPOINTS[name]
            there[:, targets] = value[:, sources]
            return there

        return self._changed(reordered, tuple(_OF_KEYPOINTS), topology=topology)


def stacked(topology: Topology, people: Sequence[Poses]) -> Poses:
    """The people of several Poses in one, with what is known of them.

    Args:
        topology: of them all.
        people: the Poses; those without positions have unknown ones where others have some.

    Raises:
        ValueError: another topology, or positions in different frames.
    """
    if not people:
        return Poses.empty(topology)
    others = {poses.topology.name for poses in people if poses.topology.keypoints != topology.keypoints}
    frames = {poses.position_frame for poses in people if poses.positions is not None}
    if others or len(frames) > 1:
        raise ValueError(
            f"people of topology {topology.name!r} do not go together with those of {sorted(others)}"
            if others
            else f"positions in the frames {sorted(frames)} do not go together"
        )
    arrays = {}
    for name, array in _ARRAYS.items():
        values = [getattr(poses, name) for poses in people]
        if any(value is not None for value in values):
            shape = tuple(len(topology.keypoints) if n == "K" else n for n in array.shape)
            arrays[name] = np.concatenate(
                [
                    np.full((len(poses), *shape), np.nan, array.dtype) if value is None else value
                    for poses, value in zip(people, values, strict=True)
                ]
            )
    return Poses(topology, **arrays, position_frame="".join(frames), camera=people[0].camera)
