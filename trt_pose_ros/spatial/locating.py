"""Locating: fills ``Poses.positions``, by whichever road the scene of an image allows."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import numpy as np

from ..poses import Poses
from .depth import DepthOptions, locate
from .ground import GroundOptions, standing
from .lifting import Lifter
from .merging import merged
from .place import placed
from .scene import Scene
from .turning import turned


class Locating:
    """Where the people of one or many cameras are.

    The pipeline calls :meth:`measure` before people are followed, since where somebody stands tells who it is, and
    :meth:`infer` after, since how somebody moves tells where they stand.

    Attributes:
        depth: how positions are read off depth images; None: not at all. May be replaced at any time.
        ground: how the floor is used where the scene tells it; None: not at all. Likewise.
        lifter: tells the shape of bodies from keypoints over time, see :func:`trt_pose_ros.lifting.open_lifter`; None:
            nothing does. Likewise.
    """

    def __init__(self) -> None:
        self.depth: DepthOptions | None = DepthOptions()
        self.ground: GroundOptions | None = GroundOptions()
        self.lifter: Lifter | None = None

    def measure(self, poses: Poses, scene: Scene) -> Poses:
        """The people of one image with the positions that can be read off it alone."""
        poses = placed(turned(poses, scene.camera), scene, self.ground)
        if self.depth is not None and scene.depth is not None and scene.camera is not None:
            poses = merged(locate(poses, scene.depth, scene.camera, self.depth), poses)
        return poses

    def infer(self, poses: Poses, scene: Scene, camera: Hashable, stamp: float) -> Poses:
        """The same people, who have identities now, with the positions that take time or knowledge of the scene.

        Args:
            poses: the people.
            scene: of their image.
            camera: name of the camera.
            stamp: when the image was taken, in seconds.
        """
        if scene.camera is None or not len(poses):
            return poses
        if self.lifter is not None:
            poses = merged(poses, placed(self.lifter(poses, scene, camera, stamp), scene, self.ground))
        if self.ground is not None and scene.in_world is not None:
            poses = merged(poses, _of_the_unplaced(poses, standing(poses, scene.camera, scene.in_world, self.ground)))
        return poses


def _of_the_unplaced(poses: Poses, others: Poses) -> Poses:
    """The others' positions of people of whom nothing is known yet: half a body by each road makes none."""
    if poses.positions is None or others.positions is None:
        return others
    placed_already = np.isfinite(poses.positions).all(-1).any(-1)[:, None, None]
    return replace(others, positions=np.where(placed_already, np.float32(np.nan), others.positions))
