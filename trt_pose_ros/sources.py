"""Where pictures come from: one picture, a folder, a video file or a webcam."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}


@dataclass(frozen=True)
class Frame:
    """One picture of a source.

    Attributes:
        image: uint8 [h, w, 3] BGR.
        name: the picture's file name, or the video's.
        index: counted from 0.
    """

    image: np.ndarray
    name: str
    index: int


class Pictures:
    """One picture file, or all of a folder in the order of their names.

    Attributes:
        rate: None: pictures have no frame rate of their own.
        skipped: names of the files that could not be read as pictures, filled while iterating.
    """

    rate = None

    def __init__(self, path):
        self._files = sorted(p for p in path.iterdir() if p.suffix.lower() in PICTURES) if path.is_dir() else [path]
        if not self._files:
            raise ValueError(f"folder {path} holds no pictures ({', '.join(sorted(PICTURES))})")
        self.skipped = []

    def __len__(self):
        return len(self._files)

    def __iter__(self):
        self.skipped.clear()
        for index, file in enumerate(self._files):
            image = cv2.imread(str(file), cv2.IMREAD_COLOR)
            if image is None:
                self.skipped.append(file.name)
            else:
                yield Frame(image, file.name, index)


class Video:
    """A video file or a webcam; every frame is given once, in order.

    Attributes:
        rate: frames a second, as the file or driver tells; None where it doesn't.
        skipped: empty; kept so that all sources look alike.
    """

    def __init__(self, source):
        self._source = source
        self._name = Path(source).name if isinstance(source, str) else f"camera {source}"
        capture = self._open()
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate < 1000 else None
        frames = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self._length = int(frames) if isinstance(source, str) and frames > 0 else None
        capture.release()
        self.skipped = []

    def _open(self):
        capture = cv2.VideoCapture(self._source)
        if not capture.isOpened():
            what = "webcam" if isinstance(self._source, int) else "video"
            raise ValueError(f"cannot open {what} {self._source}: not there, in use, or a format OpenCV cannot read")
        return capture

    def __len__(self):
        """Frames that the file says it has (0: unknown)."""
        return self._length or 0

    def __iter__(self):
        capture = self._open()
        try:
            index = 0
            while True:
                there, image = capture.read()
                if not there:
                    break
                yield Frame(image, self._name, index)
                index += 1
        finally:
            capture.release()


def open_source(source):
    """Open a picture, a folder of pictures, a video file, or a webcam by its number.

    Raises:
        FileNotFoundError: neither a file nor a folder nor a number.
        ValueError: it can't be opened as such.
    """
    text = str(source)
    if text.isdigit() and not Path(text).exists():
        return Video(int(text))
    path = Path(text).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"source {text!r} is neither a picture, a folder, a video nor the number of a webcam")
    if path.is_dir() or path.suffix.lower() in PICTURES:
        return Pictures(path)
    return Video(str(path))
