"""What this machine has for pose estimation, and what to do next. It needs nothing that it looks for."""

from .findings import Finding, examine
from .system import System

__all__ = ["Finding", "System", "examine"]
