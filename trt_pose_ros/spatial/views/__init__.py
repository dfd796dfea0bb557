"""People in space from several calibrated cameras: matched, triangulated, followed."""

from .extrinsics import Extrinsics, extrinsics_text, read_extrinsics
from .fusing import Fusing, ViewsOptions
from .instants import InstantOptions, Instants, Stamped
from .view import Seen, View

__all__ = [
    "Extrinsics",
    "Fusing",
    "InstantOptions",
    "Instants",
    "Seen",
    "Stamped",
    "View",
    "ViewsOptions",
    "extrinsics_text",
    "read_extrinsics",
]
