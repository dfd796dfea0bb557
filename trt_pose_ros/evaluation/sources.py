"""Runs that are on disk: folders of trt-pose replay, COCO results, bags with skeletons."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from ..media.coco import PERSON as CATEGORY
from ..topology import Topology
from .entries import Entry, id_order, shown
from .ground_truth import GroundTruth
from .matching import image_name, match_files, match_stream
from .metrics.latency import END_TO_END
from .results import FILE, SUMMARY, TIMINGS, load_results
from .runs import Run, RunFrame, found_people, require_common_keypoints

_BAG_FILES = (".mcap", ".db3")


def kind_of(path: str | os.PathLike[str]) -> str:
    """What a source is: ``replay``, ``bag``, ``results``, ``report`` or else ``model``.

    Raises:
        OSError, ValueError: a folder or a JSON file that is none of them.
    """
    where = Path(path)
    if where.is_dir():
        if (where / FILE).exists():
            return "replay"
        if is_bag(where):
            return "bag"
        raise ValueError(f"folder {where} holds neither {FILE} of trt-pose replay nor a bag")
    if where.name.endswith(".jsonl"):
        return "replay"
    if is_bag(where):
        return "bag"
    if where.suffix == ".json":
        content = _json(where)
        if isinstance(content, list):
            return "results"
        if isinstance(content, dict) and "format" in content:
            return "report"
        if isinstance(content, dict) and {"network", "person"} <= content.keys():
            return "model"  # of two networks, see ModelFile
        raise ValueError(f"{where} holds neither COCO results, which are a list, nor a report of trt-pose evaluate")
    return "model"


def replay_run(path: str | os.PathLike[str], truth: GroundTruth | None, topics: Collection[str] = ()) -> Run:
    """The run of a folder that ``trt-pose replay`` has left, or of its file of results.

    Args:
        path: the folder or file.
        truth: what its images are looked up in; None without.
        topics: only images of these; none: of all.

    Raises:
        OSError, ValueError: a file can't be read or is none, or images of the truth are not clear, see
            :mod:`~.matching`.
    """
    results = load_results(path)
    folder, topology, category_id = results.path.parent, *_target(results.topology, truth, str(path))
    times = {(t["bag"], t["topic"], t["index"]): t for t in _lines(folder / TIMINGS)}
    frames = []
    for image, poses in results:
        place = image.bag, image.topic, image.index
        timing = times.pop(place, {})
        if not topics or image.topic in topics:
            where = {name: getattr(image, name) for name in ("bag", "topic", "camera", "index", "stamp")}
            people = found_people(poses, None, category_id, topology)
            frames.append(RunFrame(where, people, _ms(timing), None, place[:2], (image.width, image.height)))
    for place, timing in times.items():
        if timing.get("dropped") and (not topics or place[1] in topics):
            where = {name: timing[name] for name in ("bag", "topic", "index", "stamp")}
            frames.append(RunFrame(where, [], None, None, place[:2], dropped=True))
    if not frames:
        raise ValueError(f"{results.path} has no images{f' of {_words(topics)}' if topics else ''}")
    frames.sort(key=lambda frame: (*frame.sequence, frame.where["index"]))
    summary = _json(folder / SUMMARY) if (folder / SUMMARY).exists() else {}
    return Run(
        name=folder.resolve().name,
        kind="replay",
        path=str(path),
        topology=topology,
        frames=_matched(frames, truth),
        model=results.header.get("model"),
        machine={name: summary[name] for name in ("processor", "backend", "device", "versions") if name in summary},
        throughput=_throughput(summary),
        notes=tuple(_losses(summary)),
    )


def bag_run(
    path: str | os.PathLike[str], truth: GroundTruth | None, topics: Collection[str] = (), but: str | None = None
) -> Run:
    """The run of a bag with skeletons; arguments and errors as of :func:`replay_run`, topics being the skeletons'.

    Where no topics are given it is all of the bag ``but`` one.
    """
    from .bag_source import skeletons

    read = list(skeletons(path, topics, but))
    if not read:
        raise ValueError(f"{path} has no skeletons{f' on {_words(topics)}' if topics else ''}")
    topology, category_id = _target(read[0].poses.topology, truth, str(path))
    frames = [
        RunFrame(s.where, found_people(s.poses, None, category_id, topology), None, None, s.sequence, s.size)
        for s in read
    ]
    # their topics are not those of the images
    return Run(Path(path).resolve().name, "bag", str(path), topology, _matched(frames, truth, ("bag", "camera")))


def results_run(path: str | os.PathLike[str], truth: GroundTruth) -> Run:
    """The run of COCO results: those of the file names or frames that they tell, else of image ids.

    An image of the truth without results is one in which nobody was found.

    Raises:
        OSError, ValueError: the file can't be read or is none, or images of the truth are not clear, see
            :mod:`~.matching`.
    """
    entries = _json(Path(path))
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"{path} holds no list of COCO results")
    by_image: dict[Any, list[Entry]] = {image_id: [] for image_id in truth.entries}
    for entry, image_id in zip(entries, _images_of(entries, truth, str(path)), strict=True):
        if image_id in truth.entries:
            by_image[image_id].append(entry | {"image_id": image_id})
        elif image_id not in truth.people:  # those beyond a limit are not missing
            raise ValueError(f"{path} has a result of image {shown(image_id)}, which is not in the truth")
    followed = any("track_id" in entry for entry in entries)
    frames = [
        RunFrame({"file": entry["file_name"]}, by_image[i], None, i, _video(entry) if followed else None)
        for i, entry in sorted(truth.entries.items(), key=lambda item: _order(*item))
    ]
    return Run(Path(path).stem, "results", str(path), truth.topology, frames)


def _images_of(entries: list[Entry], truth: GroundTruth, path: str) -> list[Any]:
    """The image of the truth of each result."""
    if all("frame" in entry for entry in entries) and entries:
        frames = [{"bag": e.get("file_name", ""), "topic": "", "index": e["frame"]} for e in entries]
        places = list({(f["bag"], f["index"]): f for f in frames}.values())
        found = match_stream(places, truth.entries, complete=False)
        ids = {(f["bag"], f["index"]): i for f, i in zip(places, found, strict=True)}
        return [ids[f["bag"], f["index"]] for f in frames]
    if all("file_name" in entry for entry in entries):
        names = list(dict.fromkeys(entry["file_name"] for entry in entries))
        found = match_files(names, truth.entries)
        lost = [name for name, i in zip(names, found, strict=True) if i is None]
        if lost:
            raise ValueError(f"{path} has results of {len(lost)} files that are not in the truth, such as {lost[0]}")
        by_name = dict(zip(names, found, strict=True))
        return [by_name[entry["file_name"]] for entry in entries]
    return [entry.get("image_id") for entry in entries]


def _order(image_id: Any, entry: Entry) -> tuple[Any, ...]:
    """By video, and in it by index where there is one."""
    return str(_video(entry)), entry.get("index", 0), id_order(image_id)


def _video(entry: Entry) -> Any:
    return next((entry[key] for key in ("video", "video_id", "vid_id") if key in entry), "")


def _matched(
    frames: list[RunFrame], truth: GroundTruth | None, keys: Sequence[str] = ("bag", "topic", "camera")
) -> list[RunFrame]:
    """The frames with the images of the truth that they are; a dropped one is none."""
    if truth is None:
        return frames
    seen = [frame for frame in frames if not frame.dropped]
    found = match_stream([frame.where for frame in seen], truth.entries, keys=keys)
    ids = dict(zip(map(id, seen), found, strict=True))
    for frame in seen:
        image_id = ids[id(frame)]
        if image_id is not None and frame.size and truth.size(image_id) not in (None, frame.size):
            raise ValueError(
                f"{image_name(frame.where)} has {frame.size[0]}x{frame.size[1]} pixels, as image {image_id} of the "
                f"truth {'x'.join(map(str, truth.size(image_id) or ()))}: their pixels can't be compared"
            )
    return [frame if frame.dropped else frame.of(ids[id(frame)]) for frame in frames]


def _target(topology: Topology, truth: GroundTruth | None, whose: str) -> tuple[Topology, Any]:
    """The keypoints that people are told in, and the category's id."""
    if truth is None:
        return topology, CATEGORY
    require_common_keypoints(whose, topology, truth.topology)
    return truth.topology, truth.category_id


def _ms(timing: dict[str, Any]) -> dict[str, float] | None:
    stages = dict(timing.get("ms") or {})
    if timing.get(END_TO_END) is not None:
        stages[END_TO_END] = timing[END_TO_END]
    return stages or None


def _throughput(summary: dict[str, Any]) -> dict[str, Any]:
    """Rate, time, processors in use and memory, as far as a summary tells them."""
    live = (summary.get("live") or {}).get("recorded") or {}
    seconds, cpu = summary.get("seconds", live.get("seconds")), summary.get("cpu_seconds")
    # the time of a replay that went on from an earlier one is that of the rest only
    whole = not summary.get("resumed")
    return {
        "fps": summary.get("fps"),
        "seconds": seconds,
        "cpu": cpu / seconds if cpu is not None and seconds and whole else None,
        "memory": summary.get("peak_rss_mib"),
    }


def _losses(summary: dict[str, Any]) -> Iterable[str]:
    """What a replay could not read, in sentences."""
    for cause, times in (summary.get("unreadable") or {}).items():
        yield f"{times} images of the bags could not be read: {cause}"
    if summary.get("lost"):
        yield f"{summary['lost']} images of the bags are lost in damaged files"


def _lines(file: Path) -> Iterable[dict[str, Any]]:
    """The objects of a file with one a line; none where there is no file."""
    if not file.exists():
        return
    with file.open("rb") as lines:
        for number, text in enumerate(lines, 1):
            try:
                record = json.loads(text)
                _ = record["bag"], record["topic"], record["index"], record["stamp"]
            except (ValueError, TypeError, KeyError) as error:
                raise ValueError(
                    f"{file}, line {number}: not an image's times ({type(error).__name__}: {error})"
                ) from None
            yield record


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is not JSON: {error}") from None


def is_bag(path: Path) -> bool:
    """Whether a path is a bag's folder or one of its files, to go by the names."""
    if path.is_dir():
        return (path / "metadata.yaml").exists() or any(is_bag(file) for file in path.iterdir() if file.is_file())
    return Path(path.name.removesuffix(".zstd")).suffix in _BAG_FILES


def _words(topics: Collection[str]) -> str:
    return ", ".join(sorted(topics))
