"""The page of one report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .accuracy import accuracy_section
from .elements import page, tag
from .figures import count, milliseconds, share, three_digits
from .parts import facts, tiles
from .people import people_section
from .pictures import Picture, pictures_section
from .speed import headline, speed_section, stage_name

STYLE = Path(__file__).with_name("style.css")


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
        STYLE.read_text(encoding="utf-8"),
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
        ),
        tag("footer", "Made by trt-pose evaluate."),
    )


def about(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was measured, on what and when: names and texts."""
    return [(key.capitalize(), _words(report.get(key))) for key in ("source", "model", "machine", "created")]


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key.replace('_', ' ')} {words}" for key, v in value.items() if (words := _words(v)))
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_words, value))
    return "" if value is None else str(value)


def _headlines(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Name, value and remark of the figures that are read first."""
    accuracy, identities, latency, throughput, space = (
        report.get(part) or {} for part in ("accuracy", "identities", "latency", "throughput", "space")
    )
    stage = headline(latency)
    time = latency.get(stage) or {}
    images = len(report.get("frames") or ())
    drops = throughput.get("drops")
    return [
        ("AP", share(accuracy.get("ap")), "of 1, OKS 0.50 to 0.95"),
        ("Recall", share(accuracy.get("recall")), "of the people in truth"),
        ("Precision", share(accuracy.get("precision")), "of the people found"),
        ("IDF1", share(identities.get("idf1")), "identities kept, of 1"),
        ("Identity switches", count(identities.get("switches")), f"in {count(images)} images"),
        ("MPJPE", three_digits(space.get("mpjpe"), "mm"), "error of joints in space"),
        ("Latency, p95", milliseconds(time.get("p95")), f"{stage_name(stage)}" if stage else ""),
        ("Rate", three_digits(throughput.get("fps"), "images/s"), ""),
        ("Dropped", count(drops), f"of {count(images)} images"),
    ]
