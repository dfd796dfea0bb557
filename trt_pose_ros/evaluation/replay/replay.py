"""Replay: bags in; results, timings, a summary and a bag with skeletons out."""

from __future__ import annotations

import contextlib
import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ... import __version__
from ...bags.reader import BagReader
from ...doctor import hardware
from ...doctor.system import System
from ...messages.images import encoded_image
from ...model_file import ModelFile
from ...tracking import Following
from ..results import FILE, entry, header, line
from .cameras import Camera, choose_cameras
from .detect import Network, Task
from .folder import BAG, TIMINGS, OutputFolder
from .merge import Counts, Frame, Merger, timing
from .messages import OutputBag, calibrations
from .parameters import PoseSettings
from .parts import Part, Seen

PART = 100  # images: what a kill loses, and what is given to a worker at a time

Work = Callable[[Network, Mapping[int, Task]], Iterator[tuple[int, bytes]]]  # one of :mod:`.workers`
Show = Callable[[Iterable[Any], int], Iterator[Any]]  # passes the images on and tells how far it is


@dataclass(frozen=True)
class Bag:
    """A bag to replay.

    Attributes:
        name: what the results call it.
        path: of it.
        cameras: its topics of images.
        tasks: the numbers of its parts among those of all bags.
        images: number of them, as the bag tells.
    """

    name: str
    path: str
    cameras: tuple[Camera, ...]
    tasks: range
    images: int


@dataclass(frozen=True)
class Outputs:
    """What is written besides results and skeletons: annotated images, markers; and the bag's kind of storage."""

    annotated: bool = False
    markers: bool = False
    storage: str = "mcap"


class Replay:
    """Bags, opened and looked through; :meth:`run` does the work.

    Args:
        paths: of the bags.
        network: how the network is run.
        settings: of everything after it.
        topics: see :func:`~.cameras.choose_cameras`; empty: all.
        outputs: what is written.

    Attributes:
        bags: those with images.
        notes: what the user should know of the bags, in sentences.
        images: in all bags together.

    Raises:
        OSError, ValueError, ImportError: what is wrong with bags, model or installation.
    """

    def __init__(
        self,
        paths: Sequence[str],
        network: Network,
        settings: PoseSettings,
        topics: Sequence[str] = (),
        outputs: Outputs | None = None,
    ) -> None:
        self.notes: list[str] = []
        self.bags: list[Bag] = []
        self._tasks: dict[int, Task] = {}
        self._network, self._settings, self._outputs = network, settings, outputs or Outputs()
        self._model = ModelFile.load(network.model)
        family = self._model.manifest.new_family()
        self._decoder = family.options.changed(**dict(network.decoder))
        for name, path in zip(_names(paths), paths, strict=True):
            self._add(name, path, topics)
        self.images = sum(bag.images for bag in self.bags)

    def _add(self, name: str, path: str, topics: Sequence[str]) -> None:
        with BagReader(path) as bag:
            try:
                cameras, left_out = choose_cameras(bag.topics, topics)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from None
            self.notes += [f"{name}: {note}" for note in bag.problems]
            self.notes += [f"{name}: left out: {text}" for text in left_out]
            chosen = tuple(camera.topic for camera in cameras)
            images = sum(bag.topics[topic].count for topic in chosen)
            if not images:
                self.notes.append(f"{name}: there are no images in it")
                return
            spans = bag.spans(chosen, PART)
        first = len(self._tasks)
        self._tasks |= {first + n: Task(path, chosen, span) for n, span in enumerate(spans)}
        self.bags.append(Bag(name, path, tuple(cameras), range(first, len(self._tasks)), images))

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
        begun, processor = time.perf_counter(), time.process_time()
        folder = OutputFolder(output, self._plan(), overwrite)
        left = {number: task for number, task in self._tasks.items() if number not in folder.resumed}
        more = work(self._network, left)
        counts, runtime = Counts(), {}
        with (folder.work / FILE).open("wb") as results, (folder.work / TIMINGS).open("wb") as timings:
            files = _Files(results, timings)
            for bag in self.bags:
                parts = folder.parts(bag.tasks, self._model.manifest.topology, more)
                for frame in show(self._frames(bag, _noting(parts, runtime), counts, files, folder), self.images):
                    files.add(frame)
            for _ in more:  # ends the workers
                pass

        def summary() -> dict[str, Any]:
            seconds = time.perf_counter() - begun
            return self._summary(counts, runtime, seconds, time.process_time() - processor, len(folder.resumed))

        folder.finish(told := _once(summary))
        return told()
