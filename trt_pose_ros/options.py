"""Options: frozen dataclasses whose fields say what they do and what they may be.

One description serves the keyword arguments in Python, the node's parameters with their ranges, and the documents::

    @dataclass(frozen=True)
    class CounterOptions(Options):
        step: int = option(1, "added at each call", low=1, high=10)
"""

import math
from collections.abc import Sequence
from dataclasses import MISSING, Field, field, fields, replace
from numbers import Integral, Real
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Number = int | float
Self = TypeVar("Self", bound="Options")


def option(
    default: Any = MISSING,
    effect: str = "",
    *,
    low: Number | None = None,
    high: Number | None = None,
    choices: Sequence[Any] | None = None,
) -> Any:
    """A dataclass field with its effect in words, and the values that it may take (bounds included)."""
    return field(default=default, metadata={"effect": effect, "low": low, "high": high, "choices": choices})


class Options:
    """Base of option dataclasses: refuses wrong values with a sentence that names option, value and possibilities."""

    def __post_init__(self) -> None:
        check_fields(self, f"{type(self).__name__}: ")

    @classmethod
    def of(cls: type[Self], **values: Any) -> Self:
        """Make the options of keyword arguments; ValueError names those that don't exist."""
        return cls().changed(**values)

    def changed(self: Self, **values: Any) -> Self:
        """The same options but for ``values``; ValueError names those that don't exist."""
        names = [f.name for f in fields(self)]  # type: ignore[arg-type]
        unknown = sorted(set(values) - set(names))
        if unknown:
            raise ValueError(f"{type(self).__name__} has no option {', '.join(unknown)}, only {', '.join(names)}")
        return replace(self, **values)  # type: ignore[type-var]


def check_fields(instance: Any, prefix: str) -> None:
    """Check a frozen dataclass made of :func:`option` fields by their types, bounds and choices.

    Whole numbers become floats where floats are wanted, and lists become tuples.

    Raises:
        ValueError: a value is wrong; the message begins with ``prefix`` and the field's name.
    """
    hints = get_type_hints(type(instance))
    for f in fields(instance):
        value = getattr(instance, f.name)
        problem, value = _checked(f, hints[f.name], value)
        if problem:
            raise ValueError(f"{prefix}{f.name} is {value!r}, must be {problem}")
        object.__setattr__(instance, f.name, value)


def _checked(f: Field, kind: Any, value: Any) -> tuple[str | None, Any]:
    """What a value must be instead (None: it is right), and the value in the field's own type."""
    low, high, choices = (f.metadata.get(k) for k in ("low", "high", "choices"))
    if choices is not None:
        return (None if value in choices else f"one of {', '.join(map(str, choices))}"), value
    if NoneType in get_args(kind):  # an optional value
        if value is None:
            return None, None
        kind = next(k for k in get_args(kind) if k is not NoneType)
    if get_origin(kind) is tuple:
        return _checked_tuple(kind, value, low, high)
    problem = _problem(kind, value, low, high)
    return problem, float(value) if kind is float and not problem else value


def _checked_tuple(kind: Any, value: Any, low: Number | None, high: Number | None) -> tuple[str | None, Any]:
    element, *rest = get_args(kind)
    any_length = rest == [Ellipsis]
    right = isinstance(value, (list, tuple)) and (any_length or len(value) == 1 + len(rest))
    problems = [_problem(element, v, low, high) for v in value] if right else []
    if not right or any(problems):
        count = "a list" if any_length else f"{1 + len(rest)} values"
        return f"{count}, each {_wanted(element, low, high)}", value
    return None, tuple(float(v) if element is float else v for v in value)


def _problem(kind: Any, value: Any, low: Number | None, high: Number | None) -> str | None:
    if kind in (int, float):
        right = isinstance(value, Integral if kind is int else Real) and not isinstance(value, bool)
        # isfinite raises for whole numbers that no float can hold
        right = right and (kind is int or (abs(value) < 2**1000 and math.isfinite(value)))
        right = right and (low is None or value >= low) and (high is None or value <= high)
    else:
        right = kind not in (bool, str) or isinstance(value, kind)
    return None if right else _wanted(kind, low, high)


def _wanted(kind: Any, low: Number | None, high: Number | None) -> str:
    what = {bool: "true or false", str: "text", int: "a whole number", float: "a number"}[kind]
    bounds = [f"at least {low}"] * (low is not None) + [f"at most {high}"] * (high is not None)
    return " ".join([what, " and ".join(bounds)]).strip()
