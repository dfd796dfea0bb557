"""What measures each of the language's quantities, of one person and of two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from . import measures, motion
from .body import Points
from .measures import Measuring
from .rule import Quantity
from .zones import Zone

_Make = Callable[[Sequence[Quantity], Sequence[Sequence[Zone]], Points], Measuring]
OF_ONE: Mapping[str, _Make] = {
    "above": measures.Above,
    "distance": measures.Distance,
    "nearer": measures.Nearer,
    "inside": measures.Inside,
    "beyond": measures.Inside,
    "sits": motion.Sits,
    "angle": measures.Angle,
    "inclination": measures.Inclination,
    "speed": motion.Speed,
    "turns": motion.Turns,
    "box": measures.Box,
    "size": measures.Size,
    "state": motion.State,
}
OF_TWO: Mapping[str, _Make] = {
    "above": measures.AbovePair,
    "distance": measures.Distance,
    "nearer": measures.Nearer,
    "size_ratio": measures.SizeRatio,
}
