"""VideoWriter: clips that browsers play, where the libraries allow it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

_MAX_HOLD = 10.0  # seconds for which the last image stands still, at most, where none came


class _Encoder(Protocol):
    codec: str

    def write(self, image: np.ndarray) -> None: ...

    def close(self) -> None: ...


class VideoWriter:
    """Writes a video file of images of one size.

    In H.264, which every browser plays, through PyAV (``pip install 'trt_pose_ros[video]'``) or an OpenCV that has an
    encoder for it; else in MPEG-4 part 2, which OpenCV's wheels have and video players play. Both want even sizes: a
    last column or row is repeated where that is needed. Images of another size than the first are scaled to it.

    Args:
        file: an .mp4.
        rate: images a second.

    Attributes:
        notes: what the user should know, in sentences; filled by the first image.

    Raises:
        OSError, ValueError: when the first image comes, or when closed: the file can't be written.
    """

    def __init__(self, file: Path, rate: float) -> None:
        self._file, self._rate = file, min(max(rate, 0.1), 240.0)
        self._encoder: _Encoder | None = None
        self._size = (0, 0)
        self._last: np.ndarray | None = None
        self._written = 0
        self._skew: float | None = None  # seconds that the clip is behind the times given
        self.notes: list[str] = []

    def write(self, image: np.ndarray, time: float | None = None) -> None:
        """Append an image.

        Args:
            image: uint8 [h, w, 3] BGR.
            time: when it was taken, in seconds: the clip keeps time, so the image before is repeated up to then, and
                one that comes too early for the next place in the clip is left out. None: one place for every image.
        """
        image = self._fitted(image)
        if time is not None and self._last is not None and self._skew is not None:
            due = round((time - self._skew) * self._rate)
            missing = due - self._written
            if missing < 0:
                return
            most = round(_MAX_HOLD * self._rate)
            if missing > most:
                self._skew += (missing - most) / self._rate
                missing = most
            for _ in range(missing):
                self._append(self._last)
        elif time is not None:
            self._skew = time
        self._append(image)
        self._last = image

    def close(self) -> None:
        """Finish the file."""
        if self._encoder is None:
            return
        encoder, self._encoder = self._encoder, None
        encoder.close()
        # OpenCV says nothing when the disk is full
        if not cv2.VideoCapture(str(self._file)).isOpened():
            raise OSError(f"cannot finish {self._file}: is the disk full?")

    def _append(self, image: np.ndarray) -> None:
        assert self._encoder is not None
        self._encoder.write(image)
        self._written += 1

    def _fitted(self, image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        if self._encoder is None:
            self._size = width, height
            even = width + width % 2, height + height % 2
            if even != self._size:
                self.notes.append(f"{width}x{height} became {even[0]}x{even[1]}: video codecs want even sizes")
            self._encoder = _open_encoder(self._file, self._rate, *even)
            if self._encoder.codec != "h264":
                self.notes.append(
                    f"{self._file.name} is MPEG-4 part 2, which browsers do not play; for H.264: pip install av"
                )
        if (width, height) != self._size:
            image = cv2.resize(image, self._size, interpolation=cv2.INTER_AREA)
        return cv2.copyMakeBorder(image, 0, self._size[1] % 2, 0, self._size[0] % 2, cv2.BORDER_REPLICATE)


def _open_encoder(file: Path, rate: float, width: int, height: int) -> _Encoder:
    file.open("wb").close()  # the encoders say late, or not at all, why they cannot write
    av = _pyav()
    if av is not None:
        return _AvEncoder(av, file, rate, width, height)
    for codec, fourcc in (("h264", "avc1"), ("mpeg4", "mp4v")):
        writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*fourcc), rate, (width, height))
        if writer.isOpened():
            return _CvEncoder(writer, codec)
    raise OSError(f"cannot write {file}: OpenCV has no encoder for {width}x{height} pixels")


def _pyav() -> Any:
    """PyAV, None where it is not installed."""
    try:
        import av
    except ImportError:
        return None
    return av if hasattr(av, "open") else None  # not some folder of this name


class _CvEncoder:
    """OpenCV's encoder, opened."""

    def __init__(self, writer: cv2.VideoWriter, codec: str) -> None:
        self._writer, self.codec = writer, codec

    def write(self, image: np.ndarray) -> None:
        self._writer.write(image)

    def close(self) -> None:
        self._writer.release()


class _AvEncoder:
    """H.264 through PyAV."""

    codec = "h264"

    def __init__(self, av: Any, file: Path, rate: float, width: int, height: int) -> None:
        self._av = av
        self._container = av.open(str(file), "w", options={"movflags": "faststart"})
        self._stream: Any = self._container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1001))
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        self._stream.options = {"preset": "veryfast", "crf": "21"}

    def write(self, image: np.ndarray) -> None:
        frame = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        try:
            self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()
