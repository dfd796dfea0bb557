"""Rule: what has to be true of people for an event, as checked values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .language import PAIR, SYMMETRIC_PAIR
from .zones import Zone

A, B = "A", "B"
ALL, ANY, NOT = "all", "any", "not"


@dataclass(frozen=True)
class Parameter:
    """A number of a rule that users may change.

    Attributes:
        name: in its rule.
        default: what it is where nobody says anything else.
        value: what it is.
        low, high: what it may be, bounds included.
        description: what it does, with its unit.
    """

    name: str
    default: float
    value: float
    low: float
    high: float
    description: str


@dataclass(frozen=True)
class Joint:
    """A joint of person A or B, or a limb from one to another.

    Attributes:
        of: A or B.
        names: of the joint, or of both ends of the limb.
    """

    of: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return "-".join(self.names)


@dataclass(frozen=True)
class Quantity:
    """Something to be measured: conditions that ask for the same one share it.

    Attributes:
        measure: its name in :data:`~trt_pose_ros.events.language.MEASURES`.
        joints: in the order of the measure's fields; without any, one without names says whose it is.
        options: the other fields, (name, value), without the zone.
        zone: name or kind of a zone; empty for the rule's own.
        min_score: of joints; with less they are unknown.
    """

    measure: str
    joints: tuple[Joint, ...]
    options: tuple[tuple[str, Any], ...] = ()
    zone: str = ""
    min_score: float = 0.0

    @property
    def people(self) -> str:
        """Whom it is measured on: "A", "B", or "AB"."""
        return "".join(sorted({joint.of for joint in self.joints}))


@dataclass(frozen=True)
class Condition:
    """A quantity with the limit that it has to pass.

    Attributes:
        quantity: what is measured.
        sign: 1 where the limit is the least, -1 where it is the most.
        limit: in the quantity's unit.
        keep: the limit as long as the event goes on, not harder than the other.
    """

    quantity: Quantity
    sign: int
    limit: float
    keep: float


@dataclass(frozen=True)
class Combination:
    """Of conditions: ALL or ANY of them, or NOT the only one."""

    how: str
    of: tuple[Combination | Condition, ...]


Tree = Combination | Condition


@dataclass(frozen=True)
class Rule:
    """What has to be true of people for an event.

    Attributes:
        name: what the events are called.
        description: of the event, for people.
        who: PERSON, PAIR, SYMMETRIC_PAIR or HAND.
        zone: name or kind of the zones, each of which the rule is applied to; empty for none.
        when: the conditions.
        lasts: seconds that they have to be true before the event starts.
        until: seconds that they have to be false before it ends.
        gap: seconds that are bridged where nothing is known.
        parameters: its numbers that users may change, :class:`Parameter`.
        zones: all that it can ask for.
        source: what it was read from.
    """

    name: str
    description: str
    who: str
    zone: str
    when: Tree
    lasts: float
    until: float
    gap: float
    parameters: tuple[Parameter, ...] = ()
    zones: tuple[Zone, ...] = ()
    source: Any = field(default=None, compare=False, repr=False)

    @property
    def is_of_two(self) -> bool:
        """Is it about two people?"""
        return self.who in (PAIR, SYMMETRIC_PAIR)

    def zones_called(self, name: str, camera: str) -> tuple[Zone, ...]:
        """The zones of that name or kind that the camera sees."""
        return tuple(z for z in self.zones if z.camera in ("", camera) and z.is_called(name))


def conditions_of(tree: Tree) -> Iterator[Condition]:
    """All conditions of a tree, in their order."""
    if isinstance(tree, Condition):
        yield tree
    else:
        for branch in tree.of:
            yield from conditions_of(branch)
