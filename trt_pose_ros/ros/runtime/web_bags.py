"""What viewers of the live page may do with bags: record the node's topics, and replay them in the page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from ...web.recording import Recorder, Replay
from .web_view import WebView

_NONE: Mapping[str, Any] = {"possible": False, "name": "", "messages": 0, "bags": [], "problem": "", "replay": None}


class WebBags:
    """See the module. Its coroutines belong to the server's thread, all else to the executor's.

    Args:
        folder: of the bags; empty: nothing can be recorded or replayed.
        view: that shows what is replayed.
        task: function that has a function called in the executor's thread.

    Raises:
        OSError: the folder can't be made.
        ImportError: the package rosbags is not installed.
    """

    def __init__(self, folder: str, view: WebView, task: Callable[[Callable[[], None]], None]) -> None:
        self._recorder = Recorder(folder) if folder else None
        self._view, self._task = view, task
        self._replay: Replay | None = None
        self._one_by_one = asyncio.Lock()  # two viewers may ask at once
        # {"bag": name, "ended": bool}: what is replayed; its last pictures stay until another is, or it is closed
        self._shown: dict[str, Any] | None = None
        self._problem = ""  # of the last replay

    @property
    def recording(self) -> bool:
        """Whether a bag is being written."""
        return self._recorder is not None and bool(self._recorder.name)

    def take(self, topic: str, kind: str, data: bytes, latched: bool) -> None:
        """A message, see Recorder."""
        if self._recorder is not None:
            self._recorder.take(topic, kind, data, latched)

    def close(self) -> None:
        """Stop the replay and finish the recording."""
        if self._replay is not None:
            self._replay.stop()
        if self._recorder is not None:
            self._recorder.stop()

    def tell(self) -> None:
        """Show what there is, and what goes on."""
        if self._recorder is None:
            self._view.show("recording", _NONE)
            return
        recorder = self._recorder
        value = {"possible": True, "name": recorder.name, "messages": recorder.messages, "bags": recorder.bags()}
        self._view.show("recording", value | {"problem": recorder.problem or self._problem, "replay": self._shown})

    async def set_recording(self, on: Any) -> Mapping[str, Any]:
        """Begin (true) or finish (false) a recording."""
        if not isinstance(on, bool):
            raise ValueError("true or false is expected")
        if self._recorder is None:
            return _impossible()
        result: Future[str] = Future()
        self._task(partial(self._switch, self._recorder, on, result))
        reason = await asyncio.wrap_future(result)
        return {"done": not reason, "reason": reason}

    def _switch(self, recorder: Recorder, on: bool, result: Future[str]) -> None:
        reason = ""
        try:
            if on:
                recorder.start()
            else:
                recorder.stop()
        except OSError as error:
            reason = str(error)
        result.set_result(reason)
        self.tell()

    async def set_replay(self, name: Any) -> Mapping[str, Any]:
        """Replay the bag of this name; None: no more, and let go of what it has shown."""
        if self._recorder is None:
            return _impossible()
        path = None if name is None else self._recorder.path(name)
        async with self._one_by_one:
            replay, self._replay = self._replay, None
            if replay is not None:
                await asyncio.get_running_loop().run_in_executor(None, replay.stop)
            self._shown, self._problem = {"bag": path.name, "ended": False} if path else None, ""
            if path is not None:
                self._replay = Replay(
                    path, self._view.replayed_picture, self._view.people, self._view.topology, self._ended
                )
        self._task(self.tell)
        return {"done": True, "reason": ""}

    def _ended(self, problem: str) -> None:
        """Of the replay's thread."""
        assert self._shown is not None
        self._shown, self._problem = self._shown | {"ended": True}, problem
        self._task(self.tell)


def _impossible() -> Mapping[str, Any]:
    return {"done": False, "reason": "the parameter record_to names no folder"}
