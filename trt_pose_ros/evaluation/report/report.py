"""The page of one report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

from ..comparison.figures import headline
from .accuracy import accuracy_section
from .elements import page, tag
from .figures import SPACE_ERRORS, THROUGHPUT, count, milliseconds, share
from .parts import facts, footer, section, tiles
from .people import people_section
from .pictures import Picture, pictures_section
from .speed import speed_section, stage_name


def render(report: Mapping[str, Any], pictures: Mapping[int, Picture] | None = None) -> str:
    """Make the page of a report.

    Args:
        report: as docs/evaluation.md describes; what is null or missing in it is left out of the page.
        pictures: by the index of their frame in the report's ``frames``, in the order of the page; see
            :func:`~.pictures.worst`.

    Returns:
        HTML with everything in it: it asks the network for nothing and runs no script.
    """
    title = str(report.get("name") or "Evaluation")
    return page(
        title,
        tag(
            "header",
            tag("p", "Evaluation of pose estimation", class_="kind"),
            tag("h1", title),
            facts(about(report)),
            tiles(_headlines(report)),
        ),
        tag(
            "main",
            accuracy_section(report.get("accuracy") or {}),
            people_section(report),
            speed_section(report),
            pictures_section(report, pictures or {}),
            section("Notes", notes(report)),
        ),
        footer(),
    )


def about(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was measured, on what and when: names and texts."""
    source, model, machine = (report.get(part) or {} for part in ("source", "model", "machine"))
    threads = machine.get("threads")
    return [
        ("Source", _joined(source.get("path"))),
        ("Truth", _joined(source.get("truth"))),
        ("Model", _joined(*(model.get(key) for key in ("name", "family", "input")))),
        ("Machine", _joined(*(machine.get(key) for key in ("processor", "backend", "device")))),
        ("Threads", _joined(threads or None)),
        ("Made", _moment(str(report.get("created") or ""))),
    ]


def notes(report: Mapping[str, Any]) -> Element | None:
    """The sentences that a reader of the figures should know; None where there are none."""
    sentences = report.get("notes") or []
    return tag("ul", [tag("li", str(sentence)) for sentence in sentences], class_="notes wide") if sentences else None


def _joined(*values: Any) -> str:
    return ", ".join(str(value) for value in values if value is not None)


def _moment(created: str) -> str:
    """A time of ISO 8601 to the minute; what is none stays as it is."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return created
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or ''}".strip()


def _headlines(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Name, value and remark of the figures that are read first."""
    accuracy, identities, latency, throughput, space = (
        report.get(part) or {} for part in ("accuracy", "identities", "latency", "throughput", "space")
    )
    stage = headline([report])
    time = latency.get(stage) or {}
    images = len(report.get("frames") or ())
    return [
        ("AP", share(accuracy.get("ap")), "of 1, OKS 0.50 to 0.95"),
        ("Recall", share(accuracy.get("recall")), "of the people in truth"),
        ("Precision", share(accuracy.get("precision")), "of the people found"),
        ("IDF1", share(identities.get("idf1")), "identities kept, of 1"),
        ("Identity switches", count(identities.get("switches")), f"in {count(images)} images"),
        ("MPJPE", SPACE_ERRORS["mpjpe"].text(space.get("mpjpe")), "error of joints in space"),
        ("Latency, p95", milliseconds(time.get("p95")), stage_name(stage)),
        ("Rate", THROUGHPUT["fps"].text(throughput.get("fps")), ""),
        ("Dropped", count(throughput.get("drops")), f"of {count(images)} images"),
    ]
