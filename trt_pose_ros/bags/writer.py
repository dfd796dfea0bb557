"""Write a rosbag2 folder that ROS 2 from Humble on plays."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .types import typestore

if TYPE_CHECKING:
    from rosbags.interfaces import Connection, Qos

STORAGES = ("mcap", "sqlite3")
COMPRESSIONS = ("none", "zstd")
VERSIONS = (8, 9)

# Messages that are sent once and meant for late subscribers as well.
_LATCHED = frozenset({"trt_pose_ros/msg/SkeletonTopology"})


class BagWriter:
    """Writes messages into a new bag; a context manager, at whose end the bag is whole.

    It is completed after an exception too: what has been written until then can be read; without a message it is
    removed. Messages are written one by one, in bounded memory.

    Args:
        path: the bag's folder, which must not exist; those above it are made.
        storage: ``mcap`` (Foxglove opens it; Humble needs ros-humble-rosbag2-storage-mcap) or ``sqlite3``.
        version: of the metadata. 8 is read by Humble and all later ones; from 9 on (Jazzy) Humble does not read it.
        compression: ``zstd`` compresses chunks of mcap, which any player of mcap reads, and single messages of sqlite3.
        distro: whose message types are written, see :func:`~trt_pose_ros.bags.types.typestore`.

    Attributes:
        path: as given.
        counts: number of messages of each topic so far.

    Raises:
        ImportError: the package rosbags is not installed.
        FileExistsError: ``path`` exists.
        OSError: the bag can't be made.
        ValueError: an unknown storage, version, compression or distribution.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        storage: str = "mcap",
        version: int = 8,
        *,
        compression: str = "none",
        distro: str = "humble",
    ) -> None:
        for what, value, known in (
            ("storage", storage, STORAGES),
            ("version", version, VERSIONS),
            ("compression", compression, COMPRESSIONS),
        ):
            if value not in known:
                raise ValueError(f"a bag's {what} is {value!r}, must be one of {', '.join(map(str, known))}")
        self.path = Path(path)
        self.counts: dict[str, int] = {}
        self._types = typestore(distro)
        # after typestore(), which says what to do where rosbags is missing
        from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

        if os.path.lexists(self.path):
            raise FileExistsError(f"{self.path} exists already: choose another name for the bag, or remove it")
        self._writer = Writer(
            self.path, version=9 if version == 9 else 8, storage_plugin=StoragePlugin[storage.upper()]
        )
        if compression == "zstd":
            mode = CompressionMode.STORAGE if storage == "mcap" else CompressionMode.MESSAGE
            self._writer.set_compression(mode, CompressionFormat.ZSTD)
        self._writer.open()
        self._connections: dict[str, Connection] = {}

    def write(self, topic: str, message: Any, stamp_ns: int, *, latched: bool | None = None) -> None:
        """Add a message.

        Args:
            topic: with its leading slash.
            message: of a class of :func:`~trt_pose_ros.bags.types.typestore`; all messages of a topic of the same.
            stamp_ns: when a recorder would have received it, nanoseconds since 1970.
            latched: as in :meth:`write_raw`.

        Raises:
            OSError: it can't be written.
            ValueError: no such message, a field of the wrong type, or another type than the topic's so far.
        """
        name = getattr(message, "__msgtype__", None)
        if name not in self._types.types:
            raise ValueError(f"{topic}: {type(message).__name__} is no message class of typestore()")
        try:
            data = self._types.serialize_cdr(message, name)
        except Exception as error:  # rosbags checks nothing: what a wrong field raises depends on the field
            raise ValueError(f"{topic}: a field of this {name} has a wrong type or size: {error!r}") from error
        self.write_raw(topic, name, data, stamp_ns, latched=latched)

    def write_raw(
        self, topic: str, type_name: str, data: bytes | memoryview, stamp_ns: int, *, latched: bool | None = None
    ) -> None:
        """Add a message that is serialised already.

        Args:
            topic: with its leading slash.
            type_name: such as ``sensor_msgs/msg/Image``.
            data: as it comes from the middleware: CDR with its header of four bytes.
            stamp_ns: as in :meth:`write`.
            latched: whether a player shall keep the last message for late subscribers, which counts at the topic's
                first message; None: as suits the type.

        Raises:
            OSError: it can't be written.
            ValueError: an unknown type, or another than the topic's so far.
        """
        if not 0 <= stamp_ns < 2**63:
            raise ValueError(f"{topic}: a stamp of {stamp_ns} ns, must be from 0 to 2^63 - 1")
        connection = self._connections.get(topic)
        if connection is None:
            connection = self._add_topic(topic, type_name, type_name in _LATCHED if latched is None else latched)
        elif connection.msgtype != type_name:
            raise ValueError(f"{topic} holds {connection.msgtype}, a message of it cannot be {type_name}")
        self._writer.write(connection, stamp_ns, data)
        self.counts[topic] += 1

    def _add_topic(self, topic: str, type_name: str, latched: bool) -> Connection:
        if not topic.startswith("/"):
            raise ValueError(f"topic {topic!r} must begin with a slash")
        if type_name not in self._types.types:
            raise ValueError(f"{topic}: message type {type_name!r} is not known")
        connection = self._writer.add_connection(
            topic, type_name, typestore=self._types, offered_qos_profiles=[_offered_qos(latched)]
        )
        self._connections[topic], self.counts[topic] = connection, 0
        return connection

    def __enter__(self) -> BagWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with (
            contextlib.suppress(Exception) if error else contextlib.nullcontext()
        ):  # the first error is the one to tell
            self._writer.close()
        if error and not self.counts:
            shutil.rmtree(self.path, ignore_errors=True)


def _offered_qos(latched: bool) -> Qos:
    """What a publisher of ours offers. Reliable ones reach every subscriber, best-effort ones only their like."""
    from rosbags.interfaces import Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime

    forever = QosTime(9223372036, 854775807)  # as rosbag2 writes a duration without end
    return Qos(
        QosHistory.KEEP_LAST,
        1 if latched else 10,
        QosReliability.RELIABLE,
        QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE,
        deadline=forever,
        lifespan=forever,
        liveliness=QosLiveliness.AUTOMATIC,
        liveliness_lease_duration=forever,
        avoid_ros_namespace_conventions=False,
    )
