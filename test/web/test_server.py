"""The web server over real sockets."""

import asyncio
import json
import socket
import threading
import time
from contextlib import contextmanager

import aiohttp
import numpy as np
import pytest
from mutations import CASES, VALUES, mutated_bytes, mutated_value
from web_pictures import picture

from trt_pose_ros.web.guard import Guard
from trt_pose_ros.web.hub import Hub
from trt_pose_ros.web.server import Server, static_files

PATIENCE = 60


class Actions:
    """What has been asked for."""

    def __init__(self):
        self.asked = []

    async def parameters(self, values):
        if not isinstance(values, dict) or not values:
            raise ValueError("{name: value} is expected")
        self.asked.append(values)
        return {"done": True, "reason": ""}


@contextmanager
def serving(token=None, address="127.0.0.1", most=4):
    """(server, hub, actions, list that fills with the number of viewers)."""
    hub, actions, counts = Hub(), Actions(), []
    server = Server(hub, Guard(token), {"/parameters": actions.parameters}, address, 0, most, counts.append)
    try:
        yield server, hub, actions, counts
    finally:
        server.close()


@pytest.fixture
def served():
    with serving() as parts:
        yield parts


def ask(port, work):
    """The result of ``await work(session)``, whose addresses begin at the server."""

    async def run():
        async with aiohttp.ClientSession(
            f"http://127.0.0.1:{port}", timeout=aiohttp.ClientTimeout(PATIENCE)
        ) as session:
            return await work(session)

    return asyncio.run(run())


def get(port, path="/", **kwargs):
    """(status, headers, body) of a GET."""

    async def work(session):
        async with session.get(path, allow_redirects=False, **kwargs) as answer:
            return answer.status, answer.headers, await answer.text()

    return ask(port, work)


def post(port, body, kind="application/json", **headers):
    """(status, text) of a POST of bytes to /parameters."""

    async def work(session):
        async with session.post("/parameters", data=body, headers={"Content-Type": kind} | headers) as answer:
            return answer.status, await answer.text()

    return ask(port, work)


def raw(port, data, end=False):
    """What comes back on a connection that sends these bytes; ``end``: and nothing more."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        received = b""
        try:
            connection.sendall(data)
            if end:
                connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(1 << 16):
                received += chunk
        except OSError:
            return received
        return received


def test_the_page_and_its_files(served):
    status, headers, body = get(served[0].port)
    assert status == 200
    assert "trt_pose_ros" in body
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    for name, (content, kind) in static_files().items():
        status, headers, body = get(served[0].port, f"/static/{name}")
        assert (status, body.encode()) == (200, content)
        assert headers["Content-Type"].startswith(kind)


def test_the_page_asks_nobody_else():
    for content, _ in static_files().values():
        assert b"//" not in content.replace(b"// ", b"").replace(b"http://www.w3.org/2000/svg", b"")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/server.py",
        "/static/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc/passwd",
        "/static//etc/passwd",
        "/static/..\\server.py",
        "/static/",
        "/../../etc/passwd",
        "/static/index.html%00.js",
    ],
)
def test_there_is_no_way_to_other_files(served, path):
    answer = raw(served[0].port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ")[1] in (b"404", b"400", b"403")
    assert b"root:" not in answer
    assert b"import" not in answer


class TestToken:
    @pytest.fixture
    def port(self):
        with serving(token="secret") as parts:
            yield parts[0].port

    @pytest.mark.parametrize("path", ["/", "/static/main.js", "/live", "/nowhere"])
    def test_without_it_there_is_nothing(self, port, path):
        status, _, body = get(port, path)
        assert status == 401
        assert "token" in body
        assert "secret" not in body

    def test_parameters_cannot_be_set_without_it(self, port):
        assert post(port, b'{"a": 1}')[0] == 401

    def test_a_browser_gets_a_cookie_for_it(self, port):
        status, headers, _ = get(port, "/?token=secret")
        assert (status, headers["Location"]) == (303, "/")
        assert "HttpOnly" in headers["Set-Cookie"]
        assert "SameSite=Strict" in headers["Set-Cookie"]
        cookie = headers["Set-Cookie"].partition(";")[0]
        assert get(port, "/", headers={"Cookie": cookie})[0] == 200
        assert post(port, b'{"a": 1}', Cookie=cookie)[0] == 200


class TestSetting:
    def test_what_makes_sense_is_done(self, served):
        assert post(served[0].port, b'{"min_score": 0.5}') == (200, '{"done": true, "reason": ""}')
        assert served[2].asked == [{"min_score": 0.5}]

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"{}", b"{", b'{"a": NaN}', b'{"a": Infinity}', b"[" * 16000, b"\xff\xfe", b"null"]
    )
    def test_what_makes_none_is_refused(self, served, body):
        assert post(served[0].port, body)[0] == 400
        assert served[2].asked == []

    def test_too_much_is_refused(self, served):
        assert post(served[0].port, b'{"a": "' + b"x" * 2**15 + b'"}')[0] == 413

    def test_only_json_of_our_own_page_is_taken(self, served):
        port = served[0].port
        assert post(port, b'{"a": 1}', kind="text/plain")[0] == 415
        assert post(port, b"a=1", kind="application/x-www-form-urlencoded")[0] == 415
        assert post(port, b'{"a": 1}', Origin="http://evil.example")[0] == 403
        assert post(port, b'{"a": 1}', Host="evil.example")[0] == 403
        assert post(port, b'{"a": 1}', kind="application/json; charset=nonsense")[0] == 400
        assert served[2].asked == []


class TestLive:
    def test_pictures_and_words_come(self, served):
        server, hub, _, counts = served

        async def work(session):
            async with session.ws_connect("/live") as live:
                server.call(hub.show, "events", {"current": []})
                image = np.zeros((24, 32, 3), np.uint8)
                people = {"people": []}
                server.call(hub.people, "", 7, "skeletons", people)
                server.call(hub.picture, "", 7, lambda: picture(image), 10)
                seen = set()
                while not {"link", "events", "picture"} <= seen:
                    message = await live.receive(PATIENCE)
                    if message.type == aiohttp.WSMsgType.TEXT:
                        seen.add(json.loads(message.data)["kind"])
                    else:
                        assert message.type == aiohttp.WSMsgType.BINARY
                        seen.add("picture")
                        await live.send_json({"drawn": True})

        ask(server.port, work)
        wait_for(lambda: counts == [1, 0])

    @pytest.mark.parametrize(
        "said",
        [
            *("", "{", "[]", '{"drawn": false}', '{"level": 99}', '{"level": true}', '{"level": -1}', '{"level": "1"}'),
            *('{"level": 1, "more": 2}', "x" * 5000, b"\0\1", "[" * 1000, '{"level": NaN}'),
        ],
    )
    def test_what_is_no_message_of_the_page_ends_the_connection(self, served, said):
        async def work(session):
            async with session.ws_connect("/live") as live:
                await (live.send_bytes(said) if isinstance(said, bytes) else live.send_str(said))
                while (message := await live.receive(PATIENCE)).type == aiohttp.WSMsgType.TEXT:
                    pass
                return message.type, live.close_code

        kind, code = ask(served[0].port, work)
        assert kind in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        assert code in (1008, 1009)

    def test_only_our_own_page_may_look(self, served):
        async def work(session):
            async with session.ws_connect("/live", origin="http://evil.example"):
                pass

        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            ask(served[0].port, work)

    def test_more_than_the_most_are_sent_away(self):
        with serving(most=2) as (server, hub, _, _):

            async def work(session):
                first = [await session.ws_connect("/live") for _ in range(2)]
                with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                    await session.ws_connect("/live")
                await first[0].close()
                while len(hub.viewers) > 1:
                    await asyncio.sleep(0.01)
                await session.ws_connect("/live")

            ask(server.port, work)

    def test_an_end_is_told(self):
        async def work(session):
            async with session.ws_connect("/live") as live:
                while (message := await live.receive(PATIENCE)).type == aiohttp.WSMsgType.TEXT:
                    threading.Thread(target=server.close).start()
                return message.type

        hub = Hub()
        server = Server(hub, Guard(None), {}, "127.0.0.1", 0, 4, lambda count: None)
        assert ask(server.port, work) in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        server.call(hub.show, "late", 1)  # to no effect


def test_a_taken_port_is_an_error(served):
    with pytest.raises(OSError, match="in use"):
        Server(Hub(), Guard(None), {}, "127.0.0.1", served[0].port, 4, lambda count: None)


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


HEAD = "Host: localhost\r\nConnection: close\r\n"
UPGRADE = f"GET /live HTTP/1.1\r\n{HEAD}".replace("close", "Upgrade") + (
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
PARAMETERS = {"min_score": 0.5, "labels": True, "marker_style": "plane"}


def framed(payload, opcode):
    """A masked frame of a websocket; the mask is nothing."""
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
    return bytes([0x80 | opcode]) + size + b"\0\0\0\0" + payload


def fuzzed(random):  # docs/live_page.md tells how 5,000 of them were run
    """Bytes of a request that is wrong somewhere, or of a right one before wrong messages."""
    kind = random.integers(0, 4)
    if kind == 0:
        return mutated_bytes(random, f"GET /static/main.js HTTP/1.1\r\n{HEAD}\r\n".encode())
    if kind == 1:
        body = json.dumps(mutated_value(random, PARAMETERS)).encode()
        head = (
            f"POST /parameters HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        request = head.encode() + body
        return request if random.random() < 0.5 else mutated_bytes(random, request)
    frames = [
        framed(json.dumps(mutated_value(random, {"level": VALUES[random.integers(0, len(VALUES))]})).encode(), 1),
        framed(random.bytes(int(random.integers(0, 3000))), int(random.integers(0, 16))),
    ]
    stream = frames[random.integers(0, 2)] + frames[random.integers(0, 2)]
    return UPGRADE.encode() + (stream if kind == 2 else mutated_bytes(random, stream))


def test_fuzzed_requests_and_messages_are_refused_and_nothing_falls_over():
    random, threads = np.random.default_rng(7), threading.active_count()
    with serving(most=1000) as (server, hub, actions, _):
        for _ in range(CASES):
            answer = raw(server.port, fuzzed(random), end=True)
            assert b" 500 " not in answer.partition(b"\r\n")[0]
        for values in actions.asked:
            assert isinstance(values, dict)
        assert get(server.port)[0] == 200  # it goes on
        wait_for(lambda: not hub.viewers)
    assert threading.active_count() == threads
