"""Where images come from: image files, folders of them, video files, webcams and network streams."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2

from .errors import ImageError
from .formats import IMAGE_SUFFIXES, SIGNATURE_BYTES, image_format
from .frame import Frame
from .images import read_image_with_note
from .streams import Live, open_capture, without_password

_STREAM = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_LAST_WEBCAM = 999
IMAGES_RATE = 10.0  # Hz, where what has no rate of its own is to be played or recorded


class Images:
    """Image files, in order.

    Args:
        files: their paths.
        root: the folder that names are relative to.
        ignored: see below.

    Attributes:
        rate: None: image files have no frame rate of their own.
        names: of all frames, unreadable ones included.
        skipped: names of the files that could not be read, each with the reason; filled while iterating.
        ignored: names of what lies in the folder and was not tried, each with the reason.
        notes: names of files that were changed to be of use, each with what was done; filled while iterating.
    """

    rate: float | None = None

    def __init__(self, files: Sequence[Path], root: Path, ignored: dict[str, str] | None = None) -> None:
        self.files = list(files)
        self.names = [Path(os.path.relpath(file, root)).as_posix() for file in self.files]
        self.ignored = ignored or {}
        self.skipped: dict[str, str] = {}
        self.notes: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[Frame]:
        self.skipped.clear()
        self.notes.clear()
        for index, (file, name) in enumerate(zip(self.files, self.names, strict=True)):
            try:
                image, note = read_image_with_note(file)
            except ImageError as error:
                self.skipped[name] = str(error)
                continue
            if note:
                self.notes[name] = note
            yield Frame(image, name, index)

    def close(self) -> None:
        """Nothing is open."""


class Video:
    """A video file, here or on a web server; every frame is given once, in order.

    Attributes:
        rate: frames a second, as the file tells; None where it doesn't.
        name: the file's, or the URL.
        skipped, ignored, notes: empty; so that all sources look alike.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self.name = without_password(source) if _STREAM.match(source) else Path(source).name
        capture = self._open()
        rate, frames = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
        capture.release()
        self.rate: float | None = rate if 0 < rate < 1000 else None
        self._length = int(frames) if 0 < frames < 2**31 else 0
        self.skipped: dict[str, str] = {}
        self.ignored: dict[str, str] = {}
        self.notes: dict[str, str] = {}

    def _open(self) -> cv2.VideoCapture:
        if _STREAM.match(self._source):
            return open_capture(self._source)
        capture = cv2.VideoCapture(self._source)
        if not capture.isOpened():
            raise ValueError(f"cannot open video {self._source}: damaged, or a format OpenCV cannot read")
        return capture

    def __len__(self) -> int:
        """Frames that the file says it has (0: unknown)."""
        return self._length

    def __iter__(self) -> Iterator[Frame]:
        capture, index, time = self._open(), 0, -1.0
        try:
            while True:
                there, image = capture.read()
                if not there:
                    return
                # not every file tells the times of its frames
                told = capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3
                time = told if told > time else max(time + 1e-3, index / (self.rate or 30.0))
                yield Frame(image, self.name, index, time)
                index += 1
        finally:
            capture.release()

    def close(self) -> None:
        """Nothing is open between iterations."""


Source = Images | Video | Live


def open_source(source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> Source:
    """Open whatever gives images.

    Args:
        source: an image file, a folder of images, a pattern such as ``photos/**/*.jpg``, a video file, the number of a
            webcam, or the URL of a stream (``rtsp://``, ``http://``, on a Jetson ``csi://0``, ...); or a list of image
            files, folders of images and patterns. Whether a file is an image, its suffix or its content tells. Folders
            within a folder, and hidden files, are left out.

    Raises:
        FileNotFoundError: there is nothing of that name.
        OSError: it can't be looked at.
        ValueError: it can't be opened, or holds no images.
    """
    given = [source] if isinstance(source, (str, os.PathLike)) else list(source)
    items = [item for entry in given for item in _expanded(os.fspath(entry))]
    if len(items) == 1:
        return _open(items[0])
    return _open_images(items)


def _expanded(text: str) -> list[str]:
    """The paths that match, for a pattern; what is no pattern is returned as it is."""
    if not text:
        raise ValueError("source is empty: name an image, a folder, a video, a webcam or a stream")
    if _STREAM.match(text) or not glob.has_magic(text) or Path(text).exists():
        return [text]
    found = sorted(glob.glob(os.path.expanduser(text), recursive=True))
    if not found:
        raise FileNotFoundError(f"source {text!r}: no file matches this pattern")
    return found


def _path(text: str) -> Path:
    # Path.expanduser() raises where there is no such user, but a file may be called ~x
    return Path(os.path.expanduser(text))


def _open(text: str) -> Source:
    if _STREAM.match(text):
        return _open_stream(text)
    path = _path(text)
    if re.fullmatch("[0-9]+", text) and not path.exists():
        if int(text) > _LAST_WEBCAM:
            raise ValueError(f"cannot open webcam {text}: webcams are numbered from 0 to {_LAST_WEBCAM}")
        return Live(int(text))
    if not path.exists():
        raise FileNotFoundError(
            f"source {text!r} is neither an image, a folder, a video, the number of a webcam nor the URL of a stream"
        )
    if path.is_char_device():
        return Live(str(path))
    if path.is_dir() or (_is_image(path) and not _is_gif(path)):
        return _open_images([text])
    if path.is_fifo() or path.is_socket():
        raise ValueError(f"source {text!r} is a pipe or a socket: name a file, a webcam or the URL of a stream")
    return Video(str(path))


def _open_stream(url: str) -> Video | Live:
    """A stream that has no end, or a video on a server."""
    capture = open_capture(url)
    if url.lower().startswith("http") and 0 < capture.get(cv2.CAP_PROP_FRAME_COUNT) < 2**31:
        capture.release()
        return Video(url)
    return Live(url, capture=capture)


def _open_images(items: Sequence[str]) -> Images:
    files: list[Path] = []
    roots: list[Path] = []
    ignored: dict[str, str] = {}
    for item in items:
        path = _path(item)
        if path.is_dir():
            listed, left_out = _listing(path)
            files += listed
            ignored |= left_out
            roots.append(path)
        elif path.exists() and not _is_image(path) and len(items) > 1:
            ignored[item] = "not an image"
        elif path.exists() or path.is_symlink():
            files.append(path)
            roots.append(path.parent)
        else:
            raise FileNotFoundError(f"source {item!r}: of several sources each must be an image or a folder of images")
    if not files:
        what = f"folder {items[0]}" if len(items) == 1 else f"{items[0]} and {len(items) - 1} more"
        raise ValueError(f"{what} holds no images{_count(ignored)}")
    unique = list(dict.fromkeys(files))
    return Images(unique, Path(os.path.commonpath([os.path.abspath(root) for root in roots])), ignored)


def _listing(folder: Path) -> tuple[list[Path], dict[str, str]]:
    """The image files of a folder by name, and the names of everything else with why it is left out."""
    files, ignored = [], {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            ignored[path.name] = "hidden"
        elif path.is_dir():
            ignored[path.name] = "a folder"
        elif _is_image(path):
            files.append(path)
        else:
            ignored[path.name] = "not an image"
    return files, ignored


def _is_image(path: Path) -> bool:
    """Whether suffix or content are an image's."""
    return path.suffix.lower() in IMAGE_SUFFIXES or _format(path) is not None


def _is_gif(path: Path) -> bool:
    """Whether it is a GIF: one of its own is taken for a clip, as most are."""
    return _format(path) == "gif"


def _format(path: Path) -> str | None:
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return image_format(file.read(SIGNATURE_BYTES))
    except OSError:
        return None


def _count(ignored: dict[str, str]) -> str:
    return f", only {len(ignored)} other entries ({', '.join(list(ignored)[:3])})" if ignored else ""
