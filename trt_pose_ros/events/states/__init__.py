"""Trained states: what people, or hands, are doing, told by a classifier of their joints. docs/states.md."""

from .features import Features
from .model import StateModel
from .watch import StateWatch

__all__ = ["Features", "StateModel", "StateWatch"]
