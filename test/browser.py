"""A real browser for tests: headless Chromium, spoken to over a pipe in its DevTools protocol.

Protocol: https://chromedevtools.github.io/devtools-protocol/, messages as JSON that end with a zero byte.
"""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)
MISSING = f"none of {', '.join(NAMES)} is installed (Debian: apt-get install chromium)"
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--remote-debugging-pipe",
)
_PATIENCE = 60  # seconds for one answer


class Tab:
    """A page in the browser.

    Attributes:
        events: all that the browser has told so far, as dicts with ``method`` and ``params``.
    """

    def __init__(self, send, receive):
        self.events = []
        self._send, self._receive, self._ids, self._session = send, receive, itertools.count(1), None
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self(f"{domain}.enable")

    def __call__(self, method, **params):
        """Carry out a command of the protocol and return its result."""
        number = next(self._ids)
        self._send({"id": number, "method": method, "params": params, **self._of_session()})
        while True:
            message = self._receive()
            if "id" not in message:
                self.events.append(message)
            elif message["id"] == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]

    def _of_session(self):
        return {"sessionId": self._session} if self._session else {}

    def open(self, url):
        """Load a page and wait until all of it is there."""
        self.events.clear()
        self("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def look(self, width, height=900, dark=False, paper=False):
        """Be a screen of this size in pixels, in the user's light or dark mode, or a sheet of paper."""
        self("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self("Emulation.setEmulatedMedia", media="print" if paper else "", features=[scheme])

    def run(self, script):
        """The value of a JavaScript expression."""
        result = self("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def screenshot(self, whole=True):
        """PNG bytes of the page, or of the part that the screen shows."""
        return base64.b64decode(self("Page.captureScreenshot", captureBeyondViewport=whole)["data"])

    def pdf(self):
        """The page as printed on A4, PDF bytes."""
        printed = self("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=False)
        return base64.b64decode(printed["data"])

    def complaints(self):
        """Texts of all errors and warnings in the console."""
        found = [e["params"]["entry"]["text"] for e in self.events if e["method"] == "Log.entryAdded"]
        found += [json.dumps(e["params"]["args"]) for e in self.events if e["method"] == "Runtime.consoleAPICalled"]
        found += [json.dumps(e["params"]) for e in self.events if e["method"] == "Runtime.exceptionThrown"]
        return found

    def requests(self):
        """Addresses that were asked for, but for data inside the page."""
        urls = [e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith("data:")]


@contextmanager
def browser(folder):
    """Run the browser with its profile in a new folder and give a :class:`Tab`."""
    their_in, our_out = os.pipe()
    our_in, their_out = os.pipe()
    # the browser reads commands from descriptor 3 and writes to 4
    shell = 'exec "$@" 3<&"$IN" 4>&"$OUT"'
    process = subprocess.Popen(
        ["bash", "-c", shell, "bash", PROGRAM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
        env={**os.environ, "IN": str(their_in), "OUT": str(their_out)},
        pass_fds=(their_in, their_out),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(their_in)
    os.close(their_out)
    buffer = bytearray()

    def send(message):
        data = memoryview(json.dumps(message).encode() + b"\0")
        while data:
            data = data[os.write(our_out, data) :]

    def receive():
        end = time.monotonic() + _PATIENCE
        while (at := buffer.find(b"\0")) < 0:
            ready, _, _ = select.select([our_in], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError(f"the browser said nothing for {_PATIENCE} s")
            data = os.read(our_in, 1 << 16)
            if not data:
                raise ConnectionError(f"the browser ended with {process.wait()}")
            buffer.extend(data)
        message = json.loads(buffer[:at])
        del buffer[: at + 1]
        return message

    try:
        yield Tab(send, receive)
    finally:
        os.close(our_out)  # which ends the browser
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(our_in)
