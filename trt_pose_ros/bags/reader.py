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
from pathlib import Path, PurePath
from types import TracebackType
from typing import Any

from .scanned import Record, ScannedFile, full_type
from .types import typestore

_SUFFIXES = (".mcap", ".db3")
_COMPRESSED = ".zstd"
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
        self.problems: list[str] = []
        self._stack = contextlib.ExitStack()
        self._unpacked: dict[int, Path] = {}
        self._open: dict[int, _WholeFile | ScannedFile] = {}
        self._salvaged: dict[int, ScannedFile] = {}
        self.files, self._packed_messages = self._find_files()
        self.name = (self.path.resolve() if self.path.is_dir() else _without_suffix(self.path)).name
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

    def _find_files(self) -> tuple[list[Path], bool]:
        """The bag's files in their order, and whether their messages are compressed one by one."""
        if not self.path.exists():
            raise FileNotFoundError(f"there is no bag {self.path}")
        if not self.path.is_dir():
            if self.path.name == "metadata.yaml":
                raise ValueError(f"{self.path} is a part of a bag: name its folder, {self.path.parent}")
            if self.path.suffix == ".bag":
                raise ValueError(
                    f"{self.path} is a bag of ROS 1: convert it, rosbags-convert --src {self.path} --dst ..."
                )
            if _without_suffix(self.path, keep_storage=True).suffix not in _SUFFIXES:
                raise ValueError(f"{self.path} is no bag: a folder with metadata.yaml, .mcap or .db3 is expected")
            return [self.path], False
        there = sorted(
            (f for f in self.path.iterdir() if _without_suffix(f, keep_storage=True).suffix in _SUFFIXES), key=_number
        )
        about = self._metadata()
        named = [self.path / PurePath(name).name for name in about.get("relative_file_paths") or []]
        if not named and not there:
            raise ValueError(f"folder {self.path} is no bag: it holds neither metadata.yaml nor .mcap nor .db3 files")
        for file in named:
            if not file.exists():
                self.problems.append(f"{file.name}, which metadata.yaml names, is missing")
        # the folder's own files where there is no metadata.yaml, or it is that of an unfinished recording
        files = [file for file in named if file.exists()] or there
        return files, str(about.get("compression_mode", "")).lower() == "message"

    def _metadata(self) -> dict[str, Any]:
        file = self.path / "metadata.yaml"
        if not file.exists():
            self.problems.append("metadata.yaml is missing: the files are taken as they lie there")
            return {}
        try:
            import yaml

            about = yaml.safe_load(file.read_text("utf-8"))["rosbag2_bagfile_information"]
            names = about["relative_file_paths"]
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise ValueError(f"relative_file_paths is {names!r}")
        except ImportError as error:
            raise ImportError(f"bags need PyYAML: pip install 'trt_pose_ros[replay]' ({error})") from error
        except Exception as error:
            text = " ".join(str(error).split())
            self.problems.append(f"metadata.yaml is damaged: the files are taken as they lie there ({text})")
            return {}
        return about

    def _file(self, number: int) -> _WholeFile | ScannedFile:
        """An open file of the bag."""
        if number not in self._open:
            path = self._readable(number)
            wal = self.files[number].with_name(f"{self.files[number].name}-wal")
            if wal.exists() and wal.stat().st_size:
                self.problems.append(f"{wal.name} holds messages that are not read: open the .db3 once with sqlite3")
            try:
                self._open[number] = _WholeFile(path)
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
        if isinstance(error, _NoIndexError) and not file.problems:
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
        if path.suffix != _COMPRESSED:
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


class _NoIndexError(Exception):
    """Nothing is wrong with the file, but it must be scanned."""


class _WholeFile:
    """A file that rosbags can open; attributes and methods as those of ScannedFile."""

    def __init__(self, path: Path) -> None:
        from rosbags.rosbag2 import Reader

        self._reader = Reader(path)
        self._reader.open()
        if not getattr(self._reader.storage, "chunks", True):
            # rosbags takes no .mcap without an index whose messages are out of order
            self._reader.close()
            raise _NoIndexError
        self.counts: dict[tuple[str, str], int] = {}
        for connection in self._reader.connections:
            key = connection.topic, full_type(connection.msgtype)
            self.counts[key] = self.counts.get(key, 0) + connection.msgcount
        self.start, self.end = self._reader.start_time, self._reader.end_time - 1
        count = sum(self.counts.values())
        if count > path.stat().st_size or (count and self.end < self.start):
            self._reader.close()
            raise ValueError(f"it tells of {count} messages from {self.start} to {self.end} ns")

    def messages(self, topics: set[str], start: int, stop: int) -> Iterator[Record]:
        connections = [c for c in self._reader.connections if c.topic in topics]
        if connections:
            for connection, log_time, data in self._reader.messages(connections, start, stop):
                yield Record(connection.topic, full_type(connection.msgtype), log_time, data)

    def close(self) -> None:
        self._reader.close()


def _require_rosbags() -> None:
    missing = [name for name in ("rosbags", "mcap", "zstandard") if not find_spec(name)]
    if missing:
        raise ImportError(f"bags need {' and '.join(missing)}: pip install 'trt_pose_ros[replay]'")


def _without_suffix(path: Path, keep_storage: bool = False) -> Path:
    """``bag_0.mcap.zstd`` as ``bag_0``, or as ``bag_0.mcap``."""
    path = path.with_suffix("") if path.suffix == _COMPRESSED else path
    return path if keep_storage else path.with_suffix("")


def _number(path: Path) -> tuple[int, str]:
    """Order of a folder's files: bag_2 before bag_10."""
    digits = _without_suffix(path).name.rpartition("_")[2]
    return (int(digits) if digits.isascii() and digits.isdigit() else 0), path.name
