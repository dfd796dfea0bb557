"""Locating: fills ``Poses.positions``, by whichever road the scene of an image allows."""

from __future__ import annotations

from collections.abc import Hashable

from ..poses import Poses
from .depth import DepthOptions, locate
from .scene import Scene


class Locating:
    """Where the people of one or many cameras are.

    The pipeline calls :meth:`measure` before people are followed, since where somebody stands tells who it is, and
    :meth:`infer` after, since how somebody moves tells where they stand.

    Attributes:
        depth: how positions are read off depth images; None: not at all. May be replaced at any time.
    """

    def __init__(self) -> None:
        self.depth: DepthOptions | None = DepthOptions()

    def measure(self, poses: Poses, scene: Scene) -> Poses:
        """The people of one image with the positions that can be read off it alone."""
        if self.depth is not None and scene.depth is not None and scene.camera is not None:
            poses = locate(poses, scene.depth, scene.camera, self.depth)
        return poses

    def infer(self, poses: Poses, scene: Scene, camera: Hashable, stamp: float) -> Poses:
        """The same people, who have identities now, with the positions that take time or knowledge of the scene.

        Args:
            poses: the people.
            scene: of their image.
            camera: name of the camera.
            stamp: when the image was taken, in seconds.
        """
        return poses
