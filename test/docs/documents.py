"""The documents, and the blocks of code in them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
START = sorted((ROOT / "docs" / "start").glob("*.md"))
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]
_BLOCK = re.compile(
    r"(?:<!-- (?:needs: (?P<needs>[^>]*?)|file: (?P<file>\S+)) -->\n)?^```(?P<language>\w*)\n(?P<code>.*?)^```$",
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
        needs: what it needs that a test does not have; empty: nothing.
        file: that the reader is told to write it to; empty: none.
    """

    document: Path
    language: str
    code: str
    needs: str = ""
    file: str = ""

    def commands(self) -> list[list[str]]:
        """The words of each command, without comments and variables before it; none where it is not a shell's."""
        if self.language not in ("", "sh", "bash", "console"):
            return []
        found = []
        for line in self.code.replace("\\\n", " ").splitlines():
            for part in re.split(r"\s(?:&&|\|)\s|;", line.strip()):
                part = re.sub(r"^(?:\$ |[A-Z_]+=\S+ )+", "", part.strip())
                if part.startswith(_PROMISED):
                    found.append(shlex.split(part, comments=True))
        return found


def blocks(document: Path) -> list[Block]:
    """All of a document's."""
    text = document.read_text("utf-8")
    found = [
        Block(document, m["language"], m["code"], m["needs"] or "", m["file"] or "") for m in _BLOCK.finditer(text)
    ]
    rest = _BLOCK.sub("", text)
    return found + [Block(document, "", re.sub("^    ", "", code, flags=re.M)) for code in _INDENTED.findall(rest)]


def name(document: Path) -> str:
    """Of a document, for the names of tests."""
    return str(document.relative_to(ROOT))
