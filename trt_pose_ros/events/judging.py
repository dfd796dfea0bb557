"""What is true of people in a single image, without time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..poses import Poses
from .body import frame_of
from .grid import Grid
from .rule import Rule
from .truth import Conditions


def judge(
    rules: Sequence[Rule], poses: Poses, size: tuple[float, float] = (0, 0), camera: str = ""
) -> dict[str, np.ndarray]:
    """By the limits for a start, what is true in one image: int8, 1 true, 0 unknown, -1 false, by the rules' names.

    Each is [P] for the people, or [P, P] for A and B; where a rule has zones, the truest of them counts.
    What takes time to measure, such as a speed, is unknown.

    Args:
        rules: all of people, or all of hands.
        poses: the people or hands.
        size: of the image, (width, height) in pixels.
        camera: that took it.
    """
    conditions = Conditions(rules, poses.topology, camera)
    everybody = np.arange(len(poses))
    conditions.update(frame_of(poses, everybody, 0.0, 0.0, (), size))
    made = {}
    grid = Grid(rules, conditions.zones, len(poses))
    truths = conditions.truth(grid.active, np.ones(len(grid), bool))
    for i, rule in enumerate(rules):
        of_zones = grid.block(truths, i)
        made[rule.name] = of_zones.max(axis=0, initial=-1) if len(of_zones) else np.zeros(of_zones.shape[1:], np.int8)
        if rule.is_of_two:
            np.fill_diagonal(made[rule.name], -1)
    return made
