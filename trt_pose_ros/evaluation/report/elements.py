"""HTML and SVG as a tree, so that whatever text gets in is escaped when it is written out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

Child: TypeAlias = "str | Element | Iterable[Child] | None"

_STYLE = Path(__file__).with_name("style.css")
# HTML has no way to write these: control characters, and what Python makes of file names that are not UTF-8
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def tag(name: str, *children: Child, **attributes: str | float | None) -> Element:
    """An element with its children and attributes.

    Args:
        name: of the element.
        children: text, elements, or either in lists; None is left out.
        attributes: ``class_`` stands for ``class``, ``view_box`` keeps SVG's spelling, any other underscore means a
            hyphen; None is left out.
    """
    element = Element(name)
    for key, value in attributes.items():
        if value is not None:
            element.set(_NAMES.get(key, key.replace("_", "-")), _text(value))
    _append(element, children)
    return element


def page(title: str, *body: Child) -> str:
    """A whole HTML document that may load nothing from elsewhere and run no script.

    Args:
        title: of the browser's window.
        body: what is seen.
    """
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", _STYLE.read_text(encoding="utf-8")),
    )
    root = tag("html", head, tag("body", *body), lang="en")
    return "<!DOCTYPE html>\n" + tostring(root, encoding="unicode", method="html") + "\n"


_NAMES = {
    "class_": "class",
    "name_": "name",
    "view_box": "viewBox",
    "preserve_aspect_ratio": "preserveAspectRatio",
}


def _append(element: Element, children: Iterable[Child]) -> None:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Element):
            element.append(child)
        elif isinstance(child, str):
            _append_text(element, _text(child))
        else:
            _append(element, child)


def _append_text(element: Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _text(value: str | float) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))
