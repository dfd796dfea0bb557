"""Ground: what the floor says of the people who stand on it, where the camera's place over it is known.

A camera cannot tell a small person who is near from a tall one who is far away. The floor can: the ray through a foot
meets it at one place (Hoiem et al., "Putting objects in perspective", 2006).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..geometry import CameraModel
from ..options import Options, option
from ..poses import Poses
from ..transforms import Transform

ANKLES = ("left_ankle", "right_ankle")
ANKLE_STDDEV = 0.05  # metres, at right angles to the ray: of where an ankle is seen, and of how high it stands
_AROUND = 0.25  # metres that a joint lies before or behind the feet
_STANCE = 0.5  # metres between the ankles of somebody who stands on both
_HEIGHTS = (0.6, 2.3)  # metres: the highest joint of somebody who stands or sits on this floor
_SHARE = 0.25  # relative error of the distance from which on nothing is said
_HEAD = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")


@dataclass(frozen=True)
class GroundOptions(Options):
    """How the floor is used."""

    ankle_height: float = option(0.08, "metres from the floor to an ankle of somebody who stands", low=0.0, high=0.3)
    max_distance: float = option(15.0, "metres; feet that are seen farther away tell nothing", low=1.0, high=100.0)


def standing(poses: Poses, camera: CameraModel, in_world: Transform, options: GroundOptions) -> Poses:
    """The people with positions as if they stood upright where their feet are.

    The feet's places are measured; every other joint is taken to lie above them, on the upright plane that faces the
    camera, which its standard deviation tells. Nobody is placed whose feet are not seen, or who would be of no height
    that people have.

    Args:
        poses: the people; what they have of positions is not read.
        camera: that took the image.
        in_world: from its optical frame to a frame with z up and the floor at z = 0.
        options: how.
    """
    start = in_world.translation
    rays = camera.rays(poses.keypoints[..., :2]) @ in_world.rotation.T
    rays = np.where((poses.found & np.isfinite(rays).all(-1))[..., None], rays, np.nan)
    ankles = [poses.topology.index(name) for name in ANKLES if name in poses.topology.keypoints]
    with np.errstate(all="ignore"):
        feet, on_floor, place = _feet(start, rays[:, ankles], options)
        ahead = (place - start) * (1.0, 1.0, 0.0)
        level = np.linalg.norm(ahead, axis=-1)
        along = np.einsum("pkc,pc->pk", rays, ahead / level[:, None])
        joints = start + rays * np.where(along > 0, level[:, None] / along, np.nan)[..., None]
        joints[:, ankles] = np.where(on_floor[..., None], feet, joints[:, ankles])
        # along the floor an error is longer than across the ray, the flatter the ray meets it
        spread = ANKLE_STDDEV * np.hypot(1.0, level / np.abs(place - start)[:, 2])
        stddevs = np.repeat(np.hypot(spread, _AROUND)[:, None], rays.shape[1], axis=1)
        stddevs[:, ankles] = np.where(on_floor, spread[:, None], stddevs[:, ankles])
        height = np.max(np.where(np.isfinite(joints[..., 2]), joints[..., 2], -np.inf), axis=1, initial=-np.inf)
        good = (spread < _SHARE * level) & (height > _HEIGHTS[0]) & (height < _HEIGHTS[1])
    known = good[:, None] & np.isfinite(joints).all(-1)
    return replace(
        poses,
        positions=np.where(known[..., None], in_world.inverse(joints), np.nan),
        position_stddevs=np.where(known, stddevs, np.nan),
        position_frame="",
    )


def _feet(start: np.ndarray, rays: np.ndarray, options: GroundOptions) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where ankles would be on the floor [P, A, 3]; bool [P, A]: they are; where people stand [P, 3], NaN without feet.

    A raised foot seems to be farther away than it is, so the nearer one counts.
    """
    reach = (options.ankle_height - start[2]) / rays[..., 2]
    feet = start + rays * np.where(reach > 0, reach, np.nan)[..., None]
    level = np.linalg.norm((feet - start)[..., :2], axis=-1)
    level = np.where(level < options.max_distance, level, np.inf)
    if not level.size:
        return feet, np.zeros(level.shape, bool), np.full((len(rays), 3), np.nan)
    nearest = np.take_along_axis(feet, level.argmin(axis=1)[:, None, None], axis=1)
    on_floor = np.isfinite(level) & (np.linalg.norm(feet - nearest, axis=-1) < _STANCE)
    sums = np.where(on_floor[..., None], feet, 0.0).sum(axis=1)
    return feet, on_floor, sums / np.where(on_floor.any(1), on_floor.sum(axis=1), np.nan)[:, None]


def heights(poses: Poses, in_world: Transform) -> np.ndarray:
    """float64 [P]: metres from the floor to the highest joint of the head, NaN where there is none."""
    head = [poses.topology.index(name) for name in _HEAD if name in poses.topology.keypoints]
    if poses.positions is None or not head or not len(poses):
        return np.full(len(poses), np.nan)
    up = in_world(poses.positions[:, head])[..., 2]
    return np.where(np.isfinite(up).any(1), np.nanmax(np.where(np.isfinite(up), up, -np.inf), axis=1), np.nan)


def scale(ankles: np.ndarray, in_world: Transform, options: GroundOptions) -> tuple[np.ndarray, np.ndarray]:
    """How many times as far away, and as large, people must be for their feet to stand on the floor.

    Scaled about the camera they look the same in its image.

    Args:
        ankles: [P, A, 3], those that the camera sees, in its optical frame; NaN for others.
        in_world: from that frame to one with z up and the floor at z = 0.
        options: how.

    Returns:
        [P] factors and [P] their standard deviations, NaN where there are no feet below the camera.
    """
    below = -(ankles @ in_world.rotation[2])
    lowest = np.max(np.where(np.isfinite(below), below, -np.inf), axis=1, initial=-np.inf)
    distance = np.linalg.norm(np.where(np.isfinite(ankles), ankles, -np.inf), axis=-1).min(axis=1, initial=np.inf)
    with np.errstate(all="ignore"):
        factor = (in_world.translation[2] - options.ankle_height) / lowest
        good = (lowest > ANKLE_STDDEV) & (factor > 0) & (factor * distance < options.max_distance)
        return np.where(good, factor, np.nan), np.where(good, ANKLE_STDDEV / lowest, np.nan)
