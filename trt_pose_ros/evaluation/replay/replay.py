"""Replay: bags in; results, timings, a summary and a bag with skeletons out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np

from ... import __version__
from ...bags.cameras import Camera, find_cameras
from ...bags.reader import BagReader
from ...bags.scanned import Record
from ...events import Rule
from ...geometry import CameraModel
from ...messages.images import encoded_image
from ...model_file import ModelFile
from ...topology import Topology
from ...tracking import Following
from ..results import header
from .detect import Network, Task
from .files import Files
from .folder import BAG, OutputFolder
from .merge import Counts, Frame, Merger
from .messages import OutputBag, calibrations
from .parameters import PoseSettings
from .parts import MadeBy, Seen
from .summary import Clock, summary
from .watching import watched

PART = 50  # images: what a kill loses at most, and what is given to a worker at a time

Work = Callable[[Network, Mapping[int, Task]], Generator[tuple[int, bytes], None, None]]  # one of :mod:`.workers`
Show = Callable[[Iterable[Any], int], Iterable[Any]]  # passes images on and tells how far it is


@dataclass(frozen=True)
class Bag:
    """A bag to replay.

    Attributes:
        name: what the results call it.
        path: of it.
        cameras: its topics of images.
        numbers: of its parts among those of all bags.
        images: number of them, as the bag tells.
        start: log time of its first message, nanoseconds.
        sizes: {name: bytes} of its files.
    """

    name: str
    path: str
    cameras: tuple[Camera, ...]
    numbers: range
    images: int
    start: int
    sizes: dict[str, int]


@dataclass(frozen=True)
class Extras:
    """What the output bag holds besides skeletons: annotated images, markers; and its kind of storage."""

    annotated: bool = False
    markers: bool = False
    storage: str = "mcap"


class Replay:
    """Bags, looked through; :meth:`run` does the work.

    Args:
        paths: of the bags.
        network: how the network is run.
        settings: of everything after it.
        topics: of images; empty: all cameras', see :func:`~trt_pose_ros.bags.cameras.find_cameras`.
        extras: what the output bag holds besides.
        rules: events to watch for.

    Attributes:
        bags: those with images.
        notes: what the user should know of the bags, in sentences.

    Raises:
        OSError, ValueError, ImportError: what is wrong with bags, model or installation.
    """

    def __init__(
        self,
        paths: Sequence[str],
        network: Network,
        settings: PoseSettings,
        topics: Sequence[str] = (),
        extras: Extras | None = None,
        rules: Sequence[Rule] = (),
    ) -> None:
        self.notes: list[str] = []
        self.bags: list[Bag] = []
        self._tasks: dict[int, Task] = {}
        self._network, self._settings, self._extras = network, settings, extras or Extras()
        self._rules = tuple(rules)
        self._model = _model(network)
        for name, path in zip(_names(paths), paths, strict=True):
            self._look_through(name, path, topics)

    @property
    def images(self) -> int:
        """Number of them in all bags, as these tell."""
        return sum(bag.images for bag in self.bags)

    def _look_through(self, name: str, path: str, topics: Sequence[str]) -> None:
        with BagReader(path) as bag:
            self.notes += [f"{name}: {problem}" for problem in bag.problems]
            try:
                cameras = find_cameras(bag.topics, topics)
            except ValueError as error:
                if topics:
                    raise ValueError(f"{path}: {error}") from None
                self.notes.append(f"{name}: {error}")
                return
            chosen = tuple(camera.topic for camera in cameras)
            spans = bag.spans(chosen, PART)
            first = len(self._tasks)
            self._tasks |= {first + i: Task(path, chosen, span) for i, span in enumerate(spans)}
            numbers = range(first, len(self._tasks))
            images = sum(bag.topics[topic].count for topic in chosen)
            sizes = {file.name: file.stat().st_size for file in bag.files}
            self.bags.append(Bag(name, path, tuple(cameras), numbers, images, bag.start, sizes))

    def run(self, output: Path, work: Work, show: Show, overwrite: bool = False) -> dict[str, Any]:
        """Do it, or go on where an earlier run was interrupted.

        Args:
            output: folder of the results.
            work: where the parts are worked on.
            show: progress.
            overwrite: see :class:`~.folder.OutputFolder`.

        Returns:
            the summary, as it is in the folder.

        Raises:
            OSError, ValueError, ImportError: what is wrong with the folder, the model or the installation.
        """
        clock, counts = Clock(), Counts()
        folder = OutputFolder(output, self._plan(), overwrite)
        left = {number: task for number, task in self._tasks.items() if number not in folder.resumed}
        with closing(work(self._network, left)) as more, Files(folder.work, self._header, bool(self._rules)) as files:
            for frame in show(self._frames(folder, more, counts, files), self.images):
                if isinstance(frame, Frame):
                    files.add(frame)
        told = summary(counts, clock, self.images, len(folder.resumed) / max(1, len(self._tasks)))
        folder.finish(told)
        return told

    def _frames(
        self, folder: OutputFolder, more: Generator[tuple[int, bytes], None, None], counts: Counts, files: Files
    ) -> Iterator[Frame | Seen]:
        """The images of all bags in order; what the output bag holds of them is written on the way."""
        for bag in self.bags:
            parts = map(files.checked, folder.parts(bag.numbers, more))
            first = next(parts, None)
            if first is None:
                continue
            topology = Topology.from_category(first.made_by.topology)
            following = Following(topology)
            following.tracking, following.smoothing = self._settings.tracking, self._settings.smoothing
            merge = Merger(bag.name, {camera.topic: camera.name for camera in bag.cameras}, following, counts)
            frames = merge(chain([first], parts))
            if self._rules:
                frames = watched(frames, self._rules, self._settings.live.min_score, counts.events)
            with self._output_bag(bag, folder.work / BAG, topology, counts) as written:
                pictures = self._pictures(bag) if self._extras.annotated else repeat(None)
                for frame, picture in zip(frames, pictures, strict=False):
                    if isinstance(frame, Frame):
                        written.add(frame, None if picture is None else picture())
                    yield frame

    def _output_bag(self, bag: Bag, path: Path, topology: Topology, counts: Counts) -> OutputBag:
        settings, extras = self._settings, self._extras
        models: dict[str, CameraModel] = {}
        if extras.markers and settings.live.marker_style != "plane":
            with BagReader(bag.path) as reader:
                models, problems = calibrations(reader, bag.cameras, settings.fixed)
            counts.problems += [f"{bag.name}: {problem}" for problem in problems]
        path = path if len(self.bags) == 1 else path / bag.name
        watch = bool(self._rules)
        return OutputBag(path, topology, bag.start, settings.live, extras.markers, models, watch, extras.storage)

    def _pictures(self, bag: Bag) -> Iterator[Callable[[], np.ndarray]]:
        """What decodes each image of a bag, to be drawn into: they are read once more, in the same order."""
        with BagReader(bag.path) as reader:
            for number in bag.numbers:
                task = self._tasks[number]
                for record in reader.messages(task.topics, task.span):
                    yield partial(_picture, reader, record)

    def _header(self, made_by: MadeBy) -> dict[str, Any]:
        manifest, person = self._model.manifest, self._model.person
        model: dict[str, Any] = {"name": manifest.name, "sha256": self._model.sha256, "family": manifest.family}
        if person is not None:
            model["person"] = {"name": person.manifest.name, "sha256": person.sha256, "family": person.manifest.family}
        tracking, smoothing = self._settings.tracking, self._settings.smoothing
        options = {
            "backend": made_by.backend,
            "input_size": list(made_by.input_size),
            "threads": self._network.threads,
            "batch": self._network.batch,
            "precision": self._network.precision,
            **made_by.options,
            "tracking": tracking and asdict(tracking),
            "smoothing": smoothing and asdict(smoothing),
        }
        return header(model, Topology.from_category(made_by.topology), options, [bag.name for bag in self.bags])

    def _plan(self) -> dict[str, Any]:
        """All that the results depend on."""
        return {
            "version": __version__,
            "model": [model.sha256 for model in (self._model, self._model.person) if model],
            "network": asdict(self._network),
            "settings": asdict(self._settings),
            "extras": asdict(self._extras),
            "rules": [repr(rule) for rule in self._rules],
            "bags": [
                {"name": bag.name, "files": bag.sizes, "topics": [camera.topic for camera in bag.cameras]}
                for bag in self.bags
            ],
            "parts": len(self._tasks),
        }


def _picture(bag: BagReader, record: Record) -> np.ndarray:
    return encoded_image(bag.decode(record)).bgr.copy()


def _model(network: Network) -> ModelFile:
    """The network's file, with the per-person network that goes with it."""
    model = ModelFile.load(network.model)
    if network.person is True:
        return model
    return replace(model, person=ModelFile.load(network.person) if network.person else None)


def _names(paths: Sequence[str]) -> list[str]:
    """A name for each bag: its own, with as many of the folders above as tell them apart.

    Raises:
        ValueError: a bag is given twice.
    """
    whole = [Path(path).resolve() for path in paths]
    twice = [path for path in whole if whole.count(path) > 1]
    if twice:
        raise ValueError(f"{twice[0]} is given twice")
    names = [path.name.removesuffix(".zstd") for path in whole]
    names = [name.removesuffix(".mcap").removesuffix(".db3") for name in names]
    for depth in range(2, max(len(path.parts) for path in whole) + 1):
        if len(set(names)) == len(names):
            break
        names = ["_".join(path.parts[-depth:]) for path in whole]
    return names
