"""The live page's web server, in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.resources import files
from typing import Any

try:
    from aiohttp import WSMsgType, web
except ImportError as error:
    raise ImportError(f"the live page needs aiohttp: pip install 'trt_pose_ros[web]' ({error})") from error

from .guard import COOKIE, Guard
from .hub import Hub
from .links import LEVELS
from .viewer import Viewer

_BODY = 2**14  # bytes of a request, at most
_WORD = 2**10  # bytes of a message of the browser, at most
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    # blob: the images that come through the websocket
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; connect-src 'self' ws: wss:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Action = Callable[[Any], Awaitable[Mapping[str, Any]]]


def static_files() -> dict[str, tuple[bytes, str]]:
    """{name: (content, type)} of the page's files. There is no way from a request to any other."""
    folder = files(__package__) / "static"
    found = {}
    for file in folder.iterdir():
        kind = _TYPES.get(file.name[file.name.rfind(".") :])
        if kind is not None:
            found[file.name] = file.read_bytes(), kind
    return found


class Server:
    """See the module.

    Args:
        hub: what it shows.
        guard: who may see it.
        actions: {path: coroutine function}: what can be asked for by POST. The function takes the request's JSON and
            returns the answer's; ValueError is for what makes no sense.
        address, port: to listen on; port 0 takes a free one.
        most: viewers at a time; more are sent away.
        joined: called with the number of viewers when it changes, in the server's thread.

    Attributes:
        port: on which it listens.

    Raises:
        OSError: it cannot listen there.
    """

    def __init__(
        self,
        hub: Hub,
        guard: Guard,
        actions: Mapping[str, Action],
        address: str,
        port: int,
        most: int,
        joined: Callable[[int], None],
    ) -> None:
        self._hub, self._most, self._joined = hub, most, joined
        self._files = static_files()
        self._sockets: set[web.WebSocketResponse] = set()
        # one thread: looking on takes one core at most
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="encode")
        self._app = web.Application(client_max_size=_BODY, middlewares=[_guarded(guard)])
        self._app.router.add_get("/", self._index)
        self._app.router.add_get("/static/{name}", self._file)
        self._app.router.add_get("/live", self._live)
        for path, action in actions.items():
            self._app.router.add_post(path, self._posted(action))
        self._app.on_shutdown.append(self._hang_up)
        self._loop = asyncio.new_event_loop()
        started: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(address, port, started), name="web")
        self._thread.start()
        try:
            self.port = started.result()
        except OSError:
            self._thread.join()
            self._pool.shutdown()
            raise

    def call(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call a function in the server's thread, from any other; nothing happens once it is closed."""
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop is closed
            return

    def close(self) -> None:
        """Send everybody away and stop."""
        self.call(self._loop.stop)
        self._thread.join()
        self._pool.shutdown()

    def _run(self, address: str, port: int, started: Future[int]) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(self._app, access_log=None, keepalive_timeout=15, shutdown_timeout=1)
        try:
            self._loop.run_until_complete(runner.setup())
            site = web.TCPSite(runner, address, port)
            self._loop.run_until_complete(site.start())
            started.set_result(runner.addresses[0][1])
            self._loop.run_forever()
        except OSError as error:
            started.set_exception(error)
        finally:
            self._loop.run_until_complete(runner.cleanup())
            self._loop.close()

    async def _index(self, request: web.Request) -> web.Response:
        return self._content("index.html")

    async def _file(self, request: web.Request) -> web.Response:
        return self._content(request.match_info["name"])

    def _content(self, name: str) -> web.Response:
        if name not in self._files:
            raise web.HTTPNotFound(text="there is no such file\n")
        body, kind = self._files[name]
        return web.Response(body=body, content_type=kind, charset="utf-8")

    def _posted(self, action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answered(request: web.Request) -> web.Response:
            # a form of somebody else's page cannot be of this type, and a script of it has to ask first, in vain
            if request.content_type != "application/json":
                raise web.HTTPUnsupportedMediaType(text="application/json is expected\n")
            try:
                return web.json_response(await action(_parsed(await request.text())))
            except (ValueError, LookupError) as error:  # LookupError: of an unknown charset
                raise web.HTTPBadRequest(text=f"{error}\n") from error

        return answered

    async def _live(self, request: web.Request) -> web.StreamResponse:
        if len(self._hub.viewers) >= self._most:
            raise web.HTTPServiceUnavailable(text=f"{self._most} viewers are the most\n")
        socket = web.WebSocketResponse(max_msg_size=_WORD, heartbeat=15, compress=False)
        viewer = Viewer(socket.send_str, socket.send_bytes, self._pool)
        self._hub.join(viewer)  # before anything is waited for, lest more than the most come in meanwhile
        self._joined(len(self._hub.viewers))
        sending: asyncio.Future[None] | None = None
        try:
            await socket.prepare(request)
            self._sockets.add(socket)
            sending = asyncio.ensure_future(self._send(viewer, socket))
            async for message in socket:
                if message.type != WSMsgType.TEXT or not _heard(viewer, message.data):
                    await socket.close(code=1008, message=b"not a message of this page")
        finally:
            if sending is not None:
                sending.cancel()
            self._sockets.discard(socket)
            self._hub.leave(viewer)
            self._joined(len(self._hub.viewers))
        return socket

    async def _send(self, viewer: Viewer, socket: web.WebSocketResponse) -> None:
        try:
            await viewer.run()
        except ConnectionError:  # the browser has gone; the reading side ends by itself
            await socket.close()

    async def _hang_up(self, app: web.Application) -> None:
        for socket in list(self._sockets):
            await socket.close(code=1001, message=b"the server ends")


def _guarded(guard: Guard) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Middleware: refuses, and gives a browser that shows the token a cookie instead."""

    @web.middleware
    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        refused = guard.refusal(request.headers, request.cookies, request.query)
        if refused is not None:
            return web.Response(status=refused[0], text=f"{refused[1]}\n", headers=_HEADERS)
        if guard.token is not None and request.method == "GET" and "token" in request.query:
            # the address bar and the history need not keep it
            response: web.StreamResponse = web.Response(status=303, headers=_HEADERS | {"Location": request.path})
            response.set_cookie(COOKIE, guard.token, httponly=True, samesite="Strict", path="/")
            return response
        try:
            response = await handler(request)
        except web.HTTPException as error:  # aiohttp's own answers, such as 404
            error.headers.update(_HEADERS)
            raise
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    return answered


def _heard(viewer: Viewer, text: str) -> bool:
    """Do what a message of the browser says; returns whether it is one."""
    try:
        said = _parsed(text)
    except ValueError:
        return False
    if said == {"drawn": True}:
        viewer.drawn()
        return True
    if isinstance(said, dict) and said.keys() == {"level"}:
        level = said["level"]
        if level is None or (type(level) is int and 0 <= level < len(LEVELS)):
            viewer.link.fixed = level
            return True
    return False


def _parsed(text: str) -> Any:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no number")

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
