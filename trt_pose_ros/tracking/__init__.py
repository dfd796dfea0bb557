"""People over time: identities that last, and keypoints without jitter."""

from .smoother import Smoother, SmootherOptions
from .tracker import TrackCounts, Tracker, TrackerOptions

__all__ = ["Smoother", "SmootherOptions", "TrackCounts", "Tracker", "TrackerOptions"]
