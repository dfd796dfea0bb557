"""Hands: 21 joints of the hands of people whose skeletons are known, or of hands alone."""

from .alone import LoneHandFinder
from .finder import HAND_STAGES, HAND_TOPOLOGY, HandFinder, HandOptions

__all__ = ["HAND_STAGES", "HAND_TOPOLOGY", "HandFinder", "HandOptions", "LoneHandFinder"]
