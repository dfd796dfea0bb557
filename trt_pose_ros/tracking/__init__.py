"""People over time: identities that last, and keypoints without jitter."""

from .following import Following
from .smoother import Smoother, SmootherOptions
from .tracker import Expected, TrackCounts, Tracker, TrackerOptions
from .union import UnionOptions, united

__all__ = [
    "Expected",
    "Following",
    "Smoother",
    "SmootherOptions",
    "TrackCounts",
    "Tracker",
    "TrackerOptions",
    "UnionOptions",
    "united",
]
