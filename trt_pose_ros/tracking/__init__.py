"""People over time: identities that last, and keypoints without jitter."""

from .following import Following
from .smoother import Smoother, SmootherOptions
from .tracker import TrackCounts, Tracker, TrackerOptions

__all__ = ["Following", "Smoother", "SmootherOptions", "TrackCounts", "Tracker", "TrackerOptions"]
