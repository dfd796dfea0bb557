"""The parameters of a rule as options of a node."""

from __future__ import annotations

from dataclasses import make_dataclass
from typing import TYPE_CHECKING

from ...options import Options, option

if TYPE_CHECKING:
    from ...events import Rule


def rule_options(rule: Rule) -> Options:
    """An Options dataclass of its own with a number for each parameter of the rule, holding their values.

    Python keeps `for` for itself: that field is called `for_`.
    """
    made = make_dataclass(
        rule.name,
        [
            (
                f"{p.name}_" if p.name == "for" else p.name,
                float,
                option(float(p.value), p.description, low=p.low, high=p.high),
            )
            for p in rule.parameters
        ],
        bases=(Options,),
        frozen=True,
    )
    return made()
