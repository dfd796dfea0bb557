"""Pictures and the people in them: put together by their stamps, encoded once for each level."""

from __future__ import annotations

import asyncio
import json
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
        people: what goes to the browser, of :func:`~trt_pose_ros.web.people.describe`; None where nobody has looked
            for people.

    Attributes:
        encodings: number of JPEGs made of it.
    """

    def __init__(self, camera: str, stamp: int, load: Callable[[], Any], people: dict[str, Any] | None) -> None:
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


class Pairing:
    """Pictures of one camera that wait for the people found in them, who come later; matched by stamp.

    What is shown lies over the picture that it was found in, so it cannot drift. Pictures without people (the node left
    them out) are not shown, but while no people come at all.

    Args:
        camera: its name.
        now: seconds, of a monotonic clock.
    """

    def __init__(self, camera: str, now: float) -> None:
        self._camera, self._heard = camera, now
        self._pictures: OrderedDict[int, tuple[Callable[[], Any], int]] = OrderedDict()
        self._people: tuple[int, dict[str, Any]] | None = None  # newest, whose picture has not come

    def picture(self, stamp: int, load: Callable[[], Any], size: int, now: float) -> Frame | None:
        """Take a picture of ``size`` bytes; returns the Frame that is complete by it, if one is."""
        if self._people is not None and self._people[0] == stamp:
            return self._complete(stamp, load, self._people[1])
        if now - self._heard > _SILENCE:
            self._pictures.clear()
            return Frame(self._camera, stamp, load, None)
        self._pictures[stamp] = load, size
        while len(self._pictures) > _KEPT or sum(s for _, s in self._pictures.values()) > _BYTES:
            self._pictures.popitem(last=False)
        return None

    def people(self, stamp: int, people: dict[str, Any], now: float) -> Frame | None:
        """Take the people of a picture; returns the Frame that is complete by them, if one is."""
        self._heard = now
        found = self._pictures.get(stamp)
        if found is None:
            self._people = stamp, people
            return None
        return self._complete(stamp, found[0], people)

    def _complete(self, stamp: int, load: Callable[[], Any], people: dict[str, Any]) -> Frame:
        while self._pictures and next(iter(self._pictures)) != stamp:  # older ones come to nothing
            self._pictures.popitem(last=False)
        self._pictures.pop(stamp, None)
        self._people = None
        return Frame(self._camera, stamp, load, people)
