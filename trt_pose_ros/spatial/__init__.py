"""Where people are in space: from depth images, several cameras, or one camera and what is known around it."""

from .locating import Locating
from .scene import DepthImage, Scene

__all__ = ["DepthImage", "Locating", "Scene"]
