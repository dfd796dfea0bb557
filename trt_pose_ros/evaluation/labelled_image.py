"""Images as their annotations mean them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..media.images import read_image


def read_labelled_image(file: Path, size: tuple[int, int] | None) -> np.ndarray:
    """The image of a file as uint8 [h, w, 3] BGR, upright or as stored, whichever has the annotated size.

    Some tools annotate images as stored, without the orientation that their EXIF data ask for.

    Args:
        file: of the image.
        size: annotated (width, height) in pixels; None where that is not known: upright then.

    Raises:
        ImageError: it can't be read; the message says why, and does not name the file.
        ValueError: it has another size; likewise.
    """
    image = read_image(file)
    if size is None or image.shape[1::-1] == size:
        return image
    stored = read_image(file, upright=False)
    if stored.shape[1::-1] == size:
        return stored
    height, width = image.shape[:2]
    raise ValueError(f"{width}x{height} pixels, in the JSON {size[0]}x{size[1]}")
