"""Image messages of no library, for tests of the live page."""

from types import SimpleNamespace

import numpy as np


def picture(image):
    """An Image of uint8 [h, w, 3] BGR."""
    height, width = image.shape[:2]
    return SimpleNamespace(
        height=height,
        width=width,
        step=3 * width,
        encoding="bgr8",
        is_bigendian=0,
        data=np.ascontiguousarray(image).tobytes(),
    )
