"""Fetch a file over the network, so that it is whole and the right one, or not there at all.

What was fetched so far lies beside the target as ``.part``, and the next try goes on from there. Beside it lies what
the server said of the file's version (``.version``): parts of two versions are never put together.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

_TIMEOUT = 30.0  # seconds without a byte
_TRIES = 5  # in a row without a byte more
_PAUSE = 1.0  # seconds before the second try; twice as long before each further one
_CHUNK = 1 << 18
_SPARE = 16 << 20  # bytes that must stay free on the disk

Told = Callable[[int, int], None]


def download(
    url: str, target: Path, *, size: int = 0, sha256: str = "", told: Told | None = None, pause: float = _PAUSE
) -> None:
    """Fetch ``url`` to ``target``, which is replaced only by what has passed all checks.

    Args:
        url: an http or https address.
        target: path of the file; its folder is made.
        size: bytes that it must have; 0: not known.
        sha256: hex digest that it must have; empty: not known.
        told: called with the number of bytes that are there, and of all, 0 where that is not known.
        pause: seconds before the second try.

    Raises:
        ValueError: what lies at the address is not what it must be; nothing of it is kept.
        OSError: the network or the disk failed; what is there is kept, and the next call goes on from it.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"{url!r} is not an http or https address")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = _Part(target, url, bool(sha256))
    failures = 0
    while True:
        before = part.size
        try:
            if _fetch(part, size, told):
                break
            problem = "the connection was broken off"
        except (URLError, TimeoutError, ConnectionError, ssl.SSLError, http.client.HTTPException) as error:
            if isinstance(error, HTTPError) and error.code < 500:
                raise OSError(f"{url}: the server says {error.code} {error.reason}") from None
            problem = str(getattr(error, "reason", error)) or type(error).__name__
        failures = 0 if part.size > before else failures + 1
        if failures == _TRIES:
            raise OSError(f"{url}: {problem}; {part.size} bytes are here, and the next try goes on from there")
        time.sleep(pause * 2 ** max(0, failures - 1))
    _check(part, size, sha256)
    os.replace(part.path, target)
    part.version_path.unlink(missing_ok=True)


def file_sha256(path: Path) -> str:
    """Hex digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


class _Part:
    """What has been fetched so far.

    Attributes:
        path: of the file.
        url: where it comes from.
        version_path: of the file that tells which version it is of.
    """

    def __init__(self, target: Path, url: str, checked: bool) -> None:
        self.path, self.url = target.with_name(f"{target.name}.part"), url
        self.version_path = target.with_name(f"{target.name}.version")
        try:
            known = json.loads(self.version_path.read_text(encoding="utf-8"))
            self._version = str(known["version"]) if known["url"] == url else None
        except (OSError, ValueError, KeyError, TypeError):
            self._version = None
        if self._version is None or not (self._version or checked):
            self.path.unlink(missing_ok=True)  # of what, nobody can say

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def headers(self) -> dict[str, str]:
        """Of the request for the rest. If it is of another version by now, the server sends the whole file."""
        if not self.size:
            return {}
        unchanged = {"If-Range": self._version} if self._version else {}
        return {"Range": f"bytes={self.size}-", **unchanged}

    def begin(self, version: str) -> None:
        """Begin anew, with a file of this version; empty where the server says nothing of versions."""
        self.path.unlink(missing_ok=True)
        self._version = version
        self.version_path.write_text(json.dumps({"url": self.url, "version": version}), encoding="utf-8")


def _fetch(part: _Part, size: int, told: Told | None) -> bool:
    """Fetch the rest, as far as it comes; whether all is there."""
    try:
        response = urlopen(Request(part.url, headers=part.headers()), timeout=_TIMEOUT)
    except HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        part.begin("")  # there is less than we have: it is another file by now
        return False
    with response:
        goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {part.size}-")
        here = part.size if response.status == http.HTTPStatus.PARTIAL_CONTENT and goes_on else 0
        length = response.headers.get("Content-Length")
        total = here + int(length) if length and length.isdecimal() else 0
        if size and total and total != size:
            raise ValueError(
                f"{part.url} has {total} bytes now, {size} were published: it was changed, and is not taken"
            )
        _check_room(part.path.parent, total - here)
        if not here:
            part.begin(_version(response.headers))
        with part.path.open("ab") as file:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                here += len(chunk)
                if told:
                    told(here, total)
    return here == total if total else True


def _version(headers: http.client.HTTPMessage) -> str:
    """What tells a file's versions apart, as If-Range wants it; empty if the server says nothing of the kind."""
    etag = headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")


def _check_room(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if wanted + _SPARE > free:
        raise OSError(f"{folder} has {free / 1e6:.0f} MB free, {(wanted + _SPARE) / 1e6:.0f} MB are needed: make room")


def _check(part: _Part, size: int, sha256: str) -> None:
    """Raise ValueError, and let go of the file, unless it is the right one."""
    problem = ""
    if size and part.size != size:
        problem = f"{part.size} bytes came, {size} were published"
    elif sha256:
        digest = file_sha256(part.path)
        problem = "" if digest == sha256 else f"its SHA-256 is {digest}, {sha256} was published"
    if problem:
        part.path.unlink()
        part.version_path.unlink(missing_ok=True)
        raise ValueError(f"{part.url} is not the file that it should be: {problem}")
