"""The Korean pages say what the English ones say: the same headings, code and tables."""

import re

import pytest
from documents import ROOT, START, blocks

PAIRS = [
    (ROOT / "README.md", ROOT / "README.ko.md"),
    (ROOT / "docs" / "index.md", ROOT / "docs" / "ko" / "index.md"),
]
PAIRS += [(page, ROOT / "docs" / "ko" / "start" / page.name) for page in START]


def outline(page):
    """Levels of the headings, and columns of each line of a table."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    return [
        len(line) - len(line.lstrip("#")) or line.count("|") for line in text.splitlines() if line[:1] in ("#", "|")
    ]


@pytest.mark.parametrize(("english", "korean"), PAIRS, ids=lambda path: path.stem)
def test_the_korean_page_has_the_same_parts(english, korean):
    assert outline(korean) == outline(english)
    assert [(b.language, b.code, b.needs, b.file) for b in blocks(korean)] == [
        (b.language, b.code, b.needs, b.file) for b in blocks(english)
    ]


@pytest.mark.parametrize(("english", "korean"), PAIRS, ids=lambda path: path.stem)
def test_it_is_korean(english, korean):
    text = re.sub(r"`[^`]*`|\([^)]*\)|^```.*?^```$", "", korean.read_text("utf-8"), flags=re.M | re.S)
    assert len(re.findall("[가-힣]", text)) > len(re.findall("[A-Za-z]", text)) / 2
