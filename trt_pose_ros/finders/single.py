"""One network that finds everybody in a whole image: bottom-up and one-stage networks, and detectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..options import Options
from ..poses import Poses
from ..topology import Topology
from . import Frame
from .network import Network


class SingleFinder:
    """See :class:`trt_pose_ros.finders.Finder`.

    Args:
        network: the :class:`~.network.Network`.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.person: Network | None = None
        self.deferred: list[int] = []

    @property
    def topology(self) -> Topology:
        """Of the people found."""
        return self.network.model.manifest.topology

    @property
    def options(self) -> Mapping[str, Options]:
        """See :class:`trt_pose_ros.finders.Finder`."""
        return {"decoder": self.network.family.options}

    @options.setter
    def options(self, options: Mapping[str, Options]) -> None:
        self.network.family.options = options["decoder"]

    @property
    def times(self) -> dict[str, float]:
        """Seconds that the last call spent in each stage."""
        return self.network.times

    def __call__(self, frames: Sequence[Frame]) -> list[Poses]:
        """See :class:`trt_pose_ros.finders.Finder`."""
        self.deferred = [0] * len(frames)
        return self.network([frame.image for frame in frames])
