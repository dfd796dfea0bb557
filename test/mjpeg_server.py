"""An MJPEG camera on this machine, for tests of network streams."""

import contextlib
import http.server
import threading

import cv2

_PERIOD = 0.02  # seconds between images


class Server(http.server.ThreadingHTTPServer):
    """Answers every connection with images.

    Attributes:
        url: its address, without a path.
        connections: how many have been answered with images so far.
        closing: set when the server is to end; a response that waits looks at it.
    """

    daemon_threads = True

    def __init__(self, picture, limit, pages):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.picture, self.limit, self.pages = picture, limit, pages
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.connections, self.closing = 0, threading.Event()


@contextlib.contextmanager
def serving(picture, limit=None, pages=None):
    """A running :class:`Server`.

    Args:
        picture: function that gives the next image, uint8 [h, w, 3], of the number of its connection, from 1.
        limit: images after which a connection breaks off; None: never.
        pages: {path: bytes} to answer with instead; None as bytes: no answer at all.
    """
    with Server(picture, limit, pages if pages is not None else {}) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path in self.server.pages:
            self._give(self.server.pages[self.path])
            return
        self.server.connections += 1
        connection, sent = self.server.connections, 0
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        while sent != self.server.limit and not self.server.closing.wait(_PERIOD):
            jpeg = cv2.imencode(".jpg", self.server.picture(connection))[1].tobytes()
            head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
            try:
                self.wfile.write(head + jpeg + b"\r\n")
            except OSError:
                return
            sent += 1

    def _give(self, page):
        if page is None:
            self.server.closing.wait(20)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass
