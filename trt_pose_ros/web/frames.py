"""Pictures and the people in them: put together by their stamps, encoded once for each level."""

from __future__ import annotations

import asyncio
import json
import math
import struct
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import cv2

from ..media.errors import ImageError
from ..messages.images import encoded_image
from .links import Level

_KEPT = 32  # pictures that wait for their people
_BYTES = 64 * 2**20  # likewise, all of a camera
_SILENCE = 2.0  # seconds without people after which pictures are shown without them


class Frame:
    """A picture of a camera, and the people in it.

    Args:
        camera: its name.
        stamp: nanoseconds.
        load: function that returns the Image or CompressedImage; called once, where somebody looks at it.
        people: of each layer what :func:`~trt_pose_ros.web.people.describe` makes; None where nobody has looked for
            people.

    Attributes:
        encodings: number of JPEGs made of it.
    """

    def __init__(self, camera: str, stamp: int, load: Callable[[], Any], people: list[dict[str, Any]] | None) -> None:
        self.camera, self.stamp, self.people = camera, stamp, people
        self.encodings = 0
        self._load = load
        self._image: Any = None
        self._made: dict[Level, asyncio.Future[bytes]] = {}

    async def encoded(self, level: Level, pool: Executor) -> bytes:
        """The message for viewers of a level, made once for all of them; only ``pool`` works on it.

        Four bytes, the length of the JSON that follows; then the JPEG.

        Raises:
            ImageError: the picture cannot be read.
        """
        if level not in self._made:
            self._made[level] = asyncio.get_running_loop().run_in_executor(pool, self._encode, level)
        return await asyncio.shield(self._made[level])  # a viewer that leaves must not take it from the others

    def _encode(self, level: Level) -> bytes:
        if self._image is None:
            self._image = encoded_image(self._load()).bgr
            self._load = _gone
        image = self._image
        height, width = image.shape[:2]
        if width > level.width:
            size = level.width, max(1, round(height * level.width / width))
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, level.quality])
        if not done:
            raise ImageError("encoding", f"image of {width}x{height} pixels cannot be a JPEG")
        self.encodings += 1
        head = {"camera": self.camera, "stamp": self.stamp / 1e9, "width": width, "height": height}
        text = json.dumps(head | {"people": self.people}, allow_nan=False).encode()
        return struct.pack(">I", len(text)) + text + jpeg.tobytes()


def _gone() -> Any:
    raise RuntimeError("the picture has been loaded before")


class _Waiting:
    """A picture, or people, of one stamp."""

    def __init__(self) -> None:
        self.load: Callable[[], Any] | None = None
        self.size = 0
        self.people: dict[str, dict[str, Any]] = {}


class Pairing:
    """Pictures of one camera that wait for what was found in them, which comes later; matched by stamp.

    What is shown lies over the picture that it was found in, so it cannot drift. Pictures without people (the node left
    them out) are not shown, but while no people come at all.

    Args:
        camera: its name.
    """

    def __init__(self, camera: str) -> None:
        self._camera = camera
        self._came, self._waits_since = -math.inf, math.inf  # seconds: the last picture, the first that waits
        self._heard: dict[str, float] = {}  # seconds at which the last people of each layer came
        self._waiting: OrderedDict[int, _Waiting] = OrderedDict()

    def picture(self, stamp: int, load: Callable[[], Any], size: int, now: float) -> Frame | None:
        """Take a picture of ``size`` bytes; returns the Frame that is complete by it, if one is.

        ``now`` in seconds of a monotonic clock.
        """
        if now - self._came > _SILENCE or math.isinf(self._waits_since):
            self._waits_since = now
        self._came = now
        if now - self._waits_since > _SILENCE:
            self._waiting.clear()
            return Frame(self._camera, stamp, load, None)
        waiting = self._waiting.setdefault(stamp, _Waiting())
        waiting.load, waiting.size = load, size
        return self._completed(stamp, now)

    def people(self, stamp: int, layer: str, people: dict[str, Any], now: float) -> Frame | None:
        """Take people, or their hands, which is another ``layer``; returns the Frame that is complete by them."""
        self._waits_since = math.inf
        self._heard[layer] = now
        self._waiting.setdefault(stamp, _Waiting()).people[layer] = people
        return self._completed(stamp, now)

    def _completed(self, stamp: int, now: float) -> Frame | None:
        waiting = self._waiting[stamp]
        layers = {layer for layer, heard in self._heard.items() if now - heard < _SILENCE}
        if waiting.load is None or not waiting.people or not layers <= waiting.people.keys():
            while len(self._waiting) > _KEPT or sum(w.size for w in self._waiting.values()) > _BYTES:
                self._waiting.popitem(last=False)
            return None
        while self._waiting.popitem(last=False)[0] != stamp:  # older ones come to nothing
            pass
        return Frame(self._camera, stamp, waiting.load, list(waiting.people.values()))
