"""Show the models that are known, with licence, accuracy and source, or fetch one from its official address."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..engine.lock import hold
from ..model_file.fetch import fetch
from ..model_file.known import FOLDER_VARIABLE, KnownModel, find, folder, known_models
from .progress import byte_progress

_TITLES = ("name", "family", "input", "AP", "licence", "get", "source")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="the table, as without an action")
    got = actions.add_parser("get", help="fetch a model; an interrupted fetch goes on where it was")
    got.add_argument("name", help="a name of the table")
    for action in (parser, got):
        action.add_argument(
            "--folder",
            type=Path,
            default=argparse.SUPPRESS,
            metavar="DIR",
            help=f"where fetched models are kept; default: ${FOLDER_VARIABLE}, else the user's cache ({folder()})",
        )


def main(arguments: argparse.Namespace) -> int:
    """Do what is asked for."""
    where = getattr(arguments, "folder", folder())
    if arguments.action == "get":
        return _get(find(arguments.name), where)
    rows = [_TITLES, *(_row(model, where) for model in known_models().values())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    print("\nAP: of COCO val2017, as published. `trt-pose models get NAME` fetches a model, or tells how it is had.")
    return 0


def _row(model: KnownModel, where: Path) -> tuple[str, ...]:
    there = any((where / file.name).is_file() for file in model.files)
    get = "bundled" if model.bundled else "here" if there else "yes" if model.files else "by hand"
    accuracy = "" if model.ap is None else f"{100 * model.ap:.1f}"
    return model.name, model.family, model.input, accuracy, model.licence, get, model.about


def _get(model: KnownModel, where: Path) -> int:
    where.mkdir(parents=True, exist_ok=True)
    with hold(where / ".lock", lambda _: print("another process fetches a model: waiting")), byte_progress() as told:
        found = fetch(model, where, told)
    for file in model.files:
        if not file.sha256:
            print(f"note: the publisher of {file.name} tells no checksum; what came is noted in {file.name}.sha256")
    print(f"{found.path}: {model.licence}; run it with --model {model.name}")
    return 0
