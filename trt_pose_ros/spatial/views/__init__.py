"""People in space from several calibrated cameras: matched, triangulated, followed."""

from .fusing import Fusing, ViewsOptions
from .view import Seen, View

__all__ = ["Fusing", "Seen", "View", "ViewsOptions"]
