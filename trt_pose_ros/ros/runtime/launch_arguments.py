"""What the launch files' arguments mean: they are text, and a misread one can move a robot.

Every function here raises ValueError with a sentence that names argument and value. A launch file calls them before it
returns its first action: with a wrong argument nothing is started, and `ros2 launch` ends with that sentence and 1.
"""

from __future__ import annotations

import difflib
import math
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ...preprocess import parse_size

LOG_LEVELS = ("debug", "info", "warn", "error", "fatal")
CAMERA = "camera"  # as a source: the one that the parameter files name
_BOOLEANS = {text: True for text in ("true", "yes", "on", "1")} | {text: False for text in ("false", "no", "off", "0")}
_OF_ROS2_LAUNCH = ("launch-prefix", "launch-prefix-filter")  # options of the command, handed on as arguments


def boolean(name: str, text: str) -> bool:
    """The truth value that ``text`` writes; anything but the usual words, a typo say, is refused."""
    value = _BOOLEANS.get(text.strip().lower())
    if value is None:
        raise ValueError(f"{name}:={text} is neither true nor false: write true, yes, on, 1 or false, no, off, 0")
    return value


def optional_boolean(name: str, text: str) -> bool | None:
    """Like :func:`boolean`, but None where the argument is left empty."""
    return None if text == "" else boolean(name, text)


def number(name: str, text: str, low: float, high: float) -> float:
    """The number that ``text`` writes, from ``low`` to ``high``."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:  # so for NaN too
        raise ValueError(f"{name}:={text} is not a number from {low:g} to {high:g}")
    return value


def choice(name: str, text: str, choices: Sequence[str]) -> str:
    """One of ``choices``."""
    if text not in choices:
        raise ValueError(f"{name}:={text} is not one of {', '.join(c or '(empty)' for c in choices)}")
    return text


def size(name: str, text: str) -> str:
    """HEIGHTxWIDTH in pixels, or empty."""
    try:
        if text:
            parse_size(text)
    except ValueError as error:
        raise ValueError(f"{name}:={text}: {error}") from None
    return text


def listed(name: str, text: str) -> list[str]:
    """The items of ``text``, comma between; none of them may be empty, but all of it."""
    items = [item.strip() for item in text.split(",")] if text.strip() else []
    if "" in items:
        raise ValueError(f"{name}:={text} has an empty item: write one comma between two")
    return items


def check_known(
    given: Sequence[str], known: Collection[str], launch_files: Collection[str], command: Sequence[str] | None = None
) -> None:
    """Refuse arguments that no launch file declares; `ros2 launch` itself ignores them.

    Args:
        given: the words NAME:=VALUE of the command line.
        known: names of the declared arguments.
        launch_files: names of those with these arguments. Where the command line names another one, ours was included
            by that one, and other arguments may be its own.
        command: the command line; None for this process's.
    """
    if not {Path(word).name for word in (sys.argv if command is None else command)} & set(launch_files):
        return
    for name in (word.partition(":=")[0] for word in given):
        if name not in known and name not in _OF_ROS2_LAUNCH:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}:=?" if close else f"there are {', '.join(sorted(known))}"
            raise ValueError(f"there is no argument {name}:=, {hint}")


def check_cameras(
    cameras: Sequence[str], sources: Sequence[str], topics: Mapping[str, str], written: str = "{}:="
) -> None:
    """Refuse sources that don't fit the cameras, and topics of an only camera where there are names.

    Args:
        cameras: names of the cameras; none: one without a name.
        sources: what to publish as each camera, or none.
        topics: {argument: topic} of those that were given for the only camera.
        written: how an argument is written, for the sentence.
    """
    wanted = len(cameras) or 1
    if len(sources) not in (0, wanted):
        raise ValueError(
            f"{written.format('source')} names {len(sources)} sources for {wanted} cameras: name one for each"
        )
    if cameras and topics:
        name, topic = next(iter(topics.items()))
        raise ValueError(
            f"{written.format(name)} ({topic}) is for a single camera, but {written.format('cameras')} names "
            f"{', '.join(cameras)}: their topics are NAME/image, NAME/camera_info and NAME/depth"
        )


def full_name(*parts: str) -> str:
    """Fully qualified name of a node or topic below namespaces, each of them may be empty."""
    return "/".join(("", *(name for part in parts for name in part.split("/") if name)))


def check_parameter_file(name: str, path: str, nodes: Mapping[str, Collection[str]]) -> None:
    """Refuse a parameter file that can't be read, that holds nothing for our nodes, or that goes before arguments.

    ROS 2 would ignore the file, or the argument, without a word.

    Args:
        name: of the argument that names the file.
        path: the file.
        nodes: {fully qualified name: names of the parameters that other arguments set}.
    """
    try:
        sections = _sections(yaml.safe_load(Path(path).expanduser().read_text()))
    # YAML that is none has many faces: dates of a 13th month, a mapping that holds itself
    except (OSError, ValueError, OverflowError, RecursionError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise ValueError(f"{name}:={path} cannot be read: {reason}") from None
    ours = {node: [heading for heading in sections if _matches(heading, node)] for node in nodes}
    if not any(ours.values()):
        found = f"only for {', '.join(sections)}" if sections else "nor for any other node"
        wanted = next(iter(nodes))
        heading = f"/**/{wanted.rpartition('/')[2]}"
        raise ValueError(f"{name}:={path} holds no parameters for {wanted}, {found}: head them `{heading}:`")
    for node, headings in ours.items():
        twice = sorted({parameter for heading in headings for parameter in sections[heading]} & set(nodes[node]))
        if len(headings) > 1 and twice:
            # the order in which the headings appear decides, and what the launch file adds may join an early one
            raise ValueError(
                f"{twice[0]}:= is given, but {name}:={path} sets it too, with several headings for {node}: "
                f"{', '.join(headings)}; make them one"
            )


def _sections(content: Any, above: str = "") -> dict[str, dict[str, Any]]:
    """The parts of a parameter file, {name or pattern of nodes: {parameter: value}}; namespaces may be nested."""
    if not isinstance(content, dict):
        return {}
    given = content.get("ros__parameters")
    found = {above: given} if isinstance(given, dict) else {}
    for key, below in content.items():
        if key != "ros__parameters":
            found |= _sections(below, f"{above}/{str(key).strip('/')}")
    return found


def _matches(heading: str, node: str) -> bool:
    """Whether a heading, in which * is one name and ** any number of them, is for the node."""
    pattern = re.escape(heading).replace(r"/\*\*", "(/[^/]+)*").replace(r"\*", "[^/]+")
    return re.fullmatch(pattern, node) is not None


def depth_parameters(depth: str, transport: str, world_frame: str) -> dict[str, str]:
    """Parameters of pose_node about space; a topic of depth alone says that its images are used."""
    transport = transport or ("raw" if depth else "")
    chosen = {"depth_transport": transport, "world_frame": world_frame}
    return {name: value for name, value in chosen.items() if value}


def source_parameters(source: str, rate: float, loop: bool) -> dict[str, str | float | bool]:
    """Parameters of a video_source_node; what is left to the parameter files is not among them."""
    chosen = {"source": source} if source != CAMERA else {}
    return chosen | ({"rate": rate} if rate else {}) | ({"loop": True} if loop else {})
