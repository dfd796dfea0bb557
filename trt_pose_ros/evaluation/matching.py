"""Which image of the truth an image of a run is.

Images of files go by their name. Images of a stream go by ``stamp`` where every image of the truth has one, else by
``index``, the n-th of its topic from 0, where every one has one, else by order: the truth's file names, sorted, are the
images of the only topic, and must be as many. Where the truth or the run has several bags, topics or cameras, an image
entry of the truth says which (``bag`` or PoseTrack's video, ``topic``, ``camera``). What is not clear is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from .entries import Entry

Where = Mapping[str, Any]


def match_files(names: Sequence[str], images: Mapping[Any, Entry]) -> list[Any]:
    """The id of the image of the truth of each file name; None where there is none.

    A name is that of an image of the truth if it ends with all of it, or the other way round: folders may differ at the
    front.

    Raises:
        ValueError: a name may be that of several images.
    """
    by_last: dict[str, list[Any]] = {}
    for image_id, entry in images.items():
        by_last.setdefault(PurePosixPath(entry["file_name"]).name, []).append(image_id)
    found = []
    for name in names:
        parts = PurePosixPath(name).parts
        same = by_last.get(parts[-1] if parts else "", [])
        alike = {i: _common_end(parts, PurePosixPath(images[i]["file_name"]).parts) for i in same}
        best = [i for i in same if alike[i] == max(alike.values())]
        if len(best) > 1:
            raise ValueError(
                f"{name} may be image {best[0]} or {best[1]} of the truth, {images[best[0]]['file_name']} or "
                f"{images[best[1]]['file_name']}: name the files with their folders"
            )
        found.append(best[0] if best else None)
    return found


def _common_end(a: Sequence[str], b: Sequence[str]) -> int:
    count = 0
    for x, y in zip(reversed(a), reversed(b), strict=False):
        if x != y:
            break
        count += 1
    return count


def match_stream(
    frames: Sequence[Where],
    images: Mapping[Any, Entry],
    complete: bool = True,
    keys: Sequence[str] = ("bag", "topic", "camera"),
) -> list[Any]:
    """The id of the image of the truth of each image of a stream; None where there is none.

    Args:
        frames: ``bag``, ``topic``, ``camera``, ``index`` and ``stamp`` of each.
        images: {id: entry} of the truth.
        complete: whether these are all images of the stream, and not only those with people in them.
        keys: what both must agree in besides, where the truth tells it.

    Raises:
        ValueError: it is not clear which is which; the message says what the truth lacks.
    """
    entries = {i: _with_bag(entry) for i, entry in images.items()}
    by = next((key for key in ("stamp", "index") if all(key in entry for entry in entries.values())), None)
    if by is None:
        return _in_order(frames, images, complete)
    keys = (*(key for key in keys if _tells_apart(key, frames, entries)), by)
    table: dict[Any, Any] = {}
    for i, entry in entries.items():
        other = table.setdefault(tuple(entry[k] for k in keys), i)
        if other != i:
            raise ValueError(
                f"images {other} and {i} of the truth have the same {' and '.join(keys)}, {entry[by]}: give image "
                "entries bag, topic or camera"
            )
    found = [table.get(tuple(frame.get(k) for k in keys)) for frame in frames]
    twice = [i for i, times in Counter(i for i in found if i is not None).items() if times > 1]
    if twice:
        both = [image_name(frame) for frame, i in zip(frames, found, strict=True) if i == twice[0]]
        raise ValueError(
            f"image {twice[0]} of the truth may be {both[0]} or {both[1]}: choose one with --topic, or give the "
            "truth's image entries bag, topic or camera"
        )
    return found


def _tells_apart(key: str, frames: Sequence[Where], entries: Mapping[Any, Entry]) -> bool:
    """Whether images are only the same if they agree in a key, which every image of the truth has then."""
    if not all(key in entry for entry in entries.values()):
        return False
    values = {entry[key] for entry in entries.values()}
    ours = {frame.get(key) for frame in frames}
    # a bag may have got another name since it was labelled
    return key != "bag" or len(values) > 1 or len(ours) > 1


def _with_bag(entry: Entry) -> Entry:
    return {"bag": entry["video"], **entry} if "video" in entry else entry


def _in_order(frames: Sequence[Where], images: Mapping[Any, Entry], complete: bool) -> list[Any]:
    streams = {(frame["bag"], frame["topic"]) for frame in frames}
    if len(streams) > 1:
        names = "; ".join(sorted(f"{bag} {topic}" for bag, topic in streams))
        raise ValueError(
            f"the truth's image entries have neither stamp nor index, which is clear for one topic only, not for "
            f"{names}: choose one with --topic"
        )
    count = 1 + max((frame["index"] for frame in frames), default=-1)
    if count > len(images) or (complete and count < len(images)):
        raise ValueError(
            f"the truth's image entries have neither stamp nor index, so they must be all images of the topic in "
            f"order, but they are {len(images)}, and the topic has {count}: give them stamp (ns) or index (from 0)"
        )
    ids = sorted(images, key=lambda i: images[i]["file_name"])
    return [ids[frame["index"]] for frame in frames]


def image_name(where: Where) -> str:
    """Which image it is, in words: its file, or bag, topic and number there."""
    return str(where["file"]) if "file" in where else f"{where['bag']} {where['topic']} image {where['index']}"
