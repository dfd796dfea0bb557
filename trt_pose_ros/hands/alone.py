"""Hands without a body: one network finds hands in whole images, another one each hand's joints in a crop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..finders import Frame
from ..finders.network import STAGES, Network
from ..finders.top_down import PERSON_STAGES
from ..options import Options
from ..poses import Poses, stacked
from ..topology import Topology
from .finder import HandOptions, distinct_hands
from .squares import palm_squares


class LoneHandFinder:
    """See :class:`trt_pose_ros.finders.Finder`; the people that it finds are hands, whose side their network tells.

    Args:
        network: that finds hands, with the joints of their palms at least.
        person: that looks at crops of one hand each.
        options: the HandOptions, as far as they hold without a body.
    """

    def __init__(self, network: Network, person: Network, options: HandOptions) -> None:
        self.network, self.person = network, person
        self.deferred: list[int] = []
        self.times: dict[str, float] = {}
        self._options = options

    @property
    def topology(self) -> Topology:
        """Of the hands found."""
        return self.person.model.manifest.topology

    @property
    def options(self) -> Mapping[str, Options]:
        """See :class:`trt_pose_ros.finders.Finder`."""
        return {
            "decoder": self.network.family.options,
            "person": self.person.family.options,
            "hands": self._options,
        }

    @options.setter
    def options(self, options: Mapping[str, Options]) -> None:
        self.network.family.options, self.person.family.options = options["decoder"], options["person"]
        self._options = options["hands"]  # type: ignore[assignment]

    def __call__(self, frames: Sequence[Frame]) -> list[Poses]:
        """See :class:`trt_pose_ros.finders.Finder`."""
        palms = self.network([frame.image for frame in frames])
        squares = [palm_squares(poses) for poses in palms]
        wanted = [np.flatnonzero(s.known & (s.sides >= self._options.min_hand_size)) for s in squares]
        chosen = [rows[: self._options.max_hands] for rows in wanted]  # the best come first
        self.deferred = [len(all_) - len(some) for all_, some in zip(wanted, chosen, strict=True)]
        regions = [
            of_image[row].region(frame.image)
            for frame, of_image, rows in zip(frames, squares, chosen, strict=True)
            for row in rows
        ]
        found = iter(self.person(regions))
        self.times = self.network.times | {PERSON_STAGES[stage]: self.person.times[stage] for stage in STAGES}
        return [self._kept(stacked(self.topology, [next(found)[:1] for _ in rows])) for rows in chosen]

    def _kept(self, hands: Poses) -> Poses:
        """Those that are some, each once."""
        hands = hands[hands.scores >= self._options.min_hand_score]
        return hands[distinct_hands(hands, hands.scores)]
