"""Where the images of a collage lie."""

from __future__ import annotations

import numpy as np


def random_tiles(rng: np.random.Generator, width: int, height: int, step: int) -> list[tuple[int, int, int, int]]:
    """Cut the input into one to four tiles at random places, on multiples of ``step``.

    Returns:
        list of (x, y, width, height) in pixels that together cover the input without overlap.
    """
    columns, rows = _cut(rng, width, step), _cut(rng, height, step)
    if rng.random() < 0.25:
        columns = [(0, width)]
    if rng.random() < 0.25:
        rows = [(0, height)]
    return [(x, y, w, h) for y, h in rows for x, w in columns]


def _cut(rng, length, step):
    """Two pieces (start, length) of about the same length: 0.35 to 0.65 of the whole."""
    cut = round(rng.uniform(0.35, 0.65) * length / step) * step
    return [(0, cut), (cut, length - cut)] if 0 < cut < length else [(0, length)]
