"""Reading YAML that people write by hand: every error says where it is, what is there, and what should be."""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LARGEST = 1 << 20  # bytes of a file


@dataclass(frozen=True)
class Where:
    """A place in a file, as error messages tell it: ``cabin.yaml: rule 'waving': when.all[1].joint``."""

    source: str
    fields: str = ""

    def __truediv__(self, field: str | int) -> Where:
        step = f"[{field}]" if isinstance(field, int) else f".{field}" if self.fields else field
        return Where(self.source, self.fields + step)

    def error(self, problem: str) -> ValueError:
        """The ValueError that says that something is wrong here."""
        return ValueError(": ".join(filter(None, [self.source, self.fields, problem])))

    def wrong(self, value: Any, wanted: str) -> ValueError:
        """The ValueError that says what must be here instead of ``value``."""
        return self.error(f"is {shown(value)}, must be {wanted}")

    def unknown(self, kind: str, name: Any, known: Iterable[str]) -> ValueError:
        """The ValueError that says that there is no such name, and which it may have been."""
        names = sorted(known)
        close = difflib.get_close_matches(str(name), names, n=1)
        if close:
            hint = f"did you mean {close[0]!r}?"
        else:
            hint = f"there are {', '.join(names)}" if names else "there are none"
        return self.error(f"no {kind} {shown(name)}, {hint}")


def shown(value: Any) -> str:
    """A value as error messages show it: not longer than a line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def mapping(value: Any, where: Where, known: Iterable[str], kind: str = "field") -> Mapping[str, Any]:
    """``value`` as a mapping that has no other keys than ``known``."""
    names = list(known)
    if not isinstance(value, dict):
        raise where.wrong(value, f"fields such as {', '.join(names[:3])}")
    for key in value:
        if key not in names:
            raise where.unknown(kind, key, names)
    return value


def named(value: Any, where: Where, kind: str) -> Mapping[str, Any]:
    """``value`` as a mapping from names to whatever."""
    if not isinstance(value, dict) or not value:
        raise where.wrong(value, f"{kind}s by their names")
    for name in value:
        if not isinstance(name, str) or not name or any(c in name for c in "./ \t\n"):
            raise where.error(f"{shown(name)} can't be the name of a {kind}: text without spaces, dots and slashes")
    return value


def number(value: Any, where: Where, low: float = -math.inf, high: float = math.inf) -> float:
    """``value`` as a finite number from ``low`` to ``high``."""
    wanted = "a number" + f" of at least {low:g}" * math.isfinite(low)
    wanted += (" and" if math.isfinite(low) else " of") * math.isfinite(high) + f" at most {high:g}" * (high < math.inf)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > 1e9 or not low <= value <= high:
        raise where.wrong(value, wanted)
    return float(value)


def numbers(value: Any, where: Where, count: int) -> tuple[float, ...]:
    """``value`` as a list of ``count`` finite numbers."""
    if not isinstance(value, (list, tuple)) or len(value) != count:
        raise where.wrong(value, f"{count} numbers")
    return tuple(number(v, where / i) for i, v in enumerate(value))


def text(value: Any, where: Where) -> str:
    """``value`` as text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise where.wrong(value, "text" + " (in quotes)" * isinstance(value, (bool, int, float)))
    return value.strip()


def choice(value: Any, where: Where, choices: Sequence[str]) -> str:
    """``value`` as one of ``choices``."""
    if not isinstance(value, str) or value not in choices:
        raise where.unknown("choice", value, choices)
    return value


def read_yaml(path: str | os.PathLike[str]) -> Any:
    """The content of a YAML file.

    Raises:
        ImportError: PyYAML is not installed; every ROS has it.
        OSError: the file can't be read.
        ValueError: it is no YAML, too large, or gives a key twice.
    """
    try:
        import yaml
    except ImportError as error:
        raise ImportError("rules and zones are YAML files: pip install pyyaml") from error

    class Loader(yaml.SafeLoader):
        """YAML lets the last of two equal keys win, which hides a mistake."""

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            twice = next((key for i, key in enumerate(keys) if key in keys[:i]), None)
            if twice is not None:
                raise yaml.constructor.ConstructorError(None, None, f"{twice!r} is there twice", node.start_mark)
            return super().construct_mapping(node, deep)

    file = Path(path).expanduser()
    if file.is_file() and file.stat().st_size > _LARGEST:
        raise ValueError(f"{path} has {file.stat().st_size} bytes, {_LARGEST} are possible")
    try:
        return yaml.load(file.read_text("utf-8-sig"), Loader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not a YAML file: {' '.join(str(error).split())}") from None
