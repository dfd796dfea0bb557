"""What became of the files of a source, on stderr."""

from __future__ import annotations

import sys

from ..media.sources import Source

_TOLD = 10  # names of one kind that are told; of the others their number


def tell_of(source: Source, failed: dict[str, str] | None = None) -> None:
    """Name what could not be read (and what ``failed`` later), what was left out and what was changed."""
    tell("could not be read", source.skipped | (failed or {}))
    tell("left out", source.ignored)
    tell("note", source.notes)


def tell(what: str, names: dict[str, str]) -> None:
    """Name the first files of which something is to be said, each with the reason, and how many more there are."""
    for name, why in list(names.items())[:_TOLD]:
        print(f"{what}: {name} ({why})", file=sys.stderr)
    if len(names) > _TOLD:
        print(f"{what}: {len(names) - _TOLD} more", file=sys.stderr)
