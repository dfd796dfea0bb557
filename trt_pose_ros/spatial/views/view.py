"""View: a calibrated camera in its place, and who was seen in one of its images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from ...geometry import CameraModel
from ...poses import Poses
from ...transforms import Transform


@dataclass(frozen=True, eq=False)
class View:
    """A camera and where it stands.

    Attributes:
        camera: its lens.
        in_world: from its optical frame to the common frame of all cameras.
    """

    camera: CameraModel
    in_world: Transform

    def scaled_to(self, width: int, height: int) -> View:
        """The same with images scaled to that size; ValueError as of :meth:`CameraModel.scaled_to`."""
        return replace(self, camera=self.camera.scaled_to(width, height))

    def directions(self, pixels: np.ndarray) -> np.ndarray:
        """float64 [..., 3]: unit vectors in the common frame in which the ``pixels`` [..., 2] look; NaN as of rays."""
        rays = self.camera.rays(pixels)
        return rays / np.linalg.norm(rays, axis=-1, keepdims=True) @ self.in_world.rotation.T

    def project(self, points: np.ndarray) -> np.ndarray:
        """float64 [..., 2]: pixels in which ``points`` [..., 3] of the common frame appear; NaN as of the camera's."""
        return self.camera.project(self.in_world.inverse(points))

    @property
    def blur(self) -> float:
        """Radians that a pixel is wide in the middle of the image."""
        return 1 / min(self.camera.fx, self.camera.fy)


@dataclass(frozen=True, eq=False)
class Seen:
    """The people in one image of a calibrated camera.

    Attributes:
        camera: its name.
        view: the camera for images of this size.
        poses: the people.
        stamp: when the image was taken, in seconds.
    """

    camera: str
    view: View
    poses: Poses
    stamp: float


@dataclass(frozen=True, eq=False)
class Sightings:
    """N people seen in the images of one moment, one after the other, as the rays on which their keypoints lie.

    Attributes:
        view: int [N], which of the images.
        origins: float64 [N, 3], where the camera stands, metres in the common frame.
        directions: float64 [N, K, 3], unit vectors; NaN where a keypoint was not found.
        pixels: float64 [N, K, 2], where they are in the image; NaN likewise.
        scores: float64 [N, K], 0 likewise.
        blur: float64 [N], radians that a pixel is wide.
        names: (camera, track id in it) of each.
    """

    view: np.ndarray
    origins: np.ndarray
    directions: np.ndarray
    pixels: np.ndarray
    scores: np.ndarray
    blur: np.ndarray
    names: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, seen: Sequence[Seen], keypoints: int) -> Sightings:
        """Of the images of one moment; all poses have that number of keypoints."""
        view = np.repeat(np.arange(len(seen)), [len(s.poses) for s in seen]).astype(int)
        xy = [np.where(s.poses.found[:, :, None], s.poses.keypoints[:, :, :2], np.nan) for s in seen]
        directions = np.concatenate(
            [np.empty((0, keypoints, 3)), *(s.view.directions(of_view) for s, of_view in zip(seen, xy, strict=True))]
        )
        pixels = np.concatenate([np.empty((0, keypoints, 2)), *xy])
        scores = np.concatenate([np.empty((0, keypoints)), *(s.poses.keypoints[:, :, 2] for s in seen)])
        scores = np.where(np.isnan(directions[:, :, 0]), 0.0, scores)
        places = np.array([s.view.in_world.translation for s in seen]).reshape(-1, 3)
        blur = np.array([s.view.blur for s in seen])
        names = tuple((s.camera, int(i)) for s in seen for i in s.poses.track_ids)
        return cls(view, places[view], directions, pixels, scores, blur[view], names)

    def __len__(self) -> int:
        return len(self.view)

    def __getitem__(self, rows: np.ndarray) -> Sightings:
        """Those in ``rows``, an array of their numbers."""
        names = tuple(self.names[row] for row in rows.tolist())
        arrays = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "names"}
        return replace(self, names=names, **arrays)

    def grouped(self, labels: np.ndarray, groups: int, views: int) -> np.ndarray:
        """int [groups, views]: which sighting is a group's in a view, -1 for none.

        Args:
            labels: int [N], the group of each sighting, -1 for none; one at most of each view and group.
        """
        table = np.full((groups, views), -1)
        mine = np.flatnonzero(labels >= 0)
        table[labels[mine], self.view[mine]] = mine
        return table
