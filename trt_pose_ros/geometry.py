"""Where things are: in images, in a network's input, in space.

Pixel coordinates count centres: (0, 0) is the centre of the top-left pixel.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Placement:
    """Where an image lies in the network's input: input pixel (x, y) is image pixel ``scale * (x, y) + offset``."""

    scale: tuple[float, float]
    offset: tuple[float, float]
