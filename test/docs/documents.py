"""The documents, and the blocks of code in them.

A block says what it is by its language: ``sh`` is run by test_pages.py, ``python`` by test_snippets.py, a ``yaml`` that
the reader is told to write is written, ``text``, ``json`` and other yaml are only shown. A comment before a block tells
what a test cannot know:

    <!-- needs: network, data -->    it is not run: it needs these, words of :data:`NEEDS`
    <!-- file: rules.yaml -->        the reader is told to write it to this file
    <!-- first: COMMAND -->          what the reader has done by hand before, which a test does by this command

``python test/docs/documents.py`` prints how many commands of each page are run, and why others are not.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
START = sorted((ROOT / "docs" / "start").glob("*.md"))
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]
NEEDS = {
    "camera": "a camera",
    "cluster": "a Ray cluster; test/evaluation starts one",
    "data": "data sets, recordings or networks that are not ours to bring along",
    "docker": "containers",
    "gpu": "an NVIDIA GPU and TensorRT",
    "install": "it changes what is installed: test/packaging and .ci/run do so",
    "jetson": "a Jetson",
    "network": "a download",
    "node": "nodes that run until they are stopped: test/ros has them",
    "person": "somebody who draws, labels or publishes",
    "ros2": "the command `ros2`, of a ROS 2 installation; what it is given is checked against nodes and launch files",
    "time": "minutes to hours of training or measuring",
}
_BLOCK = re.compile(
    r"(?:<!-- (?:needs: (?P<needs>[^>]*?)|file: (?P<file>\S+)|first: (?P<first>[^\n]*?)) -->\n)?"
    r"^```(?P<language>\w*)\n(?P<code>.*?)^```$",
    re.M | re.S,
)
_INDENTED = re.compile(r"(?:^\n)((?:^    \S.*\n(?:^ {4,}.*\n)*)+)", re.M)
_PROMISED = ("trt-pose ", "ros2 ", "python ", "python3 ", "make ")


@dataclass(frozen=True)
class Block:
    """Some code of a document.

    Attributes:
        document: its file.
        language: empty where none is named.
        code: the text.
        needs: what it needs that a test does not have, words of :data:`NEEDS`.
        file: that the reader is told to write it to; empty: none.
        first: a command that does what the reader has done by hand before; empty: nothing.
    """

    document: Path
    language: str
    code: str
    needs: tuple[str, ...] = ()
    file: str = ""
    first: str = ""

    def lines(self) -> list[str]:
        """The commands of a shell, as they stand."""
        if self.language != "sh":
            return []
        lines = (line.strip() for line in self.code.replace("\\\n", " ").splitlines())
        return [line for line in lines if line and not line.startswith("#")]

    def commands(self) -> list[list[str]]:
        """The words of each command of ours or of ROS, without comments and variables before it."""
        found = []
        for line in self.lines():
            for part in re.split(r"\s(?:&&|\|)\s|;", line):
                part = re.sub(r"^(?:[A-Z_]+=\S+ )+", "", part.strip())
                if part.startswith(_PROMISED):
                    found.append(shlex.split(part, comments=True))
        return found


def blocks(document: Path) -> list[Block]:
    """All of a document's."""
    return [
        Block(
            document,
            m["language"],
            m["code"],
            tuple(word.strip() for word in (m["needs"] or "").split(",") if word),
            m["file"] or "",
            m["first"] or "",
        )
        for m in _BLOCK.finditer(document.read_text("utf-8"))
    ]


def indented(document: Path) -> list[str]:
    """Code by four spaces, which cannot say what it is."""
    return _INDENTED.findall(_BLOCK.sub("", document.read_text("utf-8")))


def name(document: Path) -> str:
    """Of a document, for the names of tests."""
    return str(document.relative_to(ROOT))


def summary() -> str:
    """How many commands of each page are run, and how many are not for which reason."""
    total: Counter[str] = Counter()
    rows = []
    for document in DOCUMENTS:
        here: Counter[str] = Counter()
        for block in blocks(document):
            here[", ".join(block.needs) or "run"] += len(block.lines())
        total += here
        if +here:
            rows.append((name(document), here))
    return "\n".join(
        f"{title:32} {here['run']:3} run"
        + "".join(f"; {n} {why}" for why, n in sorted(here.items()) if n and why != "run")
        for title, here in [*rows, ("all", total)]
    )


if __name__ == "__main__":
    print(summary())
