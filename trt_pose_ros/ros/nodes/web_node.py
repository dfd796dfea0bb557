"""web_node: the live page of a pose_node, served from a process of its own.

It subscribes while somebody looks or records, and only then: a page that nobody has open costs the robot nothing.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from ...options import Options, option
from ...web.guard import Guard, is_local, new_token
from ...web.hub import Hub
from ..runtime.parameters import READ_ONLY, GivenParameters, Parameters
from ..runtime.process import run
from ..runtime.remote_parameters import RemoteParameters
from ..runtime.web_bags import WebBags
from ..runtime.web_feeds import Feeds, feeds
from ..runtime.web_view import WebView

if TYPE_CHECKING:
    from ...web.server import Server

_PERIOD = 0.2  # seconds between looks at who looks
_RETRY = 2.0  # seconds after which parameters are asked for again
_PATIENCE = 10.0  # seconds after which an answer is given up
_NICENESS = 10  # whoever looks waits for the robot, never the other way round


@dataclass(frozen=True)
class WebSettings(Options):
    """What is read at the start."""

    address: str = option(
        "127.0.0.1", "to listen on; any but this machine's own (0.0.0.0: all) asks viewers for a token"
    )
    port: int = option(8080, "to listen on; 0: a free one, which the log tells", low=0, high=65535)
    node: str = option("pose_node", "name of the node whose work is shown")
    hosts: tuple[str, ...] = option((), "names by which browsers reach this machine, besides its own and addresses")
    viewers: int = option(16, "most viewers at a time", low=1, high=1000)
    record_to: str = option("", "folder of bags that viewers may record and replay; empty: they may not")


class WebNode(GivenParameters, Node):
    """See the module.

    Attributes:
        finished: True where a parameter is wrong, or where it cannot listen.
        exit_code: 1 then.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("web_node", **kwargs)
        self.finished, self.exit_code = False, 0
        self._viewers = 0
        self._source: tuple[tuple[str, ...], str] | None = None  # cameras and transport, once they are known
        self._open: tuple[tuple[str, ...], str] | None = None  # those that are subscribed to
        self._asked, self._stale, self._changes = -_RETRY, True, 0
        self._server: Server | None = None
        parameters = Parameters(self)
        parameters.declare(WebSettings(), READ_ONLY)
        parameters.warn_of_unknown()
        try:
            parameters.check()
            self._start(parameters[WebSettings])
        except (OSError, ValueError, ImportError) as error:
            self.get_logger().error(str(error))
            self.finished, self.exit_code = True, 1
            return
        # what is seen has nothing to do with the time of a simulation
        self.create_timer(_PERIOD, self._tend, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _start(self, settings: WebSettings) -> None:
        from ...web.server import Server  # which says what to install

        hub, name = Hub(), settings.node
        self._target = name if name.startswith("/") else f"{self.get_namespace().rstrip('/')}/{name}"
        self._view = WebView(hub, self._call, self._target)
        self._bags = WebBags(settings.record_to, self._view, self._task)
        self._feeds = Feeds(self, self._bags.take)
        self._remote = RemoteParameters(self, self._target)
        token = None if is_local(settings.address) else new_token()
        actions = {
            "/parameters": self._set_parameters,
            "/recording": self._bags.set_recording,
            "/replay": self._bags.set_replay,
        }
        guard, address = Guard(token, settings.hosts), settings.address
        try:
            self._server = Server(hub, guard, actions, address, settings.port, settings.viewers, self._count)
        except OSError as error:
            raise OSError(
                f"cannot listen on {address}:{settings.port}: {error.strerror or error}; choose other values for the "
                "parameters address and port"
            ) from None
        host = socket.gethostname() if address in ("0.0.0.0", "::") else f"[{address}]" if ":" in address else address
        end = "" if token is None else f"?token={token}"
        self.get_logger().info(f"live page on http://{host}:{self._server.port}/{end}")
        self._bags.tell()

    def close(self) -> None:
        """Stop serving, finish a recording."""
        if self._server is not None:
            self._feeds.close()
            self._bags.close()
            self._server.close()

    def _tend(self) -> None:
        """Subscribe while somebody looks or records, ask for parameters, tell of silence."""
        if not (self._viewers or self._bags.recording):
            if self._open is not None:
                self._open, self._stale = None, True  # what changes meanwhile is not heard of
                self._feeds.close()
                self._view.end()
            return
        self._tend_parameters()
        if self._source != self._open and self._source is not None:
            self._open = self._source
            self._view.begin()
            self._feeds.open(feeds(*self._source, self._view, self._on_parameter_event))
        self._view.tell_of_silence()
        if self._bags.recording:
            self._bags.tell()

    def _tend_parameters(self) -> None:
        now = time.monotonic()
        if not self._remote.there:
            self._stale = True
            self._view.show("parameters", [])
        elif self._stale and now - self._asked > _RETRY:
            self._asked = now
            self._task(self._read_parameters)

    def _on_parameter_event(self, message: Any) -> None:
        if message.node == self._target:
            self._stale, self._asked, self._changes = True, -_RETRY, self._changes + 1

    async def _read_parameters(self) -> None:
        changes = self._changes
        shown = await self._remote.read()
        self._stale = changes != self._changes
        values = {parameter["name"]: parameter["value"] for parameter in shown}
        cameras = tuple(name for name in values.get("cameras") or () if name)
        self._source = cameras or ("",), values.get("image_transport", "raw")
        # again: what a viewer has set may have been set back before it was read
        self._view.show("parameters", shown, again=True)

    async def _set_parameters(self, values: Any) -> Mapping[str, Any]:
        """Of the server's thread: set parameters of the node, all or none."""
        if not isinstance(values, dict) or not values:
            raise ValueError("{name: value} of the parameters is expected")
        silent = {"done": False, "reason": f"no answer from {self._target}: is it running?"}
        if not self._remote.there:
            return silent
        result: Future[tuple[bool, str]] = Future()

        async def work() -> None:
            try:
                result.set_result(await self._remote.set(values))
            except Exception as error:  # it must not end the executor: who asked is told
                result.set_exception(error)

        self._task(work)
        try:
            done, reason = await asyncio.wait_for(asyncio.wrap_future(result), _PATIENCE)
        except asyncio.TimeoutError:
            return silent
        return {"done": done, "reason": reason}

    def _count(self, viewers: int) -> None:
        """Of the server's thread: so many look."""
        self._viewers = viewers

    def _call(self, function: Callable[..., None], *arguments: Any) -> None:
        if self._server is not None:
            self._server.call(function, *arguments)

    def _task(self, function: Callable[[], Any]) -> None:
        """Have a function, or a coroutine function, called in the executor's thread."""
        if self.executor is not None:  # None once the node ends
            self.executor.create_task(function)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node as a process, with ``args`` as in ``sys.argv``; returns its exit code."""
    os.nice(_NICENESS)
    return run(WebNode, args=sys.argv if args is None else args)


if __name__ == "__main__":
    sys.exit(main())
