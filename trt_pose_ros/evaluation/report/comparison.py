"""The page of a comparison: reports side by side, how sure their differences are, and a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def render_comparison(comparison: Mapping[str, Any], reports: Sequence[Mapping[str, Any]]) -> str:
    raise NotImplementedError
