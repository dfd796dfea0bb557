"""COCO's run-length encoded masks: their counts, read with care.

pycocotools writes past its memory where the counts of a mask are none, so nothing may go to it unchecked.
"""

from __future__ import annotations

from typing import Any

_FIRST, _LAST = 48, 111  # of the characters that carry six bits each
_MOST_CHARACTERS = 7  # of a number of 32 bits, five bits in each character


def fills(segmentation: dict[str, Any], height: int, width: int) -> bool:
    """Whether an RLE, compressed or not, is one of a mask of height x width pixels and covers all of it."""
    counts, size = segmentation.get("counts"), segmentation.get("size")
    if isinstance(counts, str):
        counts = decompress(counts)
    if size != [height, width] or any(type(side) is not int for side in size):
        return False
    if not isinstance(counts, list) or not all(type(count) is int and count >= 0 for count in counts):
        return False
    return sum(counts) == height * width


def decompress(text: str) -> list[int] | None:
    """The counts in an RLE's compressed text; None if it is none.

    Each count is a signed number, five bits in each character, the lowest first; from the third on it is told as the
    difference from the last but one (pycocotools' ``rleToString``).
    """
    counts: list[int] = []
    value = characters = 0
    for character in text:
        bits = ord(character) - _FIRST
        if not 0 <= bits <= _LAST - _FIRST or characters == _MOST_CHARACTERS:
            return None
        value |= (bits & 0x1F) << 5 * characters
        characters += 1
        if bits & 0x20:  # another one follows
            continue
        if bits & 0x10:
            value -= 1 << 5 * characters
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value = characters = 0
    return None if characters else counts
