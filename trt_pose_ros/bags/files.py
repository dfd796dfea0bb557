"""Which files a bag consists of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

COMPRESSED = ".zstd"  # suffix of a file that is compressed as a whole
_SUFFIXES = (".mcap", ".db3")


@dataclass
class BagFiles:
    """The files of a bag.

    Attributes:
        name: of the bag: that of its folder, or of its only file without suffix.
        paths: in the order of recording.
        packed_messages: the messages are compressed one by one.
        problems: what is missing or damaged, in sentences.
    """

    name: str
    paths: list[Path]
    packed_messages: bool = False
    problems: list[str] = field(default_factory=list)


def find_files(path: Path) -> BagFiles:
    """The files of a bag, of which ``path`` is the folder, with or without ``metadata.yaml``, or one file.

    Raises:
        OSError: there is no such file.
        ValueError: it is no bag; the message says why.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no bag {path}")
    if path.is_dir():
        return _in_folder(path)
    if path.name == "metadata.yaml":
        raise ValueError(f"{path} is a part of a bag: name its folder, {path.parent}")
    if path.suffix == ".bag":
        raise ValueError(f"{path} is a bag of ROS 1: convert it with rosbags-convert")
    if not _is_storage(path):
        raise ValueError(f"{path} is no bag: a folder with metadata.yaml, .mcap or .db3 is expected")
    return BagFiles(_stem(path), [path])


def _in_folder(folder: Path) -> BagFiles:
    problems: list[str] = []
    there = sorted(filter(_is_storage, folder.iterdir()), key=_number)
    about = _metadata(folder / "metadata.yaml", problems)
    named = [folder / PurePath(name).name for name in about.get("relative_file_paths") or []]
    if not named and not there:
        raise ValueError(f"folder {folder} is no bag: it holds neither metadata.yaml nor .mcap nor .db3 files")
    problems += [f"{file.name}, which metadata.yaml names, is missing" for file in named if not file.exists()]
    # the folder's own files where there is no metadata.yaml, or it is that of an unfinished recording
    files = [file for file in named if file.exists()] or there
    packed = str(about.get("compression_mode", "")).lower() == "message"
    return BagFiles(folder.resolve().name, files, packed, problems)


def _metadata(file: Path, problems: list[str]) -> dict[str, Any]:
    if not file.exists():
        problems.append("metadata.yaml is missing: the files are taken as they lie there")
        return {}
    try:
        import yaml
    except ImportError as error:
        raise ImportError(f"bags need PyYAML: pip install 'trt_pose_ros[replay]' ({error})") from error
    try:
        about = yaml.safe_load(file.read_text("utf-8"))["rosbag2_bagfile_information"]
        names = about["relative_file_paths"]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"relative_file_paths is {names!r}")
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        text = " ".join(str(error).split())
        problems.append(f"metadata.yaml is damaged: the files are taken as they lie there ({text})")
        return {}
    return about


def _is_storage(path: Path) -> bool:
    return (path.with_suffix("") if path.suffix == COMPRESSED else path).suffix in _SUFFIXES


def _stem(path: Path) -> str:
    """``bag_0`` of ``bag_0.mcap.zstd``."""
    return (path.with_suffix("") if path.suffix == COMPRESSED else path).stem


def _number(path: Path) -> tuple[int, str]:
    """Order of a folder's files: bag_2 before bag_10."""
    digits = _stem(path).rpartition("_")[2]
    return (int(digits) if digits.isascii() and digits.isdigit() else 0), path.name
