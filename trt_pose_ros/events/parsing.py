"""One rule, as it stands in a file, to a :class:`~trt_pose_ros.events.rule.Rule`; whatever is wrong is told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .checks import Where, choice, mapping, named, number, numbers, shown, text
from .language import (
    CHOICE,
    HAND,
    JOINT,
    LIMB,
    MEASURES,
    NUMBER,
    PERSON,
    SIZES,
    WHO,
    ZONE,
    Field,
    Measure,
    is_without_side,
    joints_of,
)
from .rule import ALL, ANY, NOT, A, B, Combination, Condition, Joint, Parameter, Quantity, Rule, Tree
from .states import StateModel
from .zones import Zone

TORSO = 0.5  # metres that a body size is worth where one of both is not known: an adult's from shoulder to hip

# Parameters that every rule has: default, range, effect.
_COMMON = {
    "for": (0.5, 0, 60, "seconds that it has to be true, more than false, before the event starts"),
    "until": (0.5, 0, 60, "seconds that it has to be false, more than true, before the event ends"),
    "gap": (1.0, 0, 60, "seconds that are bridged where it is not known, before the event ends as unknown or gone"),
    "min_score": (0.3, 0.001, 1, "score of a joint below which it is unknown"),
}
FIELDS = ("description", "who", "zone", "parameters", "when", *_COMMON)
_SIDES = {"either_side": (A, ANY), "both_sides": (A, ALL), "either_side_of_B": (B, ANY), "both_sides_of_B": (B, ALL)}
_OF_TWO = ("above", "distance", "nearer", "size_ratio")  # what can be measured between people
_MOST = 200  # conditions of a rule
_DEEPEST = 20


def parse_rule(
    name: str, fields: Any, where: Where, zones: Sequence[Zone] = (), values: Mapping[str, float] | None = None
) -> Rule:
    """Check one rule.

    Args:
        name: of the rule.
        fields: what stands under it.
        where: for messages.
        zones: that there are.
        values: of parameters, instead of their defaults.

    Raises:
        OSError: a trained state can't be read.
        ValueError: what is wrong, and where.
    """
    fields = mapping(fields, where, FIELDS)
    parameters = _parameters(fields, where, values or {})
    reader = _Reader(
        choice(fields.get("who", PERSON), where / "who", WHO), zones, {p.name: p.value for p in parameters}
    )
    zone = reader.zone(fields["zone"], where / "zone") if "zone" in fields else ""
    reader.own_zone = zone
    if "when" not in fields:
        raise where.error("when is missing: the conditions of the rule")
    when = reader.tree(fields["when"], where / "when", {}, 0)
    idle = [p.name for p in parameters if p.name not in reader.used | _COMMON.keys()]
    if idle:
        raise where.error(f"the parameter {idle[0]!r} is used nowhere: write ${idle[0]} where its value shall stand")
    return Rule(
        name,
        text(fields.get("description"), where / "description"),
        reader.who,
        zone,
        when,
        reader.values["for"],
        reader.values["until"],
        reader.values["gap"],
        parameters,
        tuple(zones),
    )


def _parameters(fields: Mapping[str, Any], where: Where, values: Mapping[str, float]) -> tuple[Parameter, ...]:
    made = []
    if "parameters" in fields:
        for name, value in named(fields["parameters"], where / "parameters", "parameter").items():
            here = where / "parameters" / name
            if name in _COMMON:
                raise here.error("is a parameter of every rule: write it beside `when`")
            spec = mapping(value, here, ("default", "range", "description"))
            low, high = numbers(spec.get("range"), here / "range", 2)
            default = number(spec.get("default"), here / "default", low, high)
            made.append(Parameter(name, default, default, low, high, text(spec.get("description"), here)))
    for name, (default, low, high, effect) in _COMMON.items():
        default = number(fields.get(name, default), where / name, low, high)
        made.append(Parameter(name, default, default, low, high, effect))
    for name in values:
        if name not in [p.name for p in made]:
            raise where.unknown("parameter", name, [p.name for p in made])
    return tuple(
        Parameter(
            p.name, p.default, number(values[p.name], where / p.name, p.low, p.high), p.low, p.high, p.description
        )
        if p.name in values
        else p
        for p in made
    )


class _Reader:
    """Reads the conditions of one rule.

    Attributes:
        who: whom the rule is about.
        values: of its parameters.
        used: names of the parameters that stand somewhere.
        own_zone: name or kind of the zones that the rule is applied to.
    """

    def __init__(self, who: str, zones: Iterable[Zone], values: Mapping[str, float]) -> None:
        self.who, self.values, self.own_zone = who, values, ""
        self.used: set[str] = set()
        self._zones = list(zones)
        self._joints = joints_of(who)
        self._of_two = who not in (PERSON, HAND)
        self._count = 0

    def tree(self, value: Any, where: Where, sides: Mapping[str, str], depth: int) -> Tree:
        """A condition or a combination of some; ``sides`` are those that names without one get."""
        keys = [*MEASURES, ALL, ANY, NOT, *_SIDES]
        found = mapping(value, where, keys, "condition")
        self._count += 1
        if len(found) != 1:
            raise where.error(f"{len(found)} conditions in one place: combine them by `all: [...]` or `any: [...]`")
        if self._count > _MOST or depth > _DEEPEST:
            raise where.error(f"more than {_MOST} conditions, or {_DEEPEST} within each other")
        ((key, inner),) = found.items()
        here = where / key
        if key in _SIDES:
            person, how = _SIDES[key]
            if self.who == HAND or (person == B and not self._of_two) or person in sides:
                raise here.error("a hand has no sides" if self.who == HAND else "has no meaning here")
            return Combination(
                how, tuple(self.tree(inner, here, {**sides, person: s}, depth + 1) for s in ("left", "right"))
            )
        if key == NOT:
            return Combination(NOT, (self.tree(inner, here, sides, depth + 1),))
        if key in (ALL, ANY):
            if not isinstance(inner, list) or not inner:
                raise here.wrong(inner, "a list of conditions, each after a dash")
            return Combination(key, tuple(self.tree(v, here / i, sides, depth + 1) for i, v in enumerate(inner)))
        return self._condition(key, inner, here, sides)

    def _condition(self, name: str, value: Any, where: Where, sides: Mapping[str, str]) -> Condition:
        measure = MEASURES[name]
        extra = () if measure.has_joints or not self._of_two or name == "size_ratio" else ("person",)
        unit = ("unit",) if measure.unit.startswith(SIZES) else ()
        fields = mapping(value, where, [*measure.fields, *extra, *unit, "at_least", "at_most", "keep"])
        joints: list[Joint] = []
        options: list[tuple[str, Any]] = []
        zone = ""
        for key, field in measure.fields.items():
            given, here = fields.get(key, field.default), where / key
            if given is None:
                raise where.error(f"{key} is missing")
            if field.kind in (JOINT, LIMB):
                joints += [self._joint(given, here, field, sides)] if given != "" else []
            elif field.kind == ZONE:
                zone = self._zone_of(given, here, measure)
            elif field.kind == NUMBER:
                options.append((key, self._number(given, here, field.low, field.high)))
            elif field.kind == CHOICE:
                options.append((key, choice(given, here, field.choices)))
            else:
                options.append((key, given))
        if name == "size_ratio":
            if not self._of_two:
                raise where.error("needs two people: who: pair")
            joints = [Joint(A, ()), Joint(B, ())]
        if not joints:
            joints = [Joint(choice(fields.get("person", A), where / "person", (A, B)), ())]
        if name == "state":
            options = self._state(dict(options), where)
        sign, limit, keep = self._limit(fields, where, measure)
        quantity = Quantity(name, tuple(joints), tuple(options), zone, self.values["min_score"])
        if quantity.people == A + B and name not in _OF_TWO:
            raise where.error("needs joints of one person")
        return Condition(quantity, sign, limit, keep)

    def _number(self, value: Any, where: Where, low: float = -math.inf, high: float = math.inf) -> float:
        """A number, or that of the parameter whose name stands after a ``$``."""
        if isinstance(value, str) and value.startswith("$"):
            if value[1:] not in self.values:
                raise where.unknown("parameter", value, [f"${name}" for name in self.values])
            self.used.add(value[1:])
            value = self.values[value[1:]]
        elif isinstance(value, str):
            raise where.wrong(value, "a number, or $ with the name of a parameter")
        return number(value, where, low, high)

    def _limit(self, fields: Mapping[str, Any], where: Where, measure: Measure) -> tuple[int, float, float]:
        given = [key for key in ("at_least", "at_most") if key in fields]
        if len(given) == 2 or not (given or measure.at_least is not None):
            raise where.error("needs one limit, at_least or at_most")
        key = given[0] if given else "at_least"
        limit = self._number(fields.get(key, measure.at_least), where / key)
        keep = self._number(fields.get("keep", limit), where / "keep")
        if "keep" in fields and f".{NOT}" in where.fields:
            raise (where / "keep").error(f"has no meaning within `{NOT}`: take the other limit without it")
        sign = 1 if key == "at_least" else -1
        if sign * keep > sign * limit and "keep" in fields:
            # a parameter can be moved past the other limit: then there is no easier one
            if not isinstance(fields["keep"], str) and not isinstance(fields.get(key), str):
                raise (where / "keep").wrong(fields["keep"], f"easier than {key}: {limit:g}")
            keep = limit
        unit = choice(fields.get("unit", "sizes"), where / "unit", ("sizes", "metres"))
        scale = TORSO if unit == "metres" else 1.0
        return sign, limit / scale, keep / scale

    def _joint(self, value: Any, where: Where, field: Field, sides: Mapping[str, str]) -> Joint:
        name, person = text(value, where), A
        if self._of_two and name[:2] in (f"{A}.", f"{B}."):
            name, person = name[2:], name[0]
        names = tuple(name.split("-")) if field.kind == LIMB else (name,)
        if len(names) > 2:
            raise where.wrong(value, "a joint, or two joined by a dash")
        return Joint(person, tuple(self._full_name(n, where, sides.get(person)) for n in names))

    def _full_name(self, name: str, where: Where, side: str | None) -> str:
        if is_without_side(name, self._joints):
            if side is None:
                both = f"left_{name} or right_{name}"
                raise where.error(f"{shown(name)} of which side? Say {both}, or put the condition into either_side")
            return f"{side}_{name}"
        if name not in self._joints:
            raise where.unknown("joint", name, self._joints)
        return name

    def zone(self, value: Any, where: Where) -> str:
        """The name or kind of a zone that there is."""
        name = text(value, where)
        if not any(zone.is_called(name) for zone in self._zones):
            raise where.unknown("zone", name, {n for z in self._zones for n in (z.name, z.kind) if n})
        return name

    def _zone_of(self, value: Any, where: Where, measure: Measure) -> str:
        name = self.zone(value, where) if value != "" else self.own_zone
        if not name:
            raise where.error("is missing: the name or kind of a zone, here or in the rule")
        others = [zone.name for zone in self._zones if zone.is_called(name) and zone.shape != measure.shape]
        if others:
            raise where.error(f"needs zones that are a {measure.shape}, {others[0]!r} is none")
        return name if value != "" else ""

    def _state(self, options: Mapping[str, Any], where: Where) -> list[tuple[str, Any]]:
        model = StateModel.load(text(options["model"], where / "model"))
        wanted = options["is"] if isinstance(options["is"], list) else [options["is"]]
        for name in wanted:
            if name not in model.classes:
                raise (where / "is").unknown("state", name, model.classes)
        if not self._joints & set(model.features.keypoints):
            raise (where / "model").error(
                f"goes by {', '.join(model.features.keypoints)}, which a {self.who} doesn't have"
            )
        return [("model", options["model"]), ("is", tuple(wanted))]
