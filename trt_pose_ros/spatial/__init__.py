"""Where people are in space: from depth images, several cameras, or one camera and what is known around it."""

from .ground import GroundOptions
from .lifting import Lifter
from .locating import Locating
from .scene import DepthImage, Scene

__all__ = ["DepthImage", "GroundOptions", "Lifter", "Locating", "Scene"]
