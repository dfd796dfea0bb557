"""Compare reports of the same images: what differs, how sure it is, and whether it stays within limits."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .arguments import count, share


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    from .evaluate import add_truth_arguments

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
        help="limits of the difference to the first, such as 'ap<-0.01' 'p95>+10%%' 'switches>0': exit code 1 if one fails",
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


def main(arguments: argparse.Namespace) -> int:
    """Print the tables; returns 0, or 1 where a limit failed."""
    # here, not above: `trt-pose --help` must do without pycocotools
    from ..evaluation.comparison.compare import compare, rows
    from ..evaluation.comparison.thresholds import parse_threshold
    from ..evaluation.table import markdown
    from .evaluate import report_of

    thresholds = [parse_threshold(text) for text in arguments.fail_if]
    if len(arguments.reports) < 2:
        raise ValueError(f"one report, {arguments.reports[0]}, is nothing to compare: give two or more")
    reports = [report_of(source, arguments) for source in arguments.reports]
    comparison = compare(
        reports,
        thresholds,
        confidence=arguments.confidence,
        resamples=arguments.resamples,
        segment=arguments.segment,
        seed=arguments.seed,
        significant=arguments.significant,
    )
    for note in comparison["notes"]:
        print(f"note: {note}", file=sys.stderr)
    labelled = f", {comparison['labelled']} of them labelled" if comparison["labelled"] else ""
    print(f"{comparison['images']} images in common{labelled}")
    for other in range(len(reports) - 1):
        print(f"\n{markdown(list(rows(comparison, other)))}")
    for rule in comparison["verdict"]:
        print(f"\n{_sentence(rule)}", end="")
    print("" if comparison["verdict"] else "", end="\n" if comparison["verdict"] else "")
    if arguments.json:
        arguments.json.write_text(json.dumps(comparison, indent=1, allow_nan=False))
    return 0 if comparison["held"] else 1
