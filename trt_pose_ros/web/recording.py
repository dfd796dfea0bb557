"""Bags that the live page writes, and plays back to those who look."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ..bags.reader import BagReader
from ..bags.types import typestore
from ..bags.writer import BagWriter
from ..messages.header import stamp_ns

_ROOM = 2**30  # bytes that stay free on the disk
_LOOK = 100  # messages between two looks at it
_IMAGES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")
LAYERS = ("skeletons", "hands")  # names of the topics of what is found in images
_SKELETONS = "trt_pose_ros/msg/SkeletonArray"
_TOPOLOGY = "trt_pose_ros/msg/SkeletonTopology"


class Recorder:
    """Writes one bag after another into a folder; all of it is used by one thread.

    Args:
        folder: of the bags; made where it is missing.

    Attributes:
        name: of the bag that is being written, empty without one.
        messages: in it so far.
        problem: why the last one ended by itself, empty where it has not.

    Raises:
        OSError: the folder can't be made.
        ImportError: the package rosbags is not installed.
    """

    def __init__(self, folder: str) -> None:
        typestore()  # to know now whether a bag can be written
        self._folder = Path(folder).expanduser()
        self._folder.mkdir(parents=True, exist_ok=True)
        self.name, self.problem, self.messages = "", "", 0
        self._bag: BagWriter | None = None
        self._latched: dict[str, tuple[str, bytes]] = {}  # by topic: what late subscribers have to get

    def bags(self) -> list[str]:
        """Names of those that are there, the newest first."""
        found = [path for path in self._folder.iterdir() if (path / "metadata.yaml").is_file()]
        return [path.name for path in sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)]

    def path(self, name: Any) -> Path:
        """The bag of a name; ValueError where there is none."""
        if not isinstance(name, str) or name not in self.bags():
            raise ValueError(f"there is no bag {name!r}")
        return self._folder / name

    def start(self) -> None:
        """Begin a bag, named by the time.

        Raises:
            OSError: it can't be made.
        """
        self.stop()
        self._check_room()
        name = time.strftime("%Y-%m-%d_%H-%M-%S")
        while (self._folder / name).exists():
            name += "_"
        self._bag = BagWriter(self._folder / name)
        self.name, self.problem, self.messages = name, "", 0
        for topic, (kind, data) in self._latched.items():
            self._write(topic, kind, data, True)

    def stop(self) -> None:
        """Finish the bag, if there is one."""
        bag, self._bag, self.name = self._bag, None, ""
        if bag is not None:
            bag.__exit__(None, None, None)

    def take(self, topic: str, kind: str, data: bytes, latched: bool) -> None:
        """A message, serialised. A bag that can't be written any more is finished, and ``problem`` tells why."""
        if latched:
            self._latched[topic] = kind, data
        if self._bag is None:
            return
        try:
            if self.messages % _LOOK == 0:
                self._check_room()
            self._write(topic, kind, data, latched)
        except (OSError, ValueError) as error:
            self.problem = f"recording {self.name} has ended: {error}"
            self.stop()

    def _write(self, topic: str, kind: str, data: bytes, latched: bool) -> None:
        assert self._bag is not None
        self._bag.write_raw(topic, kind, data, time.time_ns(), latched=latched)
        self.messages += 1

    def _check_room(self) -> None:
        if shutil.disk_usage(self._folder).free < _ROOM:
            raise OSError(f"less than {_ROOM >> 20} MiB are free below {self._folder}")


class Replay(threading.Thread):
    """Plays a bag to those who look, in recorded time; nobody else notices.

    Args:
        path: of the bag.
        picture: called with (camera, stamp, function that returns the image, its bytes).
        people: called with (camera, layer, SkeletonArray).
        topology: called with each SkeletonTopology.
        ended: called at the end, with what could not be played, empty where all could.
    """

    def __init__(
        self,
        path: Path,
        picture: Callable[[str, int, Callable[[], Any], int], None],
        people: Callable[[str, str, Any], None],
        topology: Callable[[Any], None],
        ended: Callable[[str], None],
    ) -> None:
        super().__init__(name="replay")
        self._path, self._picture, self._people = path, picture, people
        self._topology, self._ended = topology, ended
        self._stopped = threading.Event()
        self.start()

    def stop(self) -> None:
        """End it."""
        self._stopped.set()
        if threading.current_thread() is not self:
            self.join()

    def run(self) -> None:
        """Play the bag, in this thread."""
        try:
            with BagReader(self._path) as bag:
                self._play(bag)
                problem = "; ".join(bag.problems)
        except (OSError, ValueError, ImportError) as error:
            problem = f"it cannot be replayed: {error}"
        self._ended(f"{self._path.name}: {problem}" if problem else "")

    def _play(self, bag: BagReader) -> None:
        kinds = {topic: about.type for topic, about in bag.topics.items()}
        shown = [topic for topic, kind in kinds.items() if kind in (*_IMAGES, _SKELETONS, _TOPOLOGY)]
        if not any(about.count for about in bag.topics.values() if about.type in _IMAGES):
            raise ValueError("it holds no images")
        cameras = self._cameras(kinds)
        began, first = time.monotonic(), bag.start
        for record in bag.messages(shown):
            if self._stopped.wait(max(0.0, began + 1e-9 * (record.log_time - first) - time.monotonic())):
                return
            message = bag.decode(record)
            if record.type == _TOPOLOGY:
                self._topology(message)
            elif record.type == _SKELETONS:
                self._people(cameras[record.topic], record.topic.rpartition("/")[2], message)
            else:
                load = partial(_same, message)
                self._picture(cameras[record.topic], stamp_ns(message), load, len(record.data))

    def _cameras(self, kinds: dict[str, str]) -> dict[str, str]:
        """{topic: name under which it is shown}: images and skeletons beside each other belong together."""
        images = [topic for topic, kind in kinds.items() if kind in _IMAGES]
        skeletons = [topic for topic, kind in kinds.items() if kind == _SKELETONS]
        if len(images) == len({topic.rpartition("/")[0] for topic in skeletons}) == 1:  # wherever they are
            return dict.fromkeys([*images, *skeletons], self._path.name)
        return {t: f"{self._path.name}: {t.removesuffix('/compressed').rpartition('/')[0]}" for t in images + skeletons}


def _same(message: Any) -> Any:
    return message
