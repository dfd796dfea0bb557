"""Lifting: from people's keypoints over time to the shape of their bodies, by a network."""

from .lifter import Lifter, LiftingNetwork

__all__ = ["Lifter", "LiftingNetwork"]
