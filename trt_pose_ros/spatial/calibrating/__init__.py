"""Where cameras stand, found out from people who walk before them."""

from .calibrate import Calibrated, calibrate
from .moments import Moments

__all__ = ["Calibrated", "Moments", "calibrate"]
