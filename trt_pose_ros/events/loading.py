"""Rules from files: those that come with the package by their names, and users' own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .checks import Where, mapping, named, read_yaml, text
from .parsing import FIELDS, parse_rule
from .rule import Rule
from .zones import Zone, check_names, parse_zones, zones_of

_FOLDER = Path(__file__).parent / "rules"
SHIPPED = tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))
_DERIVED = ("base", "set", "description")
_DEEPEST = 20  # rules that are made of each other

Source = str | os.PathLike[str]


@dataclass(frozen=True)
class _Written:
    """A rule as it stands in a file."""

    fields: Any
    where: Where


@dataclass(frozen=True)
class _Resolved:
    """The fields of a rule that is made of no other, and what is different here: values of its parameters."""

    fields: Any
    values: Mapping[str, Any]
    where: Where


def load_rules(
    sources: Source | Sequence[Source],
    zones: Source | Mapping[str, Any] | Iterable[Zone] | None = None,
    parameters: Mapping[str, float] | None = None,
) -> tuple[Rule, ...]:
    """Read and check rules.

    Args:
        sources: names of rules that come with the package (:data:`SHIPPED`), and paths of YAML files.
        zones: path of a file of zones, what stands under ``zones`` in one, or zones; those in the rules' own files are
            known as well.
        parameters: values instead of the rules' own, by ``RULE.PARAMETER``.

    Raises:
        ImportError: PyYAML is not installed.
        OSError: a file can't be read.
        ValueError: what is wrong, where, and what may have been meant.
    """
    written: dict[str, _Written] = {}
    known = list(zones_of(zones))
    for source in [sources] if isinstance(sources, (str, os.PathLike)) else sources:
        found, more = _read(source)
        twice = sorted(found.keys() & written.keys())
        if twice:
            raise found[twice[0]].where.error(f"the rule {twice[0]!r} is there twice")
        written |= found
        known += more
    check_names(known)
    return _checked(written, tuple(known), parameters or {})


def changed(rules: Sequence[Rule], parameters: Mapping[str, float]) -> tuple[Rule, ...]:
    """The same rules with other values of some parameters, by ``RULE.PARAMETER``; the others stay as they are.

    Raises:
        ValueError: no such parameter, or a value that it can't have.
    """
    values = {f"{r.name}.{p.name}": p.value for r in rules for p in r.parameters if p.value != p.default}
    by_rule = _by_rule({**values, **parameters}, {rule.name for rule in rules})
    return tuple(_parsed(rule.name, rule.source, rule.zones, by_rule.get(rule.name, {})) for rule in rules)


def _checked(
    written: Mapping[str, _Written], zones: tuple[Zone, ...], parameters: Mapping[str, float]
) -> tuple[Rule, ...]:
    by_rule = _by_rule(parameters, written.keys())
    return tuple(_parsed(name, _resolved(name, written), zones, by_rule.get(name, {})) for name in written)


def _by_rule(parameters: Mapping[str, float], rules: Iterable[str]) -> dict[str, dict[str, float]]:
    """Values of parameters by rule and parameter."""
    made: dict[str, dict[str, float]] = {}
    for key, value in parameters.items():
        rule, dot, name = str(key).partition(".")
        if not dot:
            raise Where("parameters").error(f"{key!r} must be RULE.PARAMETER, such as 'raised_hand.for'")
        if rule not in rules:
            raise Where("parameters").unknown("rule", rule, rules)
        made.setdefault(rule, {})[name] = value
    return made


def _parsed(name: str, source: _Resolved, zones: tuple[Zone, ...], values: Mapping[str, float]) -> Rule:
    """The checked rule; ``values`` are those of parameters that are not what the file says."""
    rule = parse_rule(name, source.fields, source.where, zones, {**source.values, **values})
    parameters = tuple(replace(p, default=source.values.get(p.name, p.default)) for p in rule.parameters)
    return replace(rule, parameters=parameters, source=source)


def _read(source: Source) -> tuple[dict[str, _Written], tuple[Zone, ...]]:
    """The rules and zones of a file, or of a shipped one by its name."""
    path = Path(source).expanduser()
    if str(source) in SHIPPED:
        path = _FOLDER / f"{source}.yaml"
    elif not path.suffix and not path.exists():
        raise Where("rules").unknown("rule", str(source), SHIPPED)
    where = Where(path.name if str(source) in SHIPPED else str(source))
    content = mapping(read_yaml(path), where, ("rules", "zones"))
    rules = {
        name: _Written(fields, Where(f"{where.source}: rule {name!r}"))
        for name, fields in named(content.get("rules"), where / "rules", "rule").items()
    }
    return rules, parse_zones(content["zones"], where) if "zones" in content else ()


def _resolved(name: str, written: Mapping[str, _Written], depth: int = 0) -> _Resolved:
    """A rule through all the rules that it is made of."""
    rule = written[name]
    if "base" not in (rule.fields if isinstance(rule.fields, dict) else {}):
        return _Resolved(mapping(rule.fields, rule.where, FIELDS), {}, rule.where)
    fields = mapping(rule.fields, rule.where, _DERIVED)
    base = text(fields["base"], rule.where / "base")
    others = {key: value for key, value in written.items() if key != name}
    if base not in others and base in SHIPPED:
        others |= _read(base)[0]
    if base not in others or depth > _DEEPEST:
        raise (rule.where / "base").unknown("rule", base, {*others, *SHIPPED})
    inherited = _resolved(base, others, depth + 1)
    description = {"description": fields["description"]} if "description" in fields else {}
    own = named(fields["set"], rule.where / "set", "parameter") if "set" in fields else {}
    return _Resolved({**inherited.fields, **description}, {**inherited.values, **own}, rule.where)
