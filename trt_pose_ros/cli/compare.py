"""Compare reports of the same images: what differs, how sure it is, and whether it stays within limits."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..media.writers import write_atomically
from .arguments import count, share
from .evaluate import add_truth_arguments, measured_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "reports",
        nargs="+",
        metavar="report",
        help="what trt-pose evaluate --json has written, or a folder of trt-pose replay; the others are held against "
        "the first",
    )
    add_truth_arguments(parser)
    parser.add_argument(
        "--fail-if",
        nargs="+",
        default=[],
        metavar="LIMIT",
        help="limits of the difference to the first, such as 'ap<-0.01' 'p95>+10%%' 'switches>0'; one that fails makes "
        "the exit code 1",
    )
    parser.add_argument(
        "--significant", action="store_true", help="a limit fails only where the whole interval is beyond it"
    )
    parser.add_argument("--confidence", type=share, default=0.95, metavar="C", help="of the intervals; default: 0.95")
    parser.add_argument("--resamples", type=count, default=1000, metavar="N", help="of the bootstrap; default: 1000")
    parser.add_argument(
        "--segment", type=count, default=30, metavar="N", help="images of a stream drawn together; default: 30"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap; default: 0")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the comparison there")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write it there as a page for a browser")


def main(arguments: argparse.Namespace) -> int:
    """Print the tables; returns 0, or 1 where a limit failed."""
    # here, not above: `trt-pose --help` must do without pycocotools
    from ..evaluation.comparison.compare import compare, rows
    from ..evaluation.comparison.thresholds import parse_threshold
    from ..evaluation.report import render_comparison
    from ..evaluation.table import markdown

    thresholds = [parse_threshold(text) for text in arguments.fail_if]
    if len(arguments.reports) < 2:
        raise ValueError(f"one report, {arguments.reports[0]}, is nothing to compare: give two or more")
    reports = [measured_of(source, arguments)[0] for source in arguments.reports]
    comparison = compare(
        reports,
        thresholds,
        names=_names(arguments.reports),
        confidence=arguments.confidence,
        resamples=arguments.resamples,
        segment=arguments.segment,
        seed=arguments.seed,
        significant=arguments.significant,
    )
    for note in comparison["notes"]:
        print(f"note: {note}", file=sys.stderr)
    labelled = f", {comparison['labelled']} of them labelled" if comparison["labelled"] else ""
    tables = [markdown(list(rows(comparison, other))) for other in range(len(reports) - 1)]
    print(f"{comparison['images']} images in common{labelled}", *tables, sep="\n\n")
    if thresholds:
        print("", *map(_sentence, comparison["verdict"]), sep="\n")
    if arguments.json:
        write_atomically(arguments.json, json.dumps(comparison, indent=1, allow_nan=False).encode())
    if arguments.html:
        write_atomically(arguments.html, render_comparison(comparison, reports).encode())
    return 0 if comparison["held"] else 1


def _names(paths: Sequence[str]) -> Sequence[str]:
    """What reports are called: their files or folders, with all that was typed where that does not tell them apart."""
    names = [Path(path).resolve().name.removesuffix(".json") for path in paths]
    return names if len(set(names)) == len(set(paths)) else paths


def _sentence(rule: Mapping[str, Any]) -> str:
    """What became of a limit."""

    def text(value: float | None) -> str:
        return "unknown" if value is None else f"{value:+.2%}" if rule["relative"] else f"{value:+.4g}"

    interval = "" if rule["low"] is None else f" ({text(rule['low'])} to {text(rule['high'])})"
    return f"{'held' if rule['held'] else 'FAILED'}: {rule['text']}: {rule['name']} {text(rule['value'])}{interval}"
