"""Which of the messages that come beside images belong to an image; see :class:`~.nearest.NearestInTime`."""

from __future__ import annotations

from dataclasses import dataclass

from ...options import Options, option


@dataclass(frozen=True)
class DepthSync(Options):
    """Which depth image does.

    It is asked for after the network has run, so that depth which comes a little later than the image costs nothing.
    """

    max_offset: float = option(
        0.02,
        "seconds that the stamps of an image and its depth may be apart; of several the nearest",
        low=0.0,
        high=1.0,
    )
    max_wait: float = option(
        0.05,
        "seconds after an image's arrival until which its depth is waited for; the image goes on without it then. The "
        "network runs meanwhile",
        low=0.0,
        high=1.0,
    )


@dataclass(frozen=True)
class DetectionSync(Options):
    """Which detections do."""

    max_offset: float = option(
        0.1,
        "seconds that the stamps of an image and its detections may be apart; of several messages the nearest. Larger "
        "lets a slow detector be heard, whose boxes then lie where people were",
        low=0.0,
        high=1.0,
    )
    max_wait: float = option(
        0.0,
        "seconds after an image's arrival until which detections of its own time are waited for; skeletons are later "
        "by that",
        low=0.0,
        high=1.0,
    )
