"""Finders: from the images of one moment to the people in them, by one network or several that work together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, Protocol

from ..options import Options
from ..poses import Poses
from ..preprocess import Image
from ..topology import Topology
from ..tracking import Expected
from .network import Network


class Frame(NamedTuple):
    """One image, and what is known of it before it is looked at.

    Attributes:
        image: uint8 [h, w, 3] BGR, or as a camera sends it.
        camera: name of its camera; None: it has nothing to do with other images.
        expected: whom the camera's tracker expects in it; None: nobody is followed.
        detections: boxes around its people, from elsewhere: Poses with two keypoints each, or whole people; None: none
            were given.
    """

    image: Image
    camera: Hashable | None = None
    expected: Expected | None = None
    detections: Poses | None = None


class Finder(Protocol):
    """Finds the people in images. Not for use from several threads at once.

    Attributes:
        network: the first :class:`~.network.Network`, which looks at whole images.
        person: the per-person network, None if there is none.
        topology: of the people found.
        options: {name: the current Options}, to be replaced as a whole at any time: ``decoder`` of the first network,
            ``person`` of the per-person network, ``top_down`` of how both work together.
        times: seconds that the last call spent in each stage.
        deferred: of each image of the last call, number of people known of whom no keypoints were found for want of
            time.
    """

    network: Network
    options: Mapping[str, Options]
    deferred: list[int]

    @property
    def person(self) -> Network | None: ...

    @property
    def topology(self) -> Topology: ...

    @property
    def times(self) -> dict[str, float]: ...

    def __call__(self, frames: Sequence[Frame]) -> list[Poses]:
        """The people in each image, keypoints in its pixels."""
