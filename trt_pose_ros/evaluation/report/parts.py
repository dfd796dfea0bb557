"""Parts that a page is put together of: sections, tiles, tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from ... import __version__
from .elements import Child, tag
from .figures import MISSING, SPACE, Figure


def section(title: str, *children: Child) -> Element | None:
    """A headed section; None where there is nothing to put into it."""
    there = [child for child in children if child is not None]
    return tag("section", tag("h2", title), tag("div", there, class_="cards")) if there else None


def footer() -> Element:
    """What the page was made by."""
    return tag("footer", f"Made by trt_pose_ros {__version__}.")


def tiles(figures: Iterable[tuple[str, str, str]]) -> Element:
    """What is read first: name, value with its unit, and a remark of each figure; those without value are left out."""
    return tag(
        "ul",
        [
            tag(
                "li",
                tag("div", name, class_="name"),
                tag("div", _with_small_unit(value), class_="value"),
                tag("div", remark, class_="soft"),
                class_="card tile",
            )
            for name, value, remark in figures
            if not value.startswith(MISSING)
        ],
        class_="tiles",
    )


def _with_small_unit(value: str) -> list[Child]:
    number, space, unit = value.partition(SPACE)
    return [number, tag("small", space + unit) if unit else None]


def facts(entries: Iterable[tuple[str, str]]) -> Element:
    """Names and what they are, in a line as long as there is room."""
    return tag(
        "dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in entries if value], class_="facts"
    )


def table(
    caption: str, header: Sequence[Child], rows: Sequence[Sequence[Child]], *, note: str = "", wide: bool = False
) -> Element | None:
    """A table whose first column names the rows; None without rows."""
    if not rows:
        return None
    head = tag("thead", tag("tr", [tag("th", name, scope="col") for name in header]))
    body = tag(
        "tbody",
        [tag("tr", tag("th", first, scope="row"), [tag("td", cell) for cell in cells]) for first, *cells in rows],
    )
    return tag(
        "div",
        # what can be scrolled must be reached by the keyboard as well
        tag("div", tag("table", tag("caption", caption), head, body), class_="table", tabindex="0", role="region",
            aria_label=caption),
        tag("p", note, class_="note") if note else None,
        class_="card wide" if wide else "card",
    )  # fmt: skip


def figure_table(caption: str, values: Mapping[str, Any], figures: Mapping[str, Figure]) -> Element | None:
    """A table of those of the ``figures`` that ``values`` has."""
    rows = [(figure.name, figure.text(values[key])) for key, figure in figures.items() if values.get(key) is not None]
    return table(caption, ("Figure", "Value"), rows)


def bar(part: float, series: int = 0) -> Element:
    """A bar as long as ``part`` of its cell, which the figure beside it says in words."""
    width = f"width: {100 * min(max(part, 0.0), 1.0):.1f}%"
    return tag("span", tag("span", style=width), class_=f"bar c{series}", aria_hidden="true")
