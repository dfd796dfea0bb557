"""One browser that looks: what it still has to get, of everything the newest only."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any

from ..media.errors import ImageError
from .frames import Frame
from .links import LEVELS, Link

_REPORT = 1.0  # seconds between two reports on the link


class Viewer:
    """Sends what it is offered as fast as the browser takes it. A picture that a newer one overtakes is left out.

    The browser tells of each picture when it has drawn it; only a few may be on their way, whatever the network
    between would hold, so what is seen is never old.

    Args:
        send_text, send_bytes: coroutine functions of its websocket.
        pool: that encodes pictures.

    Attributes:
        link: its Link.
        sent, dropped: counts of pictures.
    """

    def __init__(
        self,
        send_text: Callable[[str], Awaitable[None]],
        send_bytes: Callable[[bytes], Awaitable[None]],
        pool: Executor,
    ) -> None:
        self.link = Link(time.monotonic())
        self.sent = self.dropped = 0
        self._send_text, self._send_bytes, self._pool = send_text, send_bytes, pool
        self._texts: dict[str, str] = {}  # by kind
        self._frames: dict[str, Frame] = {}  # by camera
        self._due: dict[str, float] = {}  # by camera: seconds from which on the next picture may leave
        self._under_way: deque[float] = deque()  # seconds at which the pictures left that are not yet drawn
        self._report_due = 0.0
        self._wake = asyncio.Event()

    def offer_text(self, kind: str, text: str) -> None:
        """Send a message, instead of an older one of its kind."""
        self._texts[kind] = text
        self._wake.set()

    def offer_frame(self, frame: Frame) -> None:
        """Send a picture, instead of an older one of its camera."""
        if frame.camera in self._frames:
            self.dropped += 1
        self._frames[frame.camera] = frame
        self._wake.set()

    def drawn(self) -> None:
        """The browser has drawn the oldest of the pictures that are under way."""
        if self._under_way:
            now = time.monotonic()
            self.link.arrived(now - self._under_way.popleft(), now)
            self._wake.set()

    async def run(self) -> None:
        """Send until the connection ends, which raises what the functions that send raise."""
        while True:
            self._wake.clear()
            now = time.monotonic()
            if now >= self._report_due:
                self._report_due = now + _REPORT
                self._texts["link"] = self._report()
            while self._texts:
                await self._send_text(self._texts.pop(next(iter(self._texts))))
            frame = self._next(now)
            if frame is not None:
                await self._send(frame)
            else:
                wake = min([self._report_due, *(self._due.get(camera, 0.0) for camera in self._frames)])
                await self._sleep(wake - time.monotonic() if self._may_send() else self._report_due - now)

    def _may_send(self) -> bool:
        return len(self._under_way) < 1 + max(1, len(self._due))

    def _next(self, now: float) -> Frame | None:
        """The picture to send now: of the camera that has waited longest."""
        ready = [camera for camera in self._frames if self._due.get(camera, 0.0) <= now]
        if not (ready and self._may_send()):
            return None
        return self._frames.pop(min(ready, key=lambda camera: self._due.get(camera, 0.0)))

    async def _send(self, frame: Frame) -> None:
        level, now = self.link.level, time.monotonic()
        try:
            data = await frame.encoded(level, self._pool)
        except ImageError:
            self.dropped += 1  # the node tells of it in its diagnostics
            return
        due = self._due.get(frame.camera, 0.0) + 1 / level.rate
        # a tenth earlier, so that pictures of about this rate all pass; a new beat after a gap
        self._due[frame.camera] = due if now < due else now + 0.9 / level.rate
        self._under_way.append(time.monotonic())
        self.sent += 1
        await self._send_bytes(data)

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._wake.wait(), max(0.0, seconds))

    def _report(self) -> str:
        level, delay = self.link.level, self.link.delay
        report: dict[str, Any] = {
            "level": self.link.number,
            "levels": len(LEVELS),
            "fixed": self.link.fixed is not None,
        }
        report |= {"width": level.width, "quality": level.quality, "rate": level.rate}
        report |= {"delay": None if math.isnan(delay) else delay, "sent": self.sent, "dropped": self.dropped}
        return json.dumps({"kind": "link", "value": report})
