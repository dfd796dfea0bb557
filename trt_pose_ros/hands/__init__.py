"""Hands: 21 joints of the hands of people whose skeletons are known, or of hands alone."""

from .finder import HAND_STAGES, HandFinder, HandOptions

__all__ = ["HAND_STAGES", "HandFinder", "HandOptions"]
