"""A bag's file that rosbags can open: whole, with an index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .scanned import Record, full_type


class NoIndexError(Exception):
    """Nothing is wrong with the file, but it must be scanned."""


class IndexedFile:
    """See the module; attributes and methods as those of :class:`~.scanned.ScannedFile`.

    Args:
        path: of the file.

    Raises:
        NoIndexError: it must be scanned.
        Exception: it is damaged; what the library raises may be anything.
    """

    def __init__(self, path: Path) -> None:
        from rosbags.rosbag2 import Reader

        self._reader = Reader(path)
        self._reader.open()
        if not getattr(self._reader.storage, "chunks", True):
            # rosbags takes no .mcap without an index whose messages are out of order
            self._reader.close()
            raise NoIndexError
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
        """The messages of ``topics`` that were recorded from ``start`` to before ``stop``, in the order of time."""
        connections = [c for c in self._reader.connections if c.topic in topics]
        if connections:
            for connection, log_time, data in self._reader.messages(connections, start, stop):
                yield Record(connection.topic, full_type(connection.msgtype), log_time, data)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()
