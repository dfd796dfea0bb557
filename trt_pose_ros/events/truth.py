"""From bodies to what is true of them: all conditions of some rules at once, in three-valued logic.

True is 1, unknown 0 and false -1, so that `all` is the minimum, `any` the maximum and `not` the negative (Kleene).
The truths of all rules stand in one array: of each rule [Z, S], or of pairs [Z, S, S], for each of a rule's Z zones
(1 where it has none).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .. import native
from ..topology import Topology
from .body import Bodies, Frame, Points
from .language import MEASURES
from .measures import Measuring
from .rule import ALL, ANY, NOT, A, B, Combination, Condition, Quantity, Rule, Tree, conditions_of
from .tables import OF_ONE, OF_TWO
from .zones import Zone

_Placed = tuple[Quantity, tuple[Zone, ...]]  # a quantity and the zones of which the best counts
Step = tuple[int, int, int, int, float, float, float]  # see the native Logic
_CONDITION = 0
_COMBINATIONS = {ALL: 1, ANY: 2, NOT: 3}


class Leaf(NamedTuple):
    """A condition with the rows of its values, one for each zone of its rule."""

    condition: Condition
    values: Values
    limits: slice
    of_two: bool

    def value(self, zone: int, people: Sequence[int]) -> float:
        """What was measured in the newest image on the people in these slots, at this one of the rule's zones."""
        values = self.values.measured[self.row(zone)]
        if self.values.of_pairs:
            return float(values[people[0], people[1]])
        return float(values[people[self.condition.quantity.people == B]])

    def truth_of(self, keeps: bool, zone: int, people: Sequence[int]) -> int:
        """Its truth for these people and zone, by the limit for going on or by that for a start."""
        sign, value = self.condition.sign, self.value(zone, people)
        limit = self.condition.keep if keeps else self.condition.limit
        return int(value * sign >= limit * sign) - int(value * sign < limit * sign)  # NaN is neither

    def row(self, zone: int) -> int:
        """Where it was measured at one of the rule's zones."""
        return self.values.rows[self.limits][zone]

    def steps(self, zone: int) -> list[Step]:
        """What the native Logic does for it."""
        condition = self.condition
        whose = 2 if self.values.of_pairs else int(self.of_two and condition.quantity.people == B)
        return [(_CONDITION, 0, whose, self.row(zone), condition.sign, condition.limit, condition.keep)]


class Branch(NamedTuple):
    """A combination of conditions: ALL or ANY of them, or NOT the only one."""

    how: str
    of: tuple[Leaf | Branch, ...]

    def steps(self, zone: int) -> list[Step]:
        """What the native Logic does for it: first its parts, then what combines them."""
        parts = [step for part in self.of for step in part.steps(zone)]
        return [*parts, (_COMBINATIONS[self.how], len(self.of), 0, 0, 0.0, 0.0, 0.0)]


class Values:
    """All that is measured of single people, or of pairs.

    Attributes:
        of_pairs: it is of pairs.
        rows: [L], the row of ``measured`` that each limit is about.
        measured: float64 [M, S] or [M, S, S] in the newest image, NaN where unknown.
    """

    def __init__(self, of_pairs: bool) -> None:
        self.of_pairs = of_pairs
        self._placed: list[_Placed] = []  # of each limit
        self._measuring: list[tuple[Measuring, Bodies]] = []
        self.rows: list[int] = []
        self.measured = np.empty(0)

    def add(self, condition: Condition, zones: Sequence[tuple[Zone, ...]]) -> slice:
        """Add a condition, once for each entry of ``zones``; return the rows of its limits."""
        quantity = condition.quantity
        if not self.of_pairs:  # whether it is of A or of B, the value is the same
            quantity = replace(quantity, joints=tuple(replace(joint, of=A) for joint in quantity.joints))
        first = len(self._placed)
        self._placed += [(quantity, seen) for seen in zones]
        return slice(first, len(self._placed))

    def compile(self, points: Points, bodies: Mapping[float, Bodies]) -> None:
        """Make what measures the added conditions; equal quantities are measured once."""
        groups: dict[tuple[str, float], list[_Placed]] = {}
        for quantity, zones in dict.fromkeys(self._placed):
            groups.setdefault((quantity.measure, quantity.min_score), []).append((quantity, zones))
        for (measure, min_score), members in groups.items():
            table = OF_TWO if self.of_pairs else OF_ONE
            made = table[measure]([q for q, _ in members], [zones for _, zones in members], points)
            self._measuring.append((made, bodies[min_score]))
        row_of = {placed: row for row, placed in enumerate(p for members in groups.values() for p in members)}
        self.rows = [row_of[placed] for placed in self._placed]

    def update(self, frame: Frame) -> None:
        """Take in the next image."""
        if not self._measuring:  # no zone that anything is asked about is seen by this camera
            people = frame.keypoints.shape[2]
            self.measured = np.empty((0, *[people] * (1 + self.of_pairs)))
            return
        self.measured = np.concatenate([measuring.update(frame, bodies) for measuring, bodies in self._measuring])


class Conditions:
    """All conditions of some rules, compiled for one camera and topology.

    Args:
        rules: of people, or of hands.
        topology: of those.
        camera: name of the camera, which has zones of its own.

    Attributes:
        zones: of each rule the zones that it is applied to; one None where it has none.
        trees: of each rule.
    """

    def __init__(self, rules: Sequence[Rule], topology: Topology, camera: str) -> None:
        self.zones: list[tuple[Zone | None, ...]] = [
            rule.zones_called(rule.zone, camera) if rule.zone else (None,) for rule in rules
        ]
        self._camera = camera
        quantities = [c.quantity for rule in rules for c in conditions_of(rule.when)]
        points = Points(topology, {"hips", *(name for q in quantities for joint in q.joints for name in joint.names)})
        self._bodies = {score: Bodies(points, score) for score in {q.min_score for q in quantities}}
        self._singles, self._pairs = Values(False), Values(True)
        self.trees = [self._tree(rule.when, rule, zones) for rule, zones in zip(rules, self.zones, strict=True)]
        for values in (self._singles, self._pairs):
            values.compile(points, self._bodies)
        self._logic = native.Logic(
            [
                (rule.is_of_two, tree.steps(zone))
                for rule, tree, zones in zip(rules, self.trees, self.zones, strict=True)
                for zone in range(len(zones))
            ]
        )

    def update(self, frame: Frame) -> None:
        """Take in the next image."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # what has no value is NaN, unknown
            for bodies in self._bodies.values():
                bodies.update(frame)
            self._singles.update(frame)
            self._pairs.update(frame)

    def truth(self, active: np.ndarray, counted: np.ndarray) -> np.ndarray:
        """int8 [N]: what is true in the newest image, as :class:`~.grid.Grid` lays it out.

        Args:
            active: bool [N]: it goes on, and is compared with the limit for that; else with the one for a start.
            counted: bool [N]: the others are unknown.
        """
        return self._logic.judge(self._singles.measured, self._pairs.measured, active, counted)

    def _tree(self, tree: Tree, rule: Rule, zones: Sequence[Zone | None]) -> Leaf | Branch:
        if isinstance(tree, Combination):
            return Branch(tree.how, tuple(self._tree(branch, rule, zones) for branch in tree.of))
        values = self._pairs if len(tree.quantity.people) > 1 else self._singles
        return Leaf(tree, values, values.add(tree, self._zones_of(tree.quantity, rule, zones)), rule.is_of_two)

    def _zones_of(self, quantity: Quantity, rule: Rule, own: Sequence[Zone | None]) -> list[tuple[Zone, ...]]:
        """For each zone that the rule is applied to, the zones that the quantity is about."""
        shape = MEASURES[quantity.measure].shape
        if not shape:
            return [()] * len(own)
        if quantity.zone:
            called = rule.zones_called(quantity.zone, self._camera)
            return [tuple(zone for zone in called if zone.shape == shape)] * len(own)
        return [(zone,) for zone in own if zone is not None]
