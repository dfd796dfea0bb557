"""What the launch files' arguments mean: they are text, and a misread one can move a robot.

Every function here raises ValueError with a sentence that names argument and value. A launch file calls them before it
returns its first action: with a wrong argument nothing is started, and `ros2 launch` ends with that sentence and 1.
"""

from __future__ import annotations

CAMERA = "camera"  # as a source: the one that the parameter files name
_BOOLEANS = {text: True for text in ("true", "yes", "on", "1")} | {text: False for text in ("false", "no", "off", "0")}


def boolean(name: str, text: str) -> bool:
    """The truth value that ``text`` writes; anything but the usual words, a typo say, is refused."""
    value = _BOOLEANS.get(text.strip().lower())
    if value is None:
        raise ValueError(f"{name}:={text} is neither true nor false: write true, yes, on, 1 or false, no, off, 0")
    return value


def optional_boolean(name: str, text: str) -> bool | None:
    """Like :func:`boolean`, but None where the argument is left empty."""
    return None if text == "" else boolean(name, text)


def source_parameters(source: str, rate: float, loop: bool) -> dict[str, str | float | bool]:
    """Parameters of a video_source_node; what is left to the parameter files is not among them."""
    chosen = {"source": source} if source != CAMERA else {}
    return chosen | ({"rate": rate} if rate else {}) | ({"loop": True} if loop else {})
