"""Find the people in a part of a bag, image by image, without a thought for the images before."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from ... import __version__
from ...bags.reader import BagReader, Span
from ...bags.scanned import Record
from ...media.encodings import EncodedImage
from ...media.errors import ImageError
from ...messages.header import stamp_ns
from ...messages.images import encoded_image
from ...pipeline import PosePipeline
from ...poses import Poses
from .parts import MadeBy, Part, Seen, pack

NO_MESSAGE, FAILED = "message", "failed"  # causes besides those of ImageError


@dataclass(frozen=True)
class Network:
    """How the network is run: arguments of :meth:`PosePipeline.open`.

    Attributes:
        options: of what finds people instead of the model's own, each as group, name and value, the groups being those
            of ``PosePipeline.options``.
    """

    model: str | None = None
    person: str | bool = True
    backend: str = "auto"
    input_size: tuple[int, int] | None = None
    threads: int = 1
    batch: int = 1
    precision: str = "auto"
    workspace: int = 1024
    options: tuple[tuple[str, str, Any], ...] = ()

    def open(self) -> PosePipeline:
        """The pipeline; see :meth:`PosePipeline.open` for what it raises."""
        pipeline = PosePipeline.open(
            self.model,
            self.backend,
            input_size=self.input_size,
            threads=self.threads,
            batch=self.batch,
            precision=self.precision,
            workspace=self.workspace,
            person=self.person,
        )
        options = dict(pipeline.options)
        for group, name, value in self.options:
            if group not in options:
                raise ValueError(f"parameter {group}.{name}: this model has only {', '.join(options)}.*")
            options[group] = options[group].changed(**{name: value})
            if name == "time_budget" and value:
                raise ValueError(f"parameter {group}.{name}: a replay's results must not depend on speed; leave it 0")
        pipeline.options = options
        return pipeline


@dataclass(frozen=True)
class Task:
    """A part of a bag to look at: the bag's path, the topics of its images, from when to when."""

    bag: str
    topics: tuple[str, ...]
    span: Span


Pace = Callable[[int], None]  # waits until it is time for the image of this log time


def detect(network: Network, task: Task, pace: Pace | None = None) -> bytes:
    """The packed :class:`~.parts.Part` of a task; network and bag stay open for the next task of this process.

    Raises:
        OSError, ValueError, ImportError: what is wrong with model, bag or installation.
    """
    begun = time.process_time()
    pipeline, bag = _pipeline(network), _bag(task.bag)
    known = len(bag.problems)
    found = [item for batch in _batches(_images(bag, task, pace), network.batch) for item in _found(pipeline, batch)]
    made_by = MadeBy(
        backend=pipeline.backend.name,
        version=__version__,
        input_size=pipeline.input_size,
        options={group: asdict(options) for group, options in pipeline.options.items()},  # type: ignore[call-overload]
        topology=pipeline.topology.to_category(),
    )
    usage = {
        "cpu_seconds": time.process_time() - begun,
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    seen, people = [image for image, _ in found], [poses for _, poses in found]
    return pack(Part(seen, people, made_by, pipeline.backend.device, usage, bag.problems[known:]))


@lru_cache(maxsize=1)
def _pipeline(network: Network) -> PosePipeline:
    return network.open()


@lru_cache(maxsize=1)
def _bag(path: str) -> BagReader:
    return BagReader(path)


_Loaded = tuple[Seen, EncodedImage | None]


def _images(bag: BagReader, task: Task, pace: Pace | None) -> Iterator[_Loaded]:
    """The images of a task; None in place of one that is none."""
    records = iter(bag.messages(task.topics, task.span))
    while True:
        begun = time.perf_counter()
        record = next(records, None)
        if record is None:
            return
        seconds = time.perf_counter() - begun
        if pace is not None:
            pace(record.log_time)
        yield _loaded(bag, record, seconds)


def _loaded(bag: BagReader, record: Record, seconds: float) -> _Loaded:
    image = Seen(record.topic, record.log_time)
    begun = time.perf_counter()
    try:
        message = bag.decode(record)
        image = replace(image, stamp=stamp_ns(message), frame_id=message.header.frame_id)
        read = time.perf_counter()
        encoded = encoded_image(message)
    except ImageError as error:
        return replace(image, cause=error.cause, error=str(error)), None
    except ValueError as error:
        return replace(image, cause=NO_MESSAGE, error=str(error)), None
    done = time.perf_counter()
    ms = {"read": 1e3 * (seconds + read - begun), "decode_image": 1e3 * (done - read)}
    return replace(image, width=encoded.width, height=encoded.height, ms=ms), encoded


def _batches(images: Iterator[_Loaded], size: int) -> Iterator[list[_Loaded]]:
    """As many images as the network takes at once; what is none goes along."""
    batch: list[_Loaded] = []
    for item in images:
        batch.append(item)
        if sum(image is not None for _, image in batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _found(pipeline: PosePipeline, batch: list[_Loaded]) -> Iterator[tuple[Seen, Poses]]:
    images = [image for _, image in batch if image is not None]
    nobody = Poses.empty(pipeline.topology)
    try:
        people = iter(pipeline(images) if images else [])
    except Exception as error:  # whatever a runtime or an image raises: the others shall not go with it
        if len(images) > 1:
            for item in batch:
                yield from _found(pipeline, [item])
            return
        text = " ".join(f"{type(error).__name__}: {error}".split())
        for seen, image in batch:
            yield (seen if image is None else replace(seen, cause=FAILED, error=text)), nobody
        return
    ms = {stage: 1e3 * seconds / max(1, len(images)) for stage, seconds in pipeline.times.items() if stage != "track"}
    for seen, image in batch:
        yield (seen, nobody) if image is None else (replace(seen, ms=seen.ms | ms), next(people))
