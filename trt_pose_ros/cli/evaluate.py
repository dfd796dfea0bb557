"""Measure accuracy, identities and speed of models, or of what was found already, against labelled people.

Models run on labelled images, through the whole deployed path; several, or one at several sizes, take turns at every
image, so that whatever else the machine does slows all of them alike. Or the source is a folder of trt-pose replay, a
bag with skeletons, or COCO results such as trt-pose run writes. Prints a table; --json has all that was measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import backends
from ..media.drawing import MIN_SCORE
from ..pipeline import PosePipeline
from .arguments import count, share, size

if TYPE_CHECKING:
    from ..evaluation.ground_truth import GroundTruth
    from ..evaluation.measure import Report
    from ..evaluation.runs import Run

    Measured = tuple[Report, Run | None, GroundTruth | None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="source",
        help="model files, default: the bundled one; or folders of trt-pose replay, bags with skeletons, COCO results "
        "(.json)",
    )
    add_truth_arguments(parser)
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of the annotated images, for models")
    parser.add_argument(
        "--input-size", type=size, nargs="+", default=[None], metavar="HxW", help="of models; default: each one's own"
    )
    add_measuring_arguments(parser)
    parser.add_argument("--json", type=Path, nargs="+", metavar="FILE", help="write the reports there, one a source")
    parser.add_argument(
        "--html", type=Path, nargs="+", metavar="FILE", help="write them there as pages for a browser, one a source"
    )
    parser.add_argument(
        "--bags", nargs="+", default=[], metavar="BAG", help="what a replay was of, for the pictures in its page"
    )


def add_truth_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the truth is, and what of a source is looked at; shared with ``compare``."""
    parser.add_argument(
        "--annotations", type=Path, metavar="FILE", help="COCO keypoint JSON, PoseTrack JSON, or a bag with skeletons"
    )
    parser.add_argument(
        "--truth-topic",
        metavar="TOPIC",
        help="the true skeletons in the bag --annotations, or else in the source itself",
    )
    parser.add_argument("--topic", nargs="+", default=[], metavar="TOPIC", help="only these of a source; default: all")
    parser.add_argument(
        "--min-score",
        type=share,
        default=MIN_SCORE,
        metavar="S",
        help=f"people below count for AP only; default: {MIN_SCORE}",
    )


def add_measuring_arguments(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Declare how models are measured; shared with training's commands."""
    parser.add_argument("--backend", default="auto", choices=["auto", *backends.NAMES], help="default: auto")
    parser.add_argument("--threads", type=int, default=0, help="of the network; default: the runtime's own choice")
    parser.add_argument("--category", metavar="NAME", help="which category, where several have keypoints")
    parser.add_argument("--limit", type=count, metavar="N", help="only the first N images")


def main(arguments: argparse.Namespace) -> int:
    """Print what was measured."""
    # here, not above: `trt-pose --help` must do without pycocotools
    from ..evaluation.measure import measure
    from ..evaluation.report_file import write_report
    from ..evaluation.sources import kind_of
    from ..evaluation.table import table

    kinds = {source: kind_of(source) for source in arguments.sources}
    number = len(arguments.sources)
    if set(kinds.values()) <= {"model"}:
        number = max(number, 1) * len(arguments.input_size)
    for option, files in (("--json", arguments.json), ("--html", arguments.html)):
        if files and len(files) != number:
            raise ValueError(f"{option} names {len(files)} files for {number} reports: name one for each")
    if set(kinds.values()) <= {"model"}:
        about, runs, truth = _models(arguments)
        name, least = str(arguments.annotations), arguments.min_score
        measured: list[Measured] = [(measure(run, truth, least, name), run, truth) for run in runs]
        print(about, end="\n\n")
    elif "model" in kinds.values():
        models = ", ".join(source for source, kind in kinds.items() if kind == "model")
        raise ValueError(
            f"models ({models}) take turns, what was found already can't: measure them one after the other"
        )
    else:
        measured = [measured_of(source, arguments) for source in arguments.sources]
    reports = [report for report, _, _ in measured]
    for report in reports:
        for note in report["notes"] if len(set(kinds.values()) - {"model"}) else ():
            print(f"note: {report['name']}: {note}", file=sys.stderr)
    print(table(reports))
    for report, file in zip(reports, arguments.json or (), strict=False):
        write_report(report, file)
    if arguments.html:
        _write_pages(measured, arguments)
    return 0


def _write_pages(measured: Sequence[Measured], arguments: argparse.Namespace) -> None:
    from ..evaluation.report.gallery import write_page

    for (report, run, truth), file in zip(measured, arguments.html, strict=True):
        for note in write_page(file, report, run, truth, arguments.images, arguments.bags):
            print(f"note: {note}", file=sys.stderr)


def measured_of(source: str, arguments: argparse.Namespace) -> Measured:
    """What is on disk: a report, or a run and its report; arguments as of :func:`add_truth_arguments`."""
    from ..evaluation.measure import measure
    from ..evaluation.report_file import read_report
    from ..evaluation.sources import kind_of

    kind = kind_of(source)
    if kind == "report":
        return read_report(source), None, None
    truth, name = _truth(source, arguments)
    run = _run(source, kind, truth, arguments)
    return measure(run, truth, arguments.min_score, name), run, truth


def _run(source: str, kind: str, truth: GroundTruth | None, arguments: argparse.Namespace) -> Run:
    from ..evaluation.sources import bag_run, replay_run, results_run

    if kind == "replay":
        return replay_run(source, truth, arguments.topic)
    if kind == "bag":
        return bag_run(source, truth, arguments.topic, arguments.truth_topic)
    if kind == "results":
        if truth is None:
            raise ValueError(f"{source} holds COCO results, which can only be measured with --annotations")
        return results_run(source, truth)
    raise ValueError(f"{source} is a model: make a report of it first, trt-pose evaluate {source} --json FILE")


def _truth(source: str, arguments: argparse.Namespace) -> tuple[GroundTruth | None, str]:
    """The truth, if any is named, and its name."""
    from ..evaluation.ground_truth import GroundTruth
    from ..evaluation.sources import is_bag

    file, topic = arguments.annotations, arguments.truth_topic
    limit, category = getattr(arguments, "limit", None), getattr(arguments, "category", None)
    if topic is None:
        if file is None:
            return None, ""
        if is_bag(file):
            raise ValueError(f"{file} is a bag: name the topic of the true skeletons, --truth-topic TOPIC")
        return GroundTruth(file, None, category, limit), str(file)
    from ..evaluation.bag_source import truth_of_bag

    bag = source if file is None else file
    if not is_bag(Path(bag)):
        raise ValueError(f"--truth-topic {topic} is of a bag, and {bag} is none: name the bag by --annotations")
    return GroundTruth(truth_of_bag(bag, topic), None, limit=limit), f"{bag} {topic}"


def _models(arguments: argparse.Namespace) -> tuple[str, list[Run], GroundTruth]:
    """What was measured with, the runs of the models, and the truth."""
    from ..evaluation.accuracy import describe
    from ..evaluation.ground_truth import GroundTruth
    from ..evaluation.runs import run_models

    if arguments.annotations is None or arguments.images is None:
        raise ValueError("models are measured on labelled images: give --annotations FILE and --images DIR")
    truth = GroundTruth(arguments.annotations, arguments.images, arguments.category, arguments.limit)
    pipelines = [
        PosePipeline.open(model, arguments.backend, input_size=input_size, threads=arguments.threads)
        for input_size in arguments.input_size
        for model in arguments.sources or [None]
    ]
    return describe(pipelines, truth, arguments.threads), run_models(pipelines, truth, arguments.threads), truth
