"""Read rosbag2 recordings without ROS: folders and single files, .mcap and .db3, compressed in every way, damaged."""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any

from .files import COMPRESSED, find_files
from .indexed import IndexedFile, NoIndexError
from .scanned import Record, ScannedFile
from .types import typestore

_EVER = 2**63 - 1


@dataclass(frozen=True)
class Topic:
    """A topic of a bag: the type of its messages, such as ``sensor_msgs/msg/Image``, and how many there are."""

    type: str
    count: int


@dataclass(frozen=True)
class Span:
    """A part of a bag: what was recorded in one of its files from ``start`` to before ``stop``, in nanoseconds."""

    file: int
    start: int
    stop: int


class BagReader:
    """Reads one bag; a context manager. Files are read one after another, each in the order of its log times.

    What is damaged is left out and told; what can be read is read, in bounded memory.

    Args:
        path: the bag's folder, with or without ``metadata.yaml``, or one of its files.

    Attributes:
        name: of the folder, or of the file without its suffix.
        files: in the order of recording.
        topics: {topic: Topic}, as the bag tells; a file that must be scanned counts with what can be read of it.
        start, end: log times of the first and the last message, nanoseconds since 1970; both 0 without messages.
        problems: what can't be read, in sentences; more may come while reading.

    Raises:
        ImportError: the package rosbags is not installed.
        OSError: there is no such file.
        ValueError: it is no bag; the message says why.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        _require_rosbags()
        self.path = Path(path)
        found = find_files(self.path)
        self.name, self.files, self.problems = found.name, found.paths, found.problems
        self._packed_messages = found.packed_messages
        self._stack = contextlib.ExitStack()
        self._unpacked: dict[int, Path] = {}
        self._open: dict[int, IndexedFile | ScannedFile] = {}
        self._salvaged: dict[int, ScannedFile] = {}
        counts: dict[str, int] = {}
        kinds: dict[str, str] = {}
        starts, ends = [], []
        for number in range(len(self.files)):
            file = self._file(number)
            for (topic, kind), count in file.counts.items():
                if kinds.setdefault(topic, kind) == kind:
                    counts[topic] = counts.get(topic, 0) + count
                else:
                    self.problems.append(f"{topic} holds {kinds[topic]} and {kind}: {count} of the latter are left out")
            if any(file.counts.values()):
                starts.append(file.start)
                ends.append(file.end)
        self.topics = {topic: Topic(kinds[topic], counts[topic]) for topic in sorted(counts)}
        self.start, self.end = min(starts, default=0), max(ends, default=0)

    def spans(self, topics: Collection[str], messages: int) -> list[Span]:
        """Cut the bag into parts of about as many ``messages`` of ``topics`` each, all of it in order."""
        spans = []
        for number in range(len(self.files)):
            file = self._file(number)
            count = sum(n for (topic, _), n in file.counts.items() if topic in topics)
            if not count:
                continue
            parts = min(math.ceil(count / messages), file.end + 1 - file.start)
            cuts = [file.start + (file.end + 1 - file.start) * i // parts for i in range(1, parts)]
            cuts = [0, *cuts, _EVER]  # though a damaged file tells of other times than its messages do
            spans += [Span(number, *ends) for ends in pairwise(cuts)]
        return spans

    def messages(self, topics: Collection[str] | None = None, span: Span | None = None) -> Iterator[Record]:
        """The messages of ``topics`` (None: of all) in a part of the bag (None: in all of it)."""
        wanted = set(self.topics if topics is None else topics) & set(self.topics)
        for part in [span] if span else [Span(number, 0, _EVER) for number in range(len(self.files))]:
            for record in self._messages(part, wanted):
                if record.type == self.topics[record.topic].type:
                    yield record

    def decode(self, record: Record) -> Any:
        """The message of a record, an object with its fields.

        Raises:
            ValueError: its type is unknown here, or the bytes are none of such a message.
        """
        store = typestore()
        if record.type not in store.types:
            raise ValueError(f"{record.topic}: messages of {record.type} are not known here")
        try:
            return store.deserialize_cdr(record.data, record.type)
        except Exception as error:  # rosbags checks nothing: what wrong bytes raise depends on the field they meet
            raise ValueError(f"{len(record.data)} bytes that are no {record.type}") from error

    def close(self) -> None:
        """Close all files and remove what was unpacked."""
        for file in self._open.values():
            file.close()
        self._open.clear()
        self._stack.close()

    def __enter__(self) -> BagReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _file(self, number: int) -> IndexedFile | ScannedFile:
        """An open file of the bag."""
        if number not in self._open:
            path = self._readable(number)
            wal = self.files[number].with_name(f"{self.files[number].name}-wal")
            if wal.exists() and wal.stat().st_size:
                self.problems.append(f"{wal.name} holds messages that are not read: open the .db3 once with sqlite3")
            try:
                self._open[number] = IndexedFile(path)
            except Exception as error:  # damaged bytes may make the library raise anything
                self._open[number] = file = ScannedFile(path)
                self._tell(file, error, counted=True)
        return self._open[number]

    def _messages(self, span: Span, topics: set[str]) -> Iterator[Record]:
        file = self._file(span.file)
        last, at_last = -1, 0
        try:
            for record in file.messages(topics, span.start, span.stop):
                at_last = at_last + 1 if record.log_time == last else 1
                last = record.log_time
                yield self._unpacked_message(record)
            return
        except Exception as error:  # likewise
            if isinstance(file, ScannedFile):
                raise
            if span.file not in self._salvaged:
                self._salvaged[span.file] = ScannedFile(self._readable(span.file))
                self._tell(self._salvaged[span.file], error, counted=False)
        for record in self._salvaged[span.file].messages(topics, span.start, span.stop):
            if record.log_time == last and at_last:
                at_last -= 1
            elif record.log_time >= last:
                yield self._unpacked_message(record)

    def _tell(self, file: ScannedFile, error: Exception, counted: bool) -> None:
        if isinstance(error, NoIndexError) and not file.problems:
            return
        why = "; ".join(file.problems) or f"{file.path.name} is damaged: {' '.join(str(error).split())}"
        self.problems.append(f"{why}; {sum(file.counts.values())} of its messages can be read" if counted else why)

    def _unpacked_message(self, record: Record) -> Record:
        if not self._packed_messages:
            return record
        import zstandard

        try:
            return record._replace(data=zstandard.ZstdDecompressor().decompressobj().decompress(record.data))
        except zstandard.ZstdError:
            return record._replace(data=b"")  # which decode() refuses as it does other damaged messages

    def _readable(self, number: int) -> Path:
        """The file, or what it holds where it is compressed as a whole."""
        path = self.files[number]
        if path.suffix != COMPRESSED:
            return path
        if number not in self._unpacked:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="trt_pose_bag_")))
            self._unpacked[number] = folder / path.stem
            import zstandard

            try:
                with path.open("rb") as packed, self._unpacked[number].open("wb") as file:
                    zstandard.ZstdDecompressor().copy_stream(packed, file)
            except zstandard.ZstdError as error:
                self.problems.append(f"{path.name} can't be decompressed to its end: {error}")
        return self._unpacked[number]


def _require_rosbags() -> None:
    missing = [name for name in ("rosbags", "mcap", "zstandard") if not find_spec(name)]
    if missing:
        raise ImportError(f"bags need {' and '.join(missing)}: pip install 'trt_pose_ros[replay]'")
