"""Publish a bag's images as cameras do, as a process of its own: in recorded time, or at a fixed rate.

Every image, and with it the newest calibration of its camera, is stamped anew with the moment of its publication, and
sent as it lies in the bag, without being decoded. Images that come too late are sent late, none is left out.

    python -m trt_pose_ros.ros.live.player BAG --camera TOPIC=NAME --rate HZ --count N --record FILE --ros-args ...
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rclpy.node import Node
from rclpy.publisher import Publisher

from ...bags.reader import BagReader
from ...messages.serialised import stamp_of, stamped
from ...messages.topics import camera_info_topic
from ..convert.types import ROS_TYPES
from ..runtime.process import run
from ..runtime.qos import PROFILES

_GREETING = 0.5  # seconds from knowing of a subscriber to the first image: it may not know of us yet
_LINGER = 0.5  # seconds that a best-effort subscriber gets to read the last image
_MEMORY = 2**28  # bytes of images that are kept to be repeated at a fixed rate
_COMPRESSED = "/compressed"
_INFO = "sensor_msgs/msg/CameraInfo"


class Shot(NamedTuple):
    """An image of the bag, serialised.

    Attributes:
        camera: its number.
        number: how many of its topic came before it.
        log_time: when it was recorded, nanoseconds.
        data: the image.
        info: the CameraInfo that was last recorded before it, None before the first.
    """

    camera: int
    number: int
    log_time: int
    data: bytes
    info: bytes | None


def shots(bag: BagReader, cameras: Sequence[str]) -> Iterator[Shot]:
    """The images on the topics ``cameras``, in the order of the bag."""
    numbers = {topic: number for number, topic in enumerate(cameras)}
    infos = {camera_info_topic(topic.removesuffix(_COMPRESSED)): number for topic, number in numbers.items()}
    newest: dict[int, bytes] = {}
    counts = [itertools.count() for _ in cameras]
    for record in bag.messages([*numbers, *infos]):
        if record.topic in numbers:
            camera = numbers[record.topic]
            yield Shot(camera, next(counts[camera]), record.log_time, bytes(record.data), newest.get(camera))
        elif record.type == _INFO:
            newest[infos[record.topic]] = bytes(record.data)


def at_recorded_times(found: Iterator[Shot], speed: float) -> Iterator[tuple[float, Shot]]:
    """The images, each with the seconds after the first at which it is due."""
    start: int | None = None
    for shot in found:
        start = shot.log_time if start is None else start
        yield 1e-9 * (shot.log_time - start) / speed, shot


def at_rate(found: Iterator[Shot], cameras: int, rate: float, count: int) -> Iterator[tuple[float, Shot]]:
    """``count`` images of each camera at a rate, all cameras at once; the bag's first ones again where it has fewer."""
    kept: list[list[Shot]] = [[] for _ in range(cameras)]
    size = 0
    for shot in found:
        size += len(shot.data)
        if size > _MEMORY and all(kept):
            break
        kept[shot.camera].append(shot)
        if all(len(images) >= count for images in kept):
            break
    for number in range(count if all(kept) else 0):
        for images in kept:
            yield number / rate, images[number % len(images)]


class _Camera(NamedTuple):
    image: Publisher
    info: Publisher


class PlayerNode(Node):
    """See the module.

    Attributes:
        finished: True after the last image.
        exit_code: 1 where the bag can't be read.
    """

    def __init__(self, arguments: argparse.Namespace, **kwargs: Any) -> None:
        super().__init__("player", **kwargs)
        self.finished, self.exit_code = False, 0
        self._arguments = arguments
        topics, names = zip(*(text.rsplit("=", 1) for text in arguments.camera), strict=True)
        self._bag = BagReader(arguments.bag)
        self._cameras = [self._publishing(topic, name) for topic, name in zip(topics, names, strict=True)]
        found = shots(self._bag, topics)
        self._plan = (
            at_rate(found, len(topics), arguments.rate, arguments.count)
            if arguments.rate
            else at_recorded_times(found, arguments.speed)
        )
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._play, name="play")
        self._thread.start()

    def close(self) -> None:
        """Stop publishing."""
        self._ending.set()
        self._thread.join()
        self._bag.close()

    def _publishing(self, topic: str, name: str) -> _Camera:
        below = f"{name}/" if name else ""
        suffix = _COMPRESSED if topic.endswith(_COMPRESSED) else ""
        kind = ROS_TYPES[self._bag.topics[topic].type]
        qos = PROFILES["sensor_data"]
        return _Camera(
            self.create_publisher(kind, f"{below}image{suffix}", qos),
            self.create_publisher(ROS_TYPES[_INFO], f"{below}camera_info", qos),
        )

    def _play(self) -> None:
        published: list[tuple[int, int, int, int, float]] = []
        try:
            while not all(c.image.get_subscription_count() for c in self._cameras) and not self._ending.wait(0.02):
                pass
            self._ending.wait(_GREETING)
            begin: float | None = None
            for due, shot in self._plan:
                # the clock starts with the first image, however long it took to be read
                begin = time.monotonic() if begin is None else begin
                if self._ending.wait(max(0.0, begin + due - time.monotonic())):
                    return
                late = time.monotonic() - begin - due
                published.append((shot.camera, shot.number, stamp_of(shot.data), self._publish(shot), late))
            self._ending.wait(_LINGER)
        except Exception as error:  # whatever it is: the process has to end, not to stand still
            self.get_logger().error(f"{self._bag.name} can't be played: {error}")
            self.exit_code = 1
        finally:
            self._arguments.record.write_text(json.dumps(published))
            self.finished = True

    def _publish(self, shot: Shot) -> int:
        """Publish an image and its calibration; returns its new stamp."""
        camera = self._cameras[shot.camera]
        stamp = time.time_ns()
        if shot.info is not None:
            camera.info.publish(stamped(shot.info, stamp))
        camera.image.publish(stamped(shot.data, stamp))
        return stamp


def main(argv: Sequence[str]) -> int:
    """Run the player; ``argv`` as in ``sys.argv``."""
    parser = argparse.ArgumentParser(prog="player", description="Publish a bag's images as cameras do.")
    parser.add_argument("bag", type=Path)
    parser.add_argument("--camera", action="append", required=True, help="TOPIC=NAME, for each camera")
    parser.add_argument("--rate", type=float, default=0.0, help="Hz; 0: the recorded times")
    parser.add_argument("--count", type=int, default=0, help="images of each camera, at a rate")
    parser.add_argument("--speed", type=float, default=1.0, help="of the recorded times")
    parser.add_argument("--record", type=Path, required=True, help="file for what was published and when")
    split = argv.index("--ros-args") if "--ros-args" in argv else len(argv)
    arguments = parser.parse_args(argv[1:split])
    return run(partial(PlayerNode, arguments), args=[argv[0], *argv[split:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv))
