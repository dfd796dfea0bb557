"""Show the TensorRT engines that are kept, explain why one must be built, remove those of no more use."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from ..engine.cuda import find_device
from ..engine.flavour import Flavour, load
from ..engine.store import EngineStore, Entry
from ..engine.upkeep import outdated
from .build_engine import add_build_arguments, add_store_argument, wanted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    shown = actions.add_parser("list", help="what is kept, and what is wrong with it")
    shown.add_argument("--json", action="store_true", help="for programs")
    explained = actions.add_parser("explain", help="whether an engine is there, and if not why it must be built")
    add_build_arguments(explained)
    pruned = actions.add_parser("prune", help="remove what is damaged or outdated")
    pruned.add_argument("--all", action="store_true", help="remove all engines")
    for action in (shown, explained, pruned):
        add_store_argument(action)


def main(arguments: argparse.Namespace) -> int:
    """Do what is asked for; returns 0, or 1 if an engine that was to be explained is not there."""
    store = EngineStore(arguments.store)
    actions = {"list": _list, "explain": _explain, "prune": _prune}
    return actions[arguments.action](store, arguments)


def _list(store: EngineStore, arguments: argparse.Namespace) -> int:
    flavour, device = _installed(), find_device()
    entries = [(entry, outdated(entry, flavour, device)) for entry in store.entries()]
    if arguments.json:
        print(json.dumps([_facts(entry, why) for entry, why in entries], indent=1))
        return 0
    print(f"{store.folder}: {len(entries)} engine{'' if len(entries) == 1 else 's'}")
    for entry, why in entries:
        told, key = entry.manifest, entry.key
        print(f"  {entry.path.name}")
        if key:
            print(
                f"    {told['size'] / 1e6:.1f} MB, {key.flavour} {key.version}, {key.gpu or 'GPUs of'} "
                f"{key.capability}, input {key.input}, up to {key.batch} images, built {told.get('built', 'once')} "
                f"in {told.get('seconds', '?')} s from {told.get('model', '?')}"
            )
        if why:
            print(f"    no use: {why}")
    return 0


def _explain(store: EngineStore, arguments: argparse.Namespace) -> int:
    missing = False
    for spec, key in wanted(arguments):
        entry = store.find(key)
        for name, value in asdict(key).items():
            print(f"{name:>10}  {value if value != '' else 'any'}")
        if entry:
            print(f"the engine is there: {entry.path}")
        else:
            missing = True
            print(f"the engine must be built: {store.explain(spec, key)}")
    return int(missing)


def _prune(store: EngineStore, arguments: argparse.Namespace) -> int:
    flavour, device = _installed(), find_device()
    why = (lambda _: "all are to go") if arguments.all else (lambda entry: outdated(entry, flavour, device))
    gone = store.prune(why)
    for path, reason in gone:
        print(f"removed {path.name}: {reason}")
    print(f"{len(gone)} removed, {len(store.entries())} kept in {store.folder}")
    return 0


def _installed() -> Flavour | None:
    try:
        return load()
    except ImportError:
        return None


def _facts(entry: Entry, why: str) -> dict[str, Any]:
    return {"path": str(entry.path), "useless_because": why, **entry.manifest}
