"""Frame: one image of a source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Frame:
    """One image of a source.

    Attributes:
        image: uint8 [h, w, 3] BGR.
        name: the image file's name (with its folder, relative to what all files of the source have in common), or the
            name of the video, webcam or stream.
        index: counted from 0; of an image file its place among all, the unreadable ones included.
        time: seconds since the beginning of the video or stream; None for image files.
        arrived: ``time.monotonic()`` at which a camera's or stream's image came, so that its age can be told; None for
            files.
    """

    image: np.ndarray
    name: str
    index: int
    time: float | None = None
    arrived: float | None = None
