"""From bodies to what is true of them: all conditions of some rules at once, in three-valued logic.

True is 1, unknown 0 and false -1, so that `all` is the minimum, `any` the maximum and `not` the negative (Kleene).
Every condition is compared with both of its limits, the one for a start and the one for going on; truths are int8
[2, Z, S], or of pairs [2, Z, S, S], for each of a rule's Z zones (1 where it has none).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import groupby
from typing import NamedTuple

import numpy as np

from ..topology import Topology
from .body import Bodies, Frame, Points
from .language import MEASURES
from .measures import Measuring
from .rule import ALL, NOT, A, B, Combination, Condition, Quantity, Rule, Tree, conditions_of
from .tables import OF_ONE, OF_TWO
from .zones import Zone

_Placed = tuple[Quantity, tuple[Zone, ...]]  # a quantity and the zones of which the best counts


class Leaf(NamedTuple):
    """A condition with the rows of its limits and values, one for each zone of its rule."""

    condition: Condition
    values: Values
    rows: slice
    of_two: bool

    def truth(self) -> np.ndarray:
        """Its truth in the newest image, see the module."""
        return self.lifted(self.values.truth[:, self.rows])

    def lifted(self, truth: np.ndarray) -> np.ndarray:
        """The truth for one of two people as that for pairs."""
        if not self.of_two or self.values.of_pairs:
            return truth
        return truth[:, :, None, :] if self.person == B else truth[..., None]

    @property
    def person(self) -> str:
        """Whom it is about: A, B, or both."""
        return self.condition.quantity.people

    def value(self, zone: int, people: Sequence[int]) -> float:
        """What was measured in the newest image on the people in these slots, at this one of the rule's zones."""
        return float(self._of(self.values.measured[self.values.rows[self.rows][zone]], people))

    def truth_of(self, keeps: bool, zone: int, people: Sequence[int]) -> int:
        """Its truth for these people and zone, by the limit for going on or by that for a start."""
        return int(self._of(self.values.truth[int(keeps), self.rows][zone], people))

    def _of(self, values: np.ndarray, people: Sequence[int]) -> np.generic:
        if self.values.of_pairs:
            return values[people[0], people[1]]
        return values[people[self.person == B]]


class Branch:
    """A combination of conditions.

    Attributes:
        how: ALL, ANY or NOT.
        of: what it combines.
    """

    def __init__(self, how: str, of: Sequence[Leaf | Branch]) -> None:
        self.how, self.of = how, of
        self._combine = np.minimum if how == ALL else np.maximum
        parts = list(self._parts())
        leaves = [part for part in parts if isinstance(part, Leaf)]
        self._runs = [list(run) for _, run in groupby(leaves, key=lambda leaf: (leaf.values.of_pairs, leaf.person))]
        self._others = [part for part in parts if not isinstance(part, Leaf)]

    def _parts(self) -> Iterator[Leaf | Branch]:
        """What it combines, without branches of its own kind."""
        for part in self.of:
            if isinstance(part, Branch) and part.how == self.how != NOT:
                yield from part._parts()
            else:
                yield part

    def truth(self) -> np.ndarray:
        """Its truth in the newest image, see the module."""
        truths = [self._run(run) for run in self._runs]
        truths += [branch.truth() for branch in self._others]
        return -truths[0] if self.how == NOT else reduce(self._combine, truths)

    def _run(self, leaves: Sequence[Leaf]) -> np.ndarray:
        """The truth of conditions on the same people; their rows are mostly beside each other."""
        first = leaves[0]
        if len(leaves) == 1:
            return first.truth()
        truths = first.values.truth
        rows = slice(first.rows.start, leaves[-1].rows.stop)
        count = first.rows.stop - first.rows.start
        if rows.stop - rows.start != count * len(leaves):
            return reduce(self._combine, [leaf.truth() for leaf in leaves])
        of_each = truths[:, rows].reshape(2, len(leaves), count, *truths.shape[2:])
        return first.lifted(self._combine.reduce(of_each, axis=1))


class Values:
    """All that is measured of single people, or of pairs, and how it compares with its limits.

    Attributes:
        of_pairs: it is of pairs.
        rows: int [L], the row of ``measured`` that each limit is about.
        measured: float64 [M, S] or [M, S, S] in the newest image, NaN where unknown.
        truth: int8 [2, L, S] or [2, L, S, S], in the newest image.
    """

    def __init__(self, of_pairs: bool) -> None:
        self.of_pairs = of_pairs
        self._placed: list[_Placed] = []  # of each limit
        self._conditions: list[Condition] = []
        self._measuring: list[tuple[Measuring, Bodies]] = []
        self.measured = self.truth = np.empty(0)

    def add(self, condition: Condition, zones: Sequence[tuple[Zone, ...]]) -> slice:
        """Add a condition, once for each entry of ``zones``; return the rows of its limits."""
        quantity = condition.quantity
        if not self.of_pairs:  # whether it is of A or of B, the value is the same
            quantity = replace(quantity, joints=tuple(replace(joint, of=A) for joint in quantity.joints))
        first = len(self._placed)
        self._placed += [(quantity, seen) for seen in zones]
        self._conditions += [condition] * len(zones)
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
        self.rows = np.array([row_of[placed] for placed in self._placed], np.intp)
        ones = (1,) * (1 + self.of_pairs)
        self._sign = np.array([c.sign for c in self._conditions], float).reshape(-1, *ones)
        limits = np.array(
            [[c.sign * limit for c in self._conditions for limit in [(c.limit, c.keep)[i]]] for i in (0, 1)]
        )
        self._limits = limits.reshape(2, -1, *ones)

    def update(self, frame: Frame) -> None:
        """Take in the next image."""
        if not self._measuring:  # no zone that anything is asked about is seen by this camera
            people = frame.keypoints.shape[2]
            self.truth = np.zeros((2, 0, *[people] * (1 + self.of_pairs)), np.int8)
            return
        measured = [measuring.update(frame, bodies) for measuring, bodies in self._measuring]
        self.measured = np.concatenate(measured)
        values = self.measured.take(self.rows, axis=0) * self._sign
        # NaN is neither
        self.truth = (values >= self._limits).view(np.int8) - (values < self._limits).view(np.int8)


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

    def update(self, frame: Frame) -> None:
        """Take in the next image."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # what has no value is NaN, unknown
            for bodies in self._bodies.values():
                bodies.update(frame)
            self._singles.update(frame)
            self._pairs.update(frame)

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
