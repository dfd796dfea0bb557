"""Depth: where people's joints are in space, by a depth image.

What a depth camera measures around a joint can be its flesh, something before it, the wall behind it, or nothing. So
every joint gets several candidates, and the skeleton decides between them; see docs/depth.md.
"""

from .joints import INFERRED, DepthOptions, locate

__all__ = ["INFERRED", "DepthOptions", "locate"]
