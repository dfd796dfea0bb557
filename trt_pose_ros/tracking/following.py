"""Following: who the people in the images of several cameras are, and their keypoints without jitter.

Where a detector looks beside the network, the people of an image are the union of its detections and of the skeletons.
"""

from collections.abc import Hashable
from dataclasses import replace

from ..poses import Poses
from ..topology import Topology
from .smoother import Smoother, SmootherOptions
from .tracker import Expected, Tracker, TrackerOptions
from .union import UnionOptions, united


class Following:
    """A Tracker and a Smoother for each camera.

    Args:
        topology: of the poses to come.

    Attributes:
        tracking: :class:`TrackerOptions`, None for no identities; may be replaced at any time.
        smoothing: :class:`SmootherOptions` for people with identities, None for none; likewise.
        union: :class:`UnionOptions`, how detections are joined with skeletons; likewise.
    """

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.tracking: TrackerOptions | None = TrackerOptions()
        self.smoothing: SmootherOptions | None = None
        self.union = UnionOptions()
        self._detections: dict[Hashable, Poses] = {}  # the newest of each camera
        self._trackers: dict[Hashable, Tracker] = {}
        self._smoothers: dict[Hashable, Smoother] = {}

    def __call__(
        self, poses: Poses, camera: Hashable, stamp: float, partial: bool = False, detections: Poses | None = None
    ) -> Poses:
        """The people of a camera's next image with identities, then smoothed, which goes by identity.

        Args and errors as of :meth:`identify`.
        """
        return self.smooth(self.identify(poses, camera, stamp, partial, detections), camera, stamp)

    def identify(
        self, poses: Poses, camera: Hashable, stamp: float, partial: bool = False, detections: Poses | None = None
    ) -> Poses:
        """The people of a camera's next image with identities.

        Args:
            poses: the people.
            camera: name of the camera, which the result tells where it is a text; anything hashable.
            stamp: when the image was taken, in seconds.
            partial: not everybody was looked for, see :meth:`.tracker.Tracker.update`.
            detections: boxes around its people by a detector beside the network, of topology ``person_box``; None:
                none of that time are known. The same object as in the image before: that image's, for want of new ones.

        Returns:
            The people; where there are or were detections of this camera, their union, see :mod:`.union`.

        Raises:
            ValueError: another topology, or a stamp that is not a finite number.
        """
        if isinstance(camera, str):
            poses = replace(poses, camera=camera)
        before = self._detections.get(camera)
        new_boxes = detections is not None and detections is not before
        if detections is not None:
            self._detections[camera] = detections
        if detections is not None or before is not None:
            poses = united(poses, Poses.empty(self.topology) if detections is None else detections, self.union)
        if self.tracking is not None:
            tracker = self._tracker(camera)
            tracker.options = self.tracking
            poses = tracker.update(poses, stamp, partial, new_boxes)
        return poses if self.union.box_only else poses[poses.found.any(axis=1)]

    def smooth(self, poses: Poses, camera: Hashable, stamp: float) -> Poses:
        """Those people without jitter, in the image and in space.

        Args and errors as of :meth:`identify`.
        """
        if self.smoothing is None:
            return poses
        smoother = self._smoothers.setdefault(camera, Smoother(self.topology))
        smoother.options = self.smoothing
        return smoother.update(poses, stamp)

    def expected(self, camera: Hashable, stamp: float) -> Expected | None:
        """Whom the camera's tracker expects in an image of that moment; None without identities."""
        return None if self.tracking is None else self._tracker(camera).expected(stamp)

    def _tracker(self, camera: Hashable) -> Tracker:
        if camera not in self._trackers:
            self._trackers[camera] = Tracker(self.topology)
        return self._trackers[camera]
