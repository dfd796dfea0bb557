"""Where results go: annotated image files, and people as JSON or CSV, written as they are found."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

# formats that OpenCV writes in colour and image viewers show; the suffix tells the encoder what to write
_ENCODERS = {suffix: suffix for suffix in (".jpg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm")}
_ENCODERS |= {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg"}


def write_atomically(file: Path, data: bytes) -> None:
    """Write a file so that its name never stands for half of it.

    Raises:
        OSError: it can't be written; nothing is left of it.
    """
    part = file.with_name(f".{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def image_names(names: Sequence[str]) -> list[str]:
    """The names that annotated images get: their own, but for formats that can't be written in colour: those get .png.

    No two are alike, whatever stands beside each other (``a.png`` and ``a.pgm``).
    """
    kept = [Path(name).suffix.lower() in _ENCODERS for name in names]
    taken = {name for name, keep in zip(names, kept, strict=True) if keep}
    chosen = []
    for index, (name, keep) in enumerate(zip(names, kept, strict=True)):
        if not keep:
            stem = str(Path(name).with_suffix(""))
            candidates = (f"{stem}.png", f"{name}.png", *(f"{stem}-{n}.png" for n in range(index, index + len(names))))
            name = next(candidate for candidate in candidates if candidate not in taken)
            taken.add(name)
        chosen.append(name)
    return chosen


def write_image(file: Path, image: np.ndarray) -> None:
    """Write ``image`` (uint8 [h, w, 3] BGR) in the format of the file's suffix; folders are made.

    Raises:
        ValueError: the format has no room for images of this size.
        OSError: it can't be written.
    """
    try:
        there, data = cv2.imencode(_ENCODERS[file.suffix.lower()], image)
    except cv2.error:
        there = False
    if not there:
        raise ValueError(f"{file} cannot be {image.shape[1]}x{image.shape[0]} pixels: its format does not allow that")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, data.tobytes())


class _Results:
    """A file of entries that is whole whenever it is closed, and has its name only then.

    Args:
        file: is replaced when this is closed.
        begin, separator, end: what stands before, between and after the entries.

    Raises:
        OSError: the file can't be written.
    """

    def __init__(self, file: Path, begin: bytes, separator: bytes, end: bytes) -> None:
        if file.is_dir():
            raise IsADirectoryError(f"cannot write {file}: a folder has this name")
        self.file, self._separator, self._end = file, separator, end
        self._part = file.with_name(file.name + ".part")
        self._stream = self._part.open("wb", buffering=0)
        self._good = 0  # bytes up to the end of the last entry that is there entirely
        self._entries = 0
        self._append(begin)

    def _append(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._stream.write(rest) :]
        self._good += len(data)

    def _add(self, entries: Iterable[bytes]) -> None:
        for entry in entries:
            self._append((self._separator if self._entries else b"") + entry)
            self._entries += 1

    def close(self, keep: bool = True) -> None:
        """Finish the file with the entries that it has; without ``keep`` nothing is left of it."""
        if self._stream.closed:
            return
        try:
            # an entry that a full disk has cut makes room for the end
            self._stream.truncate(self._good)
            self._stream.seek(self._good)
            self._append(self._end)
            self._stream.close()
            if keep:
                self._part.replace(self.file)
        finally:
            self._stream.close()
            self._part.unlink(missing_ok=True)


class JsonResults(_Results):
    """A JSON list, an entry a line."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, b"[\n", b",\n", b"\n]\n")

    def add(self, results: Iterable[dict[str, Any]]) -> None:
        """Append entries; OSError if there is no room for them."""
        self._add(json.dumps(result).encode() for result in results)


class CsvResults(_Results):
    """A table: image, time and person, then x, y and score of each keypoint; empty where there is none.

    Args:
        file: path.
        keypoints: their names, in the order of the results.
        places: after these where each keypoint is in space: x, y, z and standard deviation in metres.
    """

    _COLUMNS = ("image_id", "file_name", "frame", "time", "track_id", "score")

    def __init__(self, file: Path, keypoints: Sequence[str], places: bool = False) -> None:
        self._places = places
        parts = [("x", "y", "score"), *([("x_m", "y_m", "z_m", "stddev_m")] if places else [])]
        header = [*self._COLUMNS, *(f"{name}_{part}" for group in parts for name in keypoints for part in group)]
        super().__init__(file, _line(header), b"", b"")

    def add(self, results: Iterable[dict[str, Any]]) -> None:
        """Append COCO results; OSError if there is no room for them."""
        self._add(
            _line(
                [
                    *(r.get(column, "") for column in self._COLUMNS),
                    *_coordinates(r),
                    *(_places(r) if self._places else ()),
                ]
            )
            for r in results
        )


def _coordinates(result: dict[str, Any]) -> list[Any]:
    values = result["keypoints"]
    triples = [values[i : i + 3] for i in range(0, len(values), 3)]
    return [value for triple in triples for value in (triple if triple[2] > 0 else ("", "", ""))]


def _places(result: dict[str, Any]) -> list[Any]:
    nowhere = [None] * (len(result["keypoints"]) // 3)
    places, stddevs = (result.get(name) or nowhere for name in ("positions", "position_stddevs"))
    rows = [[*(place or ("", "", "")), stddev] for place, stddev in zip(places, stddevs, strict=True)]
    return ["" if value is None else value for row in rows for value in row]


def _line(values: Sequence[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode(errors="surrogateescape")
