"""Episode: people who do things before cameras, and what they do."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Episode:
    """See :mod:`.cabin` and :mod:`.floor`.

    Attributes:
        times: [T] seconds.
        joints: [T, P, 17, 3], true, in the world.
        views: of the cameras.
        truths: of everything that could happen, whether it does or not.
    """

    times: np.ndarray
    joints: np.ndarray
    views: list
    truths: list
