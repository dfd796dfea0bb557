"""Options: frozen dataclasses whose fields say what they do and what they may be.

One description serves the keyword arguments in Python, the node's parameters with their ranges, and the documents::

    @dataclass(frozen=True)
    class CounterOptions(Options):
        step: int = option(1, "added at each call", low=1, high=10)
"""

from dataclasses import field, fields, replace
from numbers import Integral, Real


def option(default, effect, *, low=None, high=None, choices=None):
    """A dataclass field with its effect in words, and the values that it may take (bounds included)."""
    return field(default=default, metadata={"effect": effect, "low": low, "high": high, "choices": choices})


class Options:
    """Base of option dataclasses: refuses wrong values with a sentence that names option, value and possibilities."""

    def __post_init__(self):
        for f in fields(self):
            problem = _problem(f, getattr(self, f.name))
            if problem:
                raise ValueError(f"{type(self).__name__}: {f.name} is {getattr(self, f.name)!r}, must be {problem}")

    @classmethod
    def of(cls, **values):
        """Make the options of keyword arguments; ValueError names those that don't exist."""
        return cls().changed(**values)

    def changed(self, **values):
        """The same options but for ``values``; ValueError names those that don't exist."""
        names = [f.name for f in fields(self)]
        unknown = sorted(set(values) - set(names))
        if unknown:
            raise ValueError(f"{type(self).__name__} has no option {', '.join(unknown)}, only {', '.join(names)}")
        return replace(self, **values)


def _problem(f, value):
    low, high, choices = (f.metadata.get(k) for k in ("low", "high", "choices"))
    kind = type(f.default)
    if choices is not None:
        return None if value in choices else f"one of {', '.join(map(str, choices))}"
    if kind is bool:
        return None if isinstance(value, bool) else "true or false"
    if kind is str:
        return None if isinstance(value, str) else "text"
    if kind in (int, float):
        right = isinstance(value, Integral if kind is int else Real) and not isinstance(value, bool)
        # written so that NaN fails too
        inside = right and (low is None or value >= low) and (high is None or value <= high) and value == value
        if inside:
            return None
        what = "a whole number" if kind is int else "a number"
        bounds = [f"at least {low}"] * (low is not None) + [f"at most {high}"] * (high is not None)
        return " ".join([what, " and ".join(bounds)]).strip()
    return None
