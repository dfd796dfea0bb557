"""What decided about an event: the conditions that made it true or false, with what was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .event import Evidence
from .language import MEASURES
from .rule import ALL, NOT, A
from .truth import Branch, Leaf


def decided(
    tree: Leaf | Branch, keeps: bool, zone: int, people: Sequence[int], ids: Sequence[int]
) -> tuple[int, tuple[Evidence, ...], float]:
    """What decides in the newest image.

    Args:
        tree: of the rule.
        keeps: by the limits for going on, not by those for a start.
        zone: index among those that the rule is applied to.
        people: slots of the people.
        ids: their identities.

    Returns:
        1, 0 or -1 for true, unknown and false, the evidence of that, and the least probability of a trained state
        among it, NaN without any.
    """
    truth, leaves = _decide(tree, keeps, zone, people)
    evidence, probability = [], math.nan
    for leaf in leaves:
        condition, value = leaf.condition, leaf.value(zone, people)
        quantity = condition.quantity
        if quantity.measure == "state":
            probability = float(np.fmin(probability, value))
        evidence.append(
            Evidence(
                ids[0 if quantity.joints[0].of == A else 1],
                tuple(dict.fromkeys(name for joint in quantity.joints for name in joint.names)),
                _told(leaf),
                value,
                condition.keep if keeps else condition.limit,
            )
        )
    return truth, tuple(dict.fromkeys(evidence)), probability


def _told(leaf: Leaf) -> str:
    """What was measured, with its unit."""
    quantity = leaf.condition.quantity
    measure = MEASURES[quantity.measure]
    names = [f"{joint.of}.{joint}" if leaf.of_two and joint.names else str(joint) for joint in quantity.joints]
    options = [
        str(value) if isinstance(value, str) else "/".join(value)
        for _, value in quantity.options
        if not _is_number(value)
    ]
    return f"{' '.join([quantity.measure, *filter(None, names), *options])}, {measure.unit}"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _decide(tree: Leaf | Branch, keeps: bool, zone: int, people: Sequence[int]) -> tuple[int, list[Leaf]]:
    """The truth of one tree, and the conditions that it comes from."""
    if isinstance(tree, Leaf):
        return tree.truth_of(keeps, zone, people), [tree]
    parts = [_decide(branch, keeps, zone, people) for branch in tree.of]
    if tree.how == NOT:
        truth, leaves = parts[0]
        return -truth, leaves
    truth = (min if tree.how == ALL else max)(part for part, _ in parts)
    return truth, [leaf for part, leaves in parts if part == truth for leaf in leaves]
