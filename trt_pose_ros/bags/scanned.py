"""A bag's file without an index, or damaged: read record by record from its beginning, as far as that goes.

A recorder that was killed, or a full disk, leaves such files. Messages come in the order of the file, which is that of
their arrival.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_RECORD_LIMIT = 2**30  # bytes; a longer one is a damaged length
_UNREADABLE = (Exception,)  # what a library makes of damaged bytes may be anything


class Record(NamedTuple):
    """A message as a storage has it: topic, type, nanoseconds at which it was recorded, serialised content."""

    topic: str
    type: str
    log_time: int
    data: bytes


def full_type(name: str) -> str:
    """The name of a message type as it is from Foxy on; older bags have ``sensor_msgs/Image``."""
    return name.replace("/", "/msg/") if name.count("/") == 1 else name


class ScannedFile:
    """See the module; looks through the whole file once.

    Args:
        path: of the file.

    Attributes:
        path: as given.
        counts: {(topic, type): messages} of what can be read.
        start, end: log times of the first and the last of these, nanoseconds.
        problems: what can't be read, in words.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._channels: dict[int, tuple[str, str]] = {}  # of mcap: id -> topic and type
        self.counts: dict[tuple[str, str], int] = {}
        self.problems: list[str] = []
        self.start, self.end = 2**63 - 1, 0
        for record in self._records(self.problems):
            key = record.topic, record.type
            self.counts[key] = self.counts.get(key, 0) + 1
            self.start, self.end = min(self.start, record.log_time), max(self.end, record.log_time)

    def messages(self, topics: set[str], start: int, stop: int) -> Iterator[Record]:
        """The messages of ``topics`` that were recorded from ``start`` to before ``stop``."""
        for record in self._records([], start, stop):
            if record.topic in topics and start <= record.log_time < stop:
                yield record

    def close(self) -> None:
        """Nothing is open between iterations."""

    def _records(self, problems: list[str], start: int = 0, stop: int = 2**63 - 1) -> Iterator[Record]:
        if self.path.suffix == ".mcap":
            return _mcap(self.path, self._channels, problems, start, stop)
        return _sqlite(self.path, problems)


def _mcap(
    path: Path, channels: dict[int, tuple[str, str]], problems: list[str], start: int, stop: int
) -> Iterator[Record]:
    from mcap.records import Channel, Chunk, Message, Schema
    from mcap.stream_reader import StreamReader, breakup_chunk

    schemas: dict[int, str] = {}
    with path.open("rb") as file:
        records = StreamReader(file, emit_chunks=True, record_size_limit=_RECORD_LIMIT).records
        while True:
            at = file.tell()
            try:
                record: Any = next(records)
                if isinstance(record, Chunk) and (record.message_end_time < start or record.message_start_time >= stop):
                    continue  # a first reading, of all of it, has found the channels
            except StopIteration:
                return
            except _UNREADABLE as error:
                problems.append(f"{path.name} can't be read from byte {at} of {path.stat().st_size} on: {_text(error)}")
                return
            try:
                inner = breakup_chunk(record, validate_crc=True) if isinstance(record, Chunk) else [record]
            except _UNREADABLE as error:
                problems.append(f"{path.name}: the chunk at byte {at} is damaged: {_text(error)}")
                continue
            for item in inner:
                if isinstance(item, Schema):
                    schemas[item.id] = item.name
                elif isinstance(item, Channel):
                    channels[item.id] = item.topic, full_type(schemas.get(item.schema_id, ""))
                elif isinstance(item, Message) and item.channel_id in channels:
                    yield Record(*channels[item.channel_id], item.log_time, item.data)


def _sqlite(path: Path, problems: list[str]) -> Iterator[Record]:
    read = 0
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as database:
            # the name is misleading: with this, SQLite opens a file that is shorter than its header says
            database.execute("PRAGMA writable_schema=ON")
            # in a damaged database a column may hold anything
            topics = {
                key: (name, full_type(kind))
                for key, name, kind in database.execute("SELECT id, name, type FROM topics")
                if isinstance(name, str) and isinstance(kind, str)
            }
            # by rowid, without the index, which may be what is damaged
            query = "SELECT topic_id, timestamp, data FROM messages NOT INDEXED ORDER BY rowid"
            for topic, log_time, data in database.execute(query):
                read += 1
                if topic in topics and isinstance(log_time, int) and isinstance(data, bytes):
                    yield Record(*topics[topic], log_time, data)
    except sqlite3.Error as error:
        problems.append(f"{path.name} can't be read after {read} messages: {_text(error)}")


def _text(error: Exception) -> str:
    return " ".join((str(error) or type(error).__name__).split())
