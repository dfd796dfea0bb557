"""A server of files on this machine, which can be made to fail in the ways that real ones do."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Served:
    """What the server does; may be changed while it runs.

    Attributes:
        content: bytes of the file.
        etag: version that it tells; empty for none.
        ranges: whether it can send a part.
        breaks: numbers of bytes after which it breaks off its next answers, one each.
        statuses: statuses of its next answers instead of the file.
        lengths: whether it tells how long the file is.
        requests: what was asked for: the header Range of each request, or None.
        url: of the file.
    """

    def __init__(self, content):
        self.content, self.etag, self.ranges, self.lengths = content, '"1"', True, True
        self.breaks, self.statuses, self.requests, self.url = [], [], [], ""


@contextlib.contextmanager
def serving(content):
    """Serve ``content`` meanwhile; gives the :class:`Served`."""
    served = Served(content)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            served.requests.append(self.headers.get("Range"))
            if served.statuses:
                self.send_error(served.statuses.pop(0))
                return
            start, unchanged = 0, self.headers.get("If-Range") in (None, served.etag)
            if self.headers.get("Range") and served.ranges and unchanged:
                start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            if start >= len(served.content):
                self.send_error(416)
                return
            rest = served.content[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(served.content) - 1}/{len(served.content)}")
            if served.etag:
                self.send_header("ETag", served.etag)
            if served.lengths:
                self.send_header("Content-Length", str(len(rest)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(rest[: served.breaks.pop(0)] if served.breaks else rest)
            self.close_connection = True

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}/model.onnx"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
